"""POST /p/:id/tunes: a pack's prompts for a tune that is trained for it, or for tunes that exist; in three answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..._wire import Response
from .._routing.context import RouteContext
from .._rules.mentions import mention
from .._rules.problems import Problems
from .._rules.prompt_rules import problems_of_prompt
from .._server.coerce import as_integer, as_text, items_of
from .._server.http import Abort, answer, invalid, not_found
from .._server.rails_params import Params
from .._store.records import StoredPack, StoredPrompt, StoredTemplate, StoredTune
from .._store.store import Store
from ._serializers import serialize_tune
from .packs import pack_of
from .prompts import add_prompt, cost_of, refuse_if_poor
from .tunes import NewPrompt, new_tune
from .uploads import resolved

#: What belongs to the run, and not to the tune that is made for it.
_OF_THE_RUN = frozenset({"tune_ids", "prompt_ids", "prompt_attributes", "prompts_callback", "brief"})


def run(store: Store, context: RouteContext) -> Response:
    """A bare tune [D] for a training set; for `tune_ids` an order, or only a message [V]."""
    pack, params = pack_of(store, context), context.root("tune")
    templates = _chosen(pack, params)
    changes = params.get("prompt_attributes")
    changes = resolved(store, changes) if isinstance(changes, dict) else {}
    ids = items_of(params.get("tune_ids"))
    if ids:
        return _over_tunes(store, context, pack, _tunes_of(store, context, ids), templates, changes)
    if pack.multi:
        raise Abort(invalid({"tune_ids": ["can't be blank"]}))
    own = {name: value for name, value in params.items() if name not in _OF_THE_RUN}
    _refuse_other_classes(pack, as_text(own.get("name")))
    if pack.base_tune_id and "base_tune_id" not in own:
        own |= {"base_tune_id": pack.base_tune_id, "model_type": own.get("model_type", pack.model_type)}

    planned: list[NewPrompt] = []

    def prompts_for(tune: StoredTune) -> list[NewPrompt]:
        planned.extend((_params_of(pack, one, [tune], changes), {"orig_prompt_id": one.id}) for one in templates)
        return planned

    tune = new_tune(store, context, own, prompts_for)
    if planned:  # else, with idempotency, it was there already
        _call_back(store, params, [store.prompts[id_] for id_ in context.account.prompts_of[tune.id]])
    return answer(201, serialize_tune(tune, store, context.now))


def _chosen(pack: StoredPack, params: Params) -> Sequence[StoredTemplate]:
    """The pack's prompts, or those of `prompt_ids`; refused with 422 where one of these is none of its own [I]."""
    ids = [as_integer(id_) for id_ in items_of(params.get("prompt_ids"))]
    if not ids:
        return pack.templates
    if not {template.id for template in pack.templates}.issuperset(ids):
        raise Abort(invalid({"prompt_ids": ["is invalid"]}))
    return [template for template in pack.templates if template.id in ids]


def _tunes_of(store: Store, context: RouteContext, ids: list[Any]) -> list[StoredTune]:
    """The tunes of `tune_ids`; 404 if one of them does not exist, 422 if its model was deleted [I]."""
    found = [store.tune(as_integer(id_) or 0, context.account.key) for id_ in ids]
    tunes = [tune for tune in found if tune is not None]
    if len(tunes) < len(ids):
        raise Abort(not_found())
    if any(tune.expires <= context.now for tune in tunes):
        raise Abort(invalid({"tune": ["has expired"]}))
    return tunes


def _refuse_other_classes(pack: StoredPack, *names: str | None) -> None:
    """Refuse a class that the pack does not support [D]; one that is missing is refused with the tune."""
    others = [name for name in names if name and name.lower() not in pack.classes]
    if others:
        raise Abort(invalid({"name": [f"{others[0]} is not supported by this pack: {', '.join(pack.classes)}"]}))


def _over_tunes(
    store: Store, context: RouteContext, pack: StoredPack, tunes: list[StoredTune], templates: Sequence[StoredTemplate],
    changes: Params,
) -> Response:  # fmt: skip
    """Prompts on each tune; those of a multi pack show all tunes, and are on the first one [I]."""
    _refuse_other_classes(pack, *(tune.name for tune in tunes))
    planned = [
        (group[0], one.id, _params_of(pack, one, group, changes))
        for group in ([tunes] if pack.multi else [[tune] for tune in tunes])
        for one in templates
    ]
    total = sum(cost_of(params, tune) for tune, _, params in planned)
    refuse_if_poor(store, context, total, changes)
    order_id = next(store.other_ids)
    made = [
        add_prompt(store, context, tune, params, orig_prompt_id=template_id, order_id=order_id)
        for tune, template_id, params in planned
    ]
    _call_back(store, context.root("tune"), made)
    if store.pack_runs_answer == "message":
        return answer(201, {"status": 201, "message": "Prompts created"})
    order = {"id": order_id, "tune_ids": [tune.id for tune in tunes], "total_cost_mc": total}
    return answer(201, {"status": 201, "order": order, "prompt_ids": [prompt.id for prompt in made]})


def _params_of(pack: StoredPack, template: StoredTemplate, tunes: list[StoredTune], changes: Params) -> Params:
    """What a prompt is made of: the template's scene with all these tunes; refused if a change is wrong."""
    text = f"{' and '.join(mention(tune) for tune in tunes)} {template.text}"
    params: Params = {"text": text, "num_images": template.num_images, "base_pack_id": pack.id, **changes}
    problems = Problems()
    problems.add_all(problems_of_prompt(params, tunes[0], within_a_tune=True), "prompts")
    if problems:
        raise Abort(invalid(problems))
    return params


def _call_back(store: Store, params: Params, made: list[StoredPrompt]) -> None:
    """`prompts_callback` is called once, with all of them, when the last one ends [D]."""
    url = as_text(params.get("prompts_callback")) or ""
    if store.call_back is not None and made:
        store.call_back("prompts", url, tuple(prompt.id for prompt in made), max(prompt.ends for prompt in made))
