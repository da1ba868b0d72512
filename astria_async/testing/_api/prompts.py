"""The prompts' routes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ..._wire import Response
from .. import _assumptions as assume
from .._routing.context import RouteContext, prompt_of, tune_of
from .._routing.paging import page_of
from .._rules.mentions import persons_of, refuses_prompts, tunes_in, without_mentions
from .._rules.prompt_rules import problems_of_prompt
from .._server.coerce import (
    as_flag,
    as_integer,
    as_number,
    as_text,
    is_blank,
)
from .._server.http import Abort, answer, invalid
from .._server.rails_params import Params
from .._store.records import StoredPrompt, StoredTemplate, StoredTune, is_video
from .._store.store import Account, Store
from .._store.timestamps import later
from ._serializers import serialize_prompt
from .prompt_filters import expanded, filter_of
from .uploads import resolved

_FLAGS = frozenset({"super_resolution", "face_correct", "use_lpw", "hires_fix", "controlnet_txt2img", "inpaint_faces"})
_NUMBERS = frozenset(
    {"cfg_scale", "steps", "seed", "num_images", "denoising_strength", "controlnet_conditioning_scale", "w", "h"}
)


def num_images_of(params: Mapping[str, Any]) -> int:
    """How many images it makes: what it says, or the default; one, for a video."""
    given = as_integer(params.get("num_images"))
    if given is not None:
        return given
    return 1 if is_video(params) else assume.DEFAULT_NUM_IMAGES


def cost_of(params: Mapping[str, Any], tune: StoredTune) -> int:
    """What a prompt costs, all its images together; nothing on a tune of branch=fast [D]."""
    return 0 if tune.branch == assume.FREE_BRANCH else num_images_of(params) * assume.IMAGE_COST_MC


def payer_of(store: Store, context: RouteContext, workspace_id: int | None) -> Account:
    """Whose balance counts: the account's own, or that of the workspace's payer [V]."""
    workspace = store.workspaces.get(workspace_id or 0)
    return context.account if workspace is None or workspace.payer is None else store.account(workspace.payer)


def refuse_if_poor(
    store: Store, context: RouteContext, cost_mc: int, params: Mapping[str, Any] = MappingProxyType({})
) -> None:
    """Take the money, or refuse. `params` may name the workspace that pays."""
    if not payer_of(store, context, workspace_of(params, context)).pay(cost_mc):
        raise Abort(answer(assume.POOR_STATUS, {"base": [assume.POOR_MESSAGE]}))


def create(store: Store, context: RouteContext) -> Response:
    """POST /tunes/:id/prompts: the new prompt, or with idempotency the one that agrees in all that counts."""
    prompt = _create(store, context, tune_of(store, context, "tid"), context.root("prompt"))
    return answer(201, serialize_prompt(prompt, store, context.now))


def create_on(store: Store, context: RouteContext) -> Response:
    """POST /prompts: the tune is `prompt[tune_id]`. With `?view=board` the answer is wrapped, else bare [V]."""
    params = context.root("prompt")
    tune = store.tune(as_integer(params.get("tune_id")) or 0, context.account.key)
    if tune is None:
        raise Abort(invalid({"tune": ["must exist"]}))
    prompt = _create(store, context, tune, params)
    shape: dict[str, Any] = serialize_prompt(prompt, store, context.now, expanded(context))
    return answer(201, {"prompt": shape} if as_text(context.query.get("view")) == "board" else shape)


def _create(store: Store, context: RouteContext, tune: StoredTune, params: Params) -> StoredPrompt:
    params = resolved(store, params)
    if refuses_prompts(tune):
        raise Abort(invalid({"base": [assume.ADAPTER_REFUSED.format(tune.model_type)]}))
    refuse_if_wrong(params, tune, context.now)
    _refuse_if_no_template(store, context, tune, params)
    prompt = _same(store, context.account, tune, params)
    if prompt is None:
        refuse_if_poor(store, context, cost_of(params, tune), params)
        prompt = add_prompt(store, context, tune, params)
        keep_template(store, prompt, tune)
    return prompt


def _refuse_if_no_template(store: Store, context: RouteContext, tune: StoredTune, params: Params) -> None:
    """Refuse a template of a pack that is not the key's [I], or whose text names no tune [V]."""
    if is_blank(params.get("pack_id")):
        return
    pack = store.packs.get(as_integer(params["pack_id"]) or 0)
    if pack is None or pack.key != context.account.key:
        raise Abort(invalid({"pack": ["must exist"]}))
    if not tunes_in(store, tune, context.account.key, params):
        raise Abort(invalid({"base": [assume.NOT_FINE_TUNED]}))


def keep_template(store: Store, prompt: StoredPrompt, tune: StoredTune | None) -> None:
    """Let the pack of `pack_id` have the prompt as a template, and no other pack: its scene, for any tune."""
    store.forget_template(prompt.id)
    pack = store.packs.get(prompt.pack_id or 0)
    if pack is None or pack.key != prompt.key:
        return
    used = [] if tune is None else tunes_in(store, tune, prompt.key, prompt.params)
    scene = without_mentions(as_text(prompt.text) or "", used)
    template = StoredTemplate(id=prompt.id, text=scene, num_images=prompt.num_images)
    store.templates[template.id] = template
    pack.templates.append(template)


def refuse_if_wrong(params: Params, tune: StoredTune, now: int) -> None:
    """Refuse parameters that are wrong, and a tune whose model was deleted [I]."""
    problems = problems_of_prompt(params, tune)
    if tune.expires <= now:
        problems.add("tune", "has expired")
    if problems:
        raise Abort(invalid(problems))


def workspace_of(params: Mapping[str, Any], context: RouteContext) -> int | None:
    """The workspace that a prompt names, where the key can reach it, else the one that the header selects [V]."""
    named = as_integer(params.get("workspace_id"))
    return named if named in context.account.workspaces else context.workspace_id


def add_prompt(
    store: Store,
    context: RouteContext,
    tune: StoredTune,
    params: Params,
    *,
    persons: tuple[int, ...] | None = None,
    **more: Any,
) -> StoredPrompt:
    """A new prompt. `more` are fields of `StoredPrompt`. `persons` are those of an image that is taken over.

    It begins at once, or when its tune and those that it shows are trained [I].
    """
    if persons is None:
        persons = persons_of(store, tune, context.account.key, params)
    shown = [store.tunes[id_] for id_ in persons if id_ in store.tunes]
    begins, timings = max(context.now, tune.ends, *(one.ends for one in shown)), store.timings
    marker = store.failure_marker
    fields = {
        "num_images": num_images_of(params),
        "order_id": as_integer(params.get("order_id")),
        "orig_prompt_id": as_integer(params.get("orig_prompt_id")),
        "cost_mc": cost_of(params, tune),
        **more,
    }
    prompt = StoredPrompt(
        id=next(store.prompt_ids),
        key=context.account.key,
        params=params,
        created=context.now,
        starts=later(begins, min(timings.prompt_started, timings.prompt_trained)),
        ends=later(begins, timings.prompt_trained),
        tune_id=tune.id,
        seed=as_integer(params.get("seed")),
        persons=persons,
        error="The prompt was made to fail" if marker and marker in (as_text(params.get("text")) or "") else None,
        workspace_id=workspace_of(params, context),
        **fields,
    )
    store.add_prompt(prompt)
    if store.call_back is not None:
        store.call_back("prompt", as_text(params.get("callback")) or "", (prompt.id,), prompt.ends)
    if context.account.same_prompts is not None:
        context.account.same_prompts[_identity(tune.id, params)] = prompt.id
    return prompt


def _same(store: Store, account: Account, tune: StoredTune, params: Params) -> StoredPrompt | None:
    """With idempotency, the prompt that is there already."""
    if not store.account_idempotency:
        account.same_prompts = None
        return None
    if account.same_prompts is None:
        prompts = [store.prompts[id_] for id_ in account.prompts]
        account.same_prompts = {_identity(prompt.tune_id, prompt.params): prompt.id for prompt in prompts}
    return store.prompts.get(account.same_prompts.get(_identity(tune.id, params), 0))


def _identity(tune_id: int, params: Mapping[str, Any]) -> object:
    """What idempotency goes by: each attribute as it is cast, so that a form's "3" is JSON's 3."""
    parts: list[object] = [tune_id]
    for name in assume.IDENTITY:
        value = params.get(name)
        if name in _FLAGS:
            parts.append(bool(as_flag(value)))
        else:
            parts.append(as_number(value) if name in _NUMBERS else as_text(value) or "")
    return tuple(parts)


def index(store: Store, context: RouteContext) -> Response:
    """GET /prompts, with the filters of `prompt_filters`."""
    tune_id = as_integer(context.query.get("tune_id"))
    ids = context.account.prompts if tune_id is None else context.account.prompts_of.get(tune_id, [])
    return _page(store, context, ids)


def index_of_tune(store: Store, context: RouteContext) -> Response:
    """GET /tunes/:id/prompts."""
    return _page(store, context, context.account.prompts_of.get(tune_of(store, context, "tid").id, []))


def _page(store: Store, context: RouteContext, ids: list[int]) -> Response:
    wanted = filter_of(context)
    prompts = page_of(ids, store.prompts, context.query, deepest=assume.DEEPEST_OFFSET_OF_PROMPTS, wanted=wanted)
    expand = expanded(context)
    return answer(200, [serialize_prompt(prompt, store, context.now, expand) for prompt in prompts])


def show(store: Store, context: RouteContext) -> Response:
    """GET /tunes/:tid/prompts/:id and GET /prompts/:id."""
    return answer(200, serialize_prompt(prompt_of(store, context), store, context.now, expanded(context)))


#: What a PATCH changes; anything else is left alone [I].
_CHANGEABLE = ("pack_id", "base_pack_id", "workspace_id", "orig_prompt_id")


def update(store: Store, context: RouteContext) -> Response:
    """PATCH /tunes/:tid/prompts/:id and PATCH /prompts/:id [V]: null takes a value away."""
    prompt, params = prompt_of(store, context), context.root("prompt")
    changes = {name: as_integer(params[name]) for name in _CHANGEABLE if name in params}
    tune = store.tune(prompt.tune_id, prompt.key)
    changed = {**prompt.params, **changes}
    if "pack_id" in changes and tune is not None:
        _refuse_if_no_template(store, context, tune, changed)
    prompt.params = changed
    if "pack_id" in changes:
        keep_template(store, prompt, tune)
    if "workspace_id" in changes:
        named = changes["workspace_id"]
        prompt.workspace_id = named if named in context.account.workspaces else None
    if "orig_prompt_id" in changes:
        prompt.orig_prompt_id = changes["orig_prompt_id"]
    prompt.edited = context.now
    return answer(200, serialize_prompt(prompt, store, context.now))


def delete(store: Store, context: RouteContext) -> Response:
    """DELETE /tunes/:tid/prompts/:id and DELETE /prompts/:id [D]."""
    store.remove_prompt(prompt_of(store, context))
    return answer(200, {"message": "Prompt successfully deleted"})
