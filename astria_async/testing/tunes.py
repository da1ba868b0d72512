"""The tunes' routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from .._wire import Response
from .bodies import Params
from .calls import Refused, answer, invalid
from .casts import as_flag, as_integer, as_text, is_blank, items_of
from .listing import both, contains, page_of
from .lookup import tune_of
from .moments import later
from .prompts import add_prompt, cost_of, refuse_if_poor
from .routing import Call
from .shapes import tune_shape
from .state import StoredTune, World
from .uploads import resolved
from .validation import Problems, problems_of_prompt, problems_of_tune

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


def create(world: World, call: Call) -> Response:
    """POST /tunes: the new tune, or with idempotency the one of the same title."""
    params = call.root("tune")
    tune = new_tune(world, call, params)
    return answer(201, tune_shape(tune, world, call.now))


def new_tune(
    world: World, call: Call, params: Params, more: Callable[[StoredTune], Iterable[NewPrompt]] = lambda tune: ()
) -> StoredTune:
    """A tune made of these parameters, with its prompts; refused where they are wrong or there is not enough money.

    `more` gives further prompts for it: parameters, and fields of `StoredPrompt`.
    """
    params = resolved(world, params)
    problems = problems_of_tune(params)
    if problems:
        raise Refused(invalid(problems))
    same = _same(world, call, as_text(params.get("title")))
    if same is not None:
        return same
    tune = _built(world, call, params)
    prompts = [*_prompts_of(params, tune), *more(tune)]
    refuse_if_poor(world, call, tune.cost_mc + sum(cost_of(item, tune) for item, _ in prompts))
    tune.id = next(world.tune_ids)
    world.add_tune(tune)
    if world.call_back is not None and (CALLS_BACK_WHEN_TRAINED_AT_ONCE or not _is_trained_at_once(tune)):
        world.call_back("tune", as_text(params.get("callback")) or "", (tune.id,), tune.ends)
    for item, fields in prompts:
        add_prompt(world, call, tune, item, **fields)
    return tune


def _same(world: World, call: Call, title: str | None) -> StoredTune | None:
    """With idempotency, the tune that has this title already [D]."""
    account = call.account
    if not world.account_idempotency:
        account.titles = None
    if not world.account_idempotency or is_blank(title):
        return None
    if account.titles is None:
        account.titles = {tune.title: id_ for id_ in account.tunes if (tune := world.tunes[id_]).title}
    return world.tunes.get(account.titles.get(title or "", 0))


def _built(world: World, call: Call, params: Params) -> StoredTune:
    """The tune, without an id and not yet in the world."""
    base_id = as_integer(params.get("base_tune_id"))
    base = None if base_id is None else world.tune(base_id, call.account.key)
    branch = as_text(params.get("branch")) or (base.branch if base else DEFAULT_BRANCH)
    kind = None if is_blank(params.get("model_type")) else as_text(params.get("model_type"))
    if branch == "flux1":
        kind = kind or "lora"
    elif branch == "sdxl1" and kind != "faceid":
        kind = "pti"  # always [D]
    timings = world.timings
    trained = timings.fast_tune_trained if branch == "fast" else timings.tune_trained
    tune = StoredTune(
        id=0,
        key=call.account.key,
        params=params,
        cost_mc=0 if branch == "fast" else FACEID_COST_MC if kind == "faceid" else TUNE_COST_MC,
        created=call.now,
        starts=later(call.now, min(timings.tune_started, trained)),
        ends=later(call.now, trained),
        workspace_id=call.workspace_id,
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
        tune.starts = tune.ends = call.now
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
        raise Refused(invalid(problems))
    return found


def index(world: World, call: Call) -> Response:
    """GET /tunes, with filters `title`, `name[]`, `model_type`, `branch` [V]."""
    wanted = _filter_of(call.query)
    if not call.everywhere:
        wanted = both(wanted, call.sees)
    tunes = page_of(call.account.tunes, world.tunes, call.query, deepest=DEEPEST_OFFSET, wanted=wanted)
    return answer(200, [tune_shape(tune, world, call.now) for tune in tunes])


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


def index_of_gallery(world: World, call: Call) -> Response:
    """GET /gallery/tunes, with the same filters: what everybody can use [V]."""
    ids = sorted(world.gallery)
    tunes = page_of(ids, world.gallery, call.query, longest=LONGEST_GALLERY_PAGE, wanted=_filter_of(call.query))
    return answer(200, [tune_shape(tune, world, call.now) for tune in tunes])


def show(world: World, call: Call) -> Response:
    """GET /tunes/:id."""
    return answer(200, tune_shape(tune_of(world, call, "id"), world, call.now))


def update(world: World, call: Call) -> Response:
    """PATCH /tunes/:id: `title`, `name`, `characteristics`, `auto_extend` [V]; anything else is left alone [I]."""
    tune, params = tune_of(world, call, "id", or_base=False), call.root("tune")
    known = {key: value for key, value in params.items() if key in ("title", "name", "characteristics", "auto_extend")}
    if "name" in known and is_blank(as_text(known["name"])):
        raise Refused(invalid({"name": ["can't be blank"]}))
    tune.params = {**tune.params, **known}
    tune.title, tune.name = as_text(tune.params.get("title")), as_text(tune.params.get("name"))
    tune.auto_extend = bool(as_flag(tune.params.get("auto_extend")))
    tune.edited = call.now
    call.account.titles = None
    return answer(200, tune_shape(tune, world, call.now))


def delete(world: World, call: Call) -> Response:
    """DELETE /tunes/:id: with its prompts where it is a checkpoint [D]."""
    tune = tune_of(world, call, "id", or_base=False)
    world.remove_tune(tune, with_prompts=tune.model_type is None)
    return answer(200, {"message": "Tune successfully deleted"})
