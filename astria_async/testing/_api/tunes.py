"""The tunes' routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from ..._wire import Response
from .._routing.context import RouteContext, tune_of
from .._routing.paging import both, contains, page_of
from .._rules.validation import Problems, problems_of_prompt, problems_of_tune
from .._server.coerce import (
    as_flag,
    as_integer,
    as_text,
    is_blank,
    items_of,
)
from .._server.http import Abort, answer, invalid
from .._server.rails_params import Params
from .._store.records import StoredTune
from .._store.store import Store
from .._store.timestamps import later
from ._serializers import serialize_tune
from .prompts import add_prompt, cost_of, refuse_if_poor
from .uploads import resolved

#: What training costs in mc: a plausible price, not the service's [I]. branch=fast is free [D].
TUNE_COST_MC = 150_000
FACEID_COST_MC = 10_000

#: The branch of a tune that names neither a branch nor a base tune [D].
DEFAULT_BRANCH = "sd15"

#: Higher offsets are refused [D].
DEEPEST_OFFSET = 200
#: How long a page of the gallery may be [V].
LONGEST_GALLERY_PAGE = 200

#: Whether a tune that is trained in the create's answer already is called back; it needs no callback [D].
CALLS_BACK_WHEN_TRAINED_AT_ONCE = False

NewPrompt: TypeAlias = tuple[Params, dict[str, Any]]


def create(store: Store, context: RouteContext) -> Response:
    """POST /tunes: the new tune, or with idempotency the one of the same title."""
    params = context.root("tune")
    tune = new_tune(store, context, params)
    return answer(201, serialize_tune(tune, store, context.now))


def new_tune(
    store: Store,
    context: RouteContext,
    params: Params,
    more: Callable[[StoredTune], Iterable[NewPrompt]] = lambda tune: (),
) -> StoredTune:
    """A tune made of these parameters, with its prompts; refused where they are wrong or there is not enough money.

    `more` gives further prompts for it: parameters, and fields of `StoredPrompt`.
    """
    params = resolved(store, params)
    problems = problems_of_tune(params)
    if problems:
        raise Abort(invalid(problems))
    same = _same(store, context, as_text(params.get("title")))
    if same is not None:
        return same
    tune = _built(store, context, params)
    prompts = [*_prompts_of(params, tune), *more(tune)]
    refuse_if_poor(store, context, tune.cost_mc + sum(cost_of(item, tune) for item, _ in prompts))
    tune.id = next(store.tune_ids)
    store.add_tune(tune)
    if store.call_back is not None and (CALLS_BACK_WHEN_TRAINED_AT_ONCE or not _is_trained_at_once(tune)):
        store.call_back("tune", as_text(params.get("callback")) or "", (tune.id,), tune.ends)
    for item, fields in prompts:
        add_prompt(store, context, tune, item, **fields)
    return tune


def _same(store: Store, context: RouteContext, title: str | None) -> StoredTune | None:
    """With idempotency, the tune that has this title already [D]."""
    account = context.account
    if not store.account_idempotency:
        account.titles = None
    if not store.account_idempotency or is_blank(title):
        return None
    if account.titles is None:
        account.titles = {tune.title: id_ for id_ in account.tunes if (tune := store.tunes[id_]).title}
    return store.tunes.get(account.titles.get(title or "", 0))


def _built(store: Store, context: RouteContext, params: Params) -> StoredTune:
    """The tune, without an id and not yet in the store."""
    base_id = as_integer(params.get("base_tune_id"))
    base = None if base_id is None else store.tune(base_id, context.account.key)
    branch = as_text(params.get("branch")) or (base.branch if base else DEFAULT_BRANCH)
    kind = None if is_blank(params.get("model_type")) else as_text(params.get("model_type"))
    if branch == "flux1":
        kind = kind or "lora"
    elif branch == "sdxl1" and kind != "faceid":
        kind = "pti"  # always [D]
    timings = store.timings
    trained = timings.fast_tune_trained if branch == "fast" else timings.tune_trained
    tune = StoredTune(
        id=0,
        key=context.account.key,
        params=params,
        cost_mc=0 if branch == "fast" else FACEID_COST_MC if kind == "faceid" else TUNE_COST_MC,
        created=context.now,
        starts=later(context.now, min(timings.tune_started, trained)),
        ends=later(context.now, trained),
        workspace_id=context.workspace_id,
        title=as_text(params.get("title")),
        name=as_text(params.get("name")),
        branch=branch,
        model_type=kind,
        base_tune_id=base_id,
        token=as_text(params.get("token")) or _token(branch),
        is_flux=branch == "flux1" and kind != "faceid",
        auto_extend=bool(as_flag(params.get("auto_extend"))),
    )
    if _is_trained_at_once(tune):
        tune.starts = tune.ends = context.now
    return tune


def _is_trained_at_once(tune: StoredTune) -> bool:
    """FaceID and Gemini tunes are [D]."""
    return tune.model_type == "faceid" or "gemini" in f"{tune.branch} {tune.model_type}".lower()


def _token(branch: str) -> str:
    return "ohwx" if branch in ("sdxl1", "flux1") else "sks"


def _prompts_of(params: Mapping[str, Any], tune: StoredTune) -> list[NewPrompt]:
    """The prompts that come with a tune; refused with `{"prompts.text": [...]}` where one is wrong [I]."""
    problems, found = Problems(), list[NewPrompt]()
    for item in items_of(params.get("prompts_attributes")):
        if not isinstance(item, dict):
            problems.add("prompts", "is invalid")
            continue
        found.append((item, {}))
        for name, messages in problems_of_prompt(item, tune).items():
            for message in messages:
                problems.add(f"prompts.{name}", message)
    if problems:
        raise Abort(invalid(problems))
    return found


def index(store: Store, context: RouteContext) -> Response:
    """GET /tunes, with filters `title`, `name[]`, `model_type`, `branch` [V]."""
    wanted = _filter_of(context.query)
    if not context.everywhere:
        wanted = both(wanted, context.sees)
    tunes = page_of(context.account.tunes, store.tunes, context.query, deepest=DEEPEST_OFFSET, wanted=wanted)
    return answer(200, [serialize_tune(tune, store, context.now) for tune in tunes])


def _filter_of(query: Params) -> Callable[[StoredTune], bool] | None:
    """Whether a tune is asked for; None where all are."""
    has_title = contains(query.get("title"))
    names = {as_text(name) for name in items_of(query.get("name")) or [query.get("name")]}
    kind, branch = as_text(query.get("model_type")), as_text(query.get("branch"))

    def wanted(tune: StoredTune) -> bool:
        return (
            has_title(tune.title)
            and (None in names or tune.name in names)
            and kind in (None, tune.model_type)
            and branch in (None, tune.branch)
        )

    return wanted if any(name in query for name in ("title", "name", "model_type", "branch")) else None


def index_of_gallery(store: Store, context: RouteContext) -> Response:
    """GET /gallery/tunes, with the same filters: what everybody can use [V]."""
    ids = sorted(store.gallery)
    tunes = page_of(ids, store.gallery, context.query, longest=LONGEST_GALLERY_PAGE, wanted=_filter_of(context.query))
    return answer(200, [serialize_tune(tune, store, context.now) for tune in tunes])


def show(store: Store, context: RouteContext) -> Response:
    """GET /tunes/:id."""
    return answer(200, serialize_tune(tune_of(store, context, "id"), store, context.now))


def update(store: Store, context: RouteContext) -> Response:
    """PATCH /tunes/:id: `title`, `name`, `characteristics`, `auto_extend` [V]; anything else is left alone [I]."""
    tune, params = tune_of(store, context, "id", or_base=False), context.root("tune")
    known = {key: value for key, value in params.items() if key in ("title", "name", "characteristics", "auto_extend")}
    if "name" in known and is_blank(as_text(known["name"])):
        raise Abort(invalid({"name": ["can't be blank"]}))
    tune.params = {**tune.params, **known}
    tune.title, tune.name = as_text(tune.params.get("title")), as_text(tune.params.get("name"))
    tune.auto_extend = bool(as_flag(tune.params.get("auto_extend")))
    tune.edited = context.now
    context.account.titles = None
    return answer(200, serialize_tune(tune, store, context.now))


def delete(store: Store, context: RouteContext) -> Response:
    """DELETE /tunes/:id: with its prompts where it is a checkpoint [D]."""
    tune = tune_of(store, context, "id", or_base=False)
    store.remove_tune(tune, with_prompts=tune.model_type is None)
    return answer(200, {"message": "Tune successfully deleted"})
