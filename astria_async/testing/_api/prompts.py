"""The prompts' routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._wire import Response
from .._routing.context import RouteContext, prompt_of, tune_of
from .._routing.paging import page_of
from .._rules.validation import problems_of_prompt
from .._server.coerce import (
    as_flag,
    as_integer,
    as_number,
    as_text,
    is_blank,
)
from .._server.http import Abort, answer, invalid
from .._server.rails_params import Params
from .._store.records import StoredPrompt, StoredTune
from .._store.store import Account, Store
from .._store.timestamps import later
from ._serializers import serialize_prompt
from .prompt_filters import expanded, filter_of
from .uploads import resolved

#: How many images a prompt makes that does not say; the service's number is unknown [I].
DEFAULT_NUM_IMAGES = 4
#: What one image costs in mc: a plausible price, not the service's [I].
IMAGE_COST_MC = 2_300
#: What an account that cannot pay is answered with. Only the text is known [V]; this status is the one that a client
#: mistakes most easily, for a parameter that is wrong [I].
POOR_STATUS = 422

#: Higher offsets are refused [D].
DEEPEST_OFFSET = 10_000

#: With idempotency, prompts that agree in these are one [D]. The tune is the twenty-second.
IDENTITY = (
    "text", "cfg_scale", "steps", "seed", "callback", "negative_prompt", "super_resolution", "face_correct", "ar",
    "num_images", "controlnet", "denoising_strength", "use_lpw", "controlnet_conditioning_scale", "w", "h", "hires_fix",
    "scheduler", "controlnet_txt2img", "inpaint_faces",
)  # fmt: skip
_FLAGS = frozenset({"super_resolution", "face_correct", "use_lpw", "hires_fix", "controlnet_txt2img", "inpaint_faces"})
_NUMBERS = frozenset(
    {"cfg_scale", "steps", "seed", "num_images", "denoising_strength", "controlnet_conditioning_scale", "w", "h"}
)


def num_images_of(params: Mapping[str, Any]) -> int:
    """How many images it makes: what it says, or the default; one, for a video."""
    given = as_integer(params.get("num_images"))
    if given is not None:
        return given
    return DEFAULT_NUM_IMAGES if is_blank(params.get("video_model")) else 1


def cost_of(params: Mapping[str, Any], tune: StoredTune) -> int:
    """What a prompt costs, all its images together; nothing on a tune of branch=fast [D]."""
    return 0 if tune.branch == "fast" else num_images_of(params) * IMAGE_COST_MC


def payer_of(store: Store, context: RouteContext) -> Account:
    """Whose balance counts: the account's own, or that of the workspace's payer [V]."""
    workspace = store.workspaces.get(context.workspace_id or 0)
    return context.account if workspace is None or workspace.payer is None else store.account(workspace.payer)


def refuse_if_poor(store: Store, context: RouteContext, cost_mc: int) -> None:
    """Take the money, or refuse."""
    if not payer_of(store, context).pay(cost_mc):
        message = "Not enough balance. Please add credits to your account"
        raise Abort(answer(POOR_STATUS, {"base": [message]}))


def create(store: Store, context: RouteContext) -> Response:
    """POST /tunes/:id/prompts: the new prompt, or with idempotency the one that agrees in all that counts."""
    tune = tune_of(store, context, "tid")
    params = resolved(store, context.root("prompt"))
    refuse_if_wrong(params, tune, context.now)
    prompt = _same(store, context.account, tune, params)
    if prompt is None:
        refuse_if_poor(store, context, cost_of(params, tune))
        prompt = add_prompt(store, context, tune, params)
    return answer(201, serialize_prompt(prompt, store, context.now))


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


def add_prompt(store: Store, context: RouteContext, tune: StoredTune, params: Params, **more: Any) -> StoredPrompt:
    """A new prompt. It begins at once, or when its tune is trained. `more` are fields of `StoredPrompt`."""
    begins, timings = max(context.now, tune.ends), store.timings
    id_, seed = next(store.prompt_ids), as_integer(params.get("seed"))
    marker = store.failure_marker
    prompt = StoredPrompt(
        id=id_,
        key=context.account.key,
        params=params,
        cost_mc=cost_of(params, tune),
        created=context.now,
        starts=later(begins, min(timings.prompt_started, timings.prompt_trained)),
        ends=later(begins, timings.prompt_trained),
        tune_id=tune.id,
        seed=id_ * 2_654_435_761 % 2**32 if seed is None else seed,  # the server picks one, too
        num_images=num_images_of(params),
        error="The prompt was made to fail" if marker and marker in (as_text(params.get("text")) or "") else None,
        workspace_id=workspace_of(params, context),
        **more,
    )
    store.add_prompt(prompt)
    if store.call_back is not None:
        store.call_back("prompt", as_text(params.get("callback")) or "", (id_,), prompt.ends)
    if context.account.same_prompts is not None:
        context.account.same_prompts[_identity(tune.id, params)] = id_
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
    for name in IDENTITY:
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
    prompts = page_of(ids, store.prompts, context.query, deepest=DEEPEST_OFFSET, wanted=wanted)
    expand = expanded(context)
    return answer(200, [serialize_prompt(prompt, store, context.now, expand) for prompt in prompts])


def show(store: Store, context: RouteContext) -> Response:
    """GET /tunes/:tid/prompts/:id and GET /prompts/:id."""
    return answer(200, serialize_prompt(prompt_of(store, context), store, context.now, expanded(context)))


def update(store: Store, context: RouteContext) -> Response:
    """PATCH /tunes/:tid/prompts/:id: `pack_id`, `base_pack_id`, `workspace_id` [V]; anything else is left alone [I]."""
    prompt, params = prompt_of(store, context), context.root("prompt")
    known = {key: value for key, value in params.items() if key in ("pack_id", "base_pack_id", "workspace_id")}
    prompt.params = {**prompt.params, **known}
    if "workspace_id" in known:
        prompt.workspace_id = workspace_of(known, context)
    prompt.edited = context.now
    return answer(200, serialize_prompt(prompt, store, context.now))


def delete(store: Store, context: RouteContext) -> Response:
    """DELETE /tunes/:tid/prompts/:id and DELETE /prompts/:id [D]."""
    store.remove_prompt(prompt_of(store, context))
    return answer(200, {"message": "Prompt successfully deleted"})
