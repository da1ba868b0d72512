"""The tunes' routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from ..._wire import Response
from .. import _assumptions as assume
from .._routing.context import RouteContext, tune_of
from .._routing.paging import both, contains, page_of
from .._rules.problems import Problems
from .._rules.prompt_rules import problems_of_prompt
from .._rules.tune_rules import problems_of_tune
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
    base_id = as_integer(params.get("base_tune_id"))
    if base_id is not None and store.tune(base_id, context.account.key) is None:
        problems.add("base_tune", "must exist")  # [I]
    if problems:
        raise Abort(invalid(problems))
    same = _same(store, context, as_text(params.get("title")))
    if same is not None:
        return same
    tune = _build(store, context, params)
    tune.id = next(store.tune_ids)
    prompts = [*_prompts_of(params, tune), *more(tune)]
    refuse_if_poor(store, context, tune.cost_mc + sum(cost_of(item, tune) for item, _ in prompts))
    store.add_tune(tune)
    if store.call_back is not None and not tune.is_trained_at_once:  # these need no callback [D]
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


def _build(store: Store, context: RouteContext, params: Params) -> StoredTune:
    """The tune, without an id and not yet in the store."""
    base_id = as_integer(params.get("base_tune_id"))
    base = None if base_id is None else store.tune(base_id, context.account.key)
    branch = as_text(params.get("branch")) or (base.branch if base else assume.DEFAULT_BRANCH)
    is_free = branch == assume.FREE_BRANCH
    family = base.family if is_free and base else branch
    kind = _model_type(as_text(params.get("model_type")), family)
    timings = store.timings
    trained = timings.fast_tune_trained if is_free else timings.tune_trained
    token = as_text(params.get("token")) or assume.TOKENS.get(family, assume.DEFAULT_TOKEN)
    tune = StoredTune(
        id=0,
        key=context.account.key,
        params=params,
        cost_mc=0 if is_free else assume.FACEID_COST_MC if kind == "faceid" else assume.TUNE_COST_MC,
        created=context.now,
        starts=later(context.now, min(timings.tune_started, trained)),
        ends=later(context.now, trained),
        workspace_id=context.workspace_id,
        title=as_text(params.get("title")),
        name=as_text(params.get("name")),
        branch=branch,
        model_type=kind,
        base_tune_id=base_id,
        token=None if kind == "faceid" else token,
        family=family,
        auto_extend=bool(as_flag(params.get("auto_extend"))),
    )
    if tune.is_trained_at_once:
        tune.starts = tune.ends = context.now
    return tune


def _model_type(given: str | None, family: str) -> str | None:
    """None is a checkpoint."""
    if given == "faceid":
        return given
    return assume.FORCED_MODEL_TYPES.get(family) or given or assume.DEFAULT_MODEL_TYPES.get(family)


def _prompts_of(params: Mapping[str, Any], tune: StoredTune) -> list[NewPrompt]:
    """The prompts that come with a tune; refused with `{"prompts.text": [...]}` where one is wrong [I]."""
    problems, found = Problems(), list[NewPrompt]()
    for item in items_of(params.get("prompts_attributes")):
        if not isinstance(item, dict):
            problems.add("prompts", "is invalid")
            continue
        found.append((item, {}))
        problems.add_all(problems_of_prompt(item, tune, within_a_tune=True), "prompts")
    if problems:
        raise Abort(invalid(problems))
    return found


def index(store: Store, context: RouteContext) -> Response:
    """GET /tunes, with filters `title`, `name[]`, `model_type`, `branch` [V]."""
    wanted = _filter_of(context.query)
    if not context.everywhere:
        wanted = both(wanted, context.sees)
    tunes = page_of(
        context.account.tunes, store.tunes, context.query, deepest=assume.DEEPEST_OFFSET_OF_TUNES, wanted=wanted
    )
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
    tunes = page_of(
        ids, store.gallery, context.query, longest=assume.LONGEST_GALLERY_PAGE, wanted=_filter_of(context.query)
    )
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
