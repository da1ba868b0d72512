"""POST /p/:id/tunes: a pack's prompts for a tune that is trained for it, or for tunes that exist; in three answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..._wire import Response
from .._routing.context import RouteContext
from .._rules.validation import Problems, problems_of_prompt
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
    if pack.base_tune_id and "base_tune_id" not in own:
        own |= {"base_tune_id": pack.base_tune_id, "model_type": own.get("model_type", pack.model_type)}

    planned: list[NewPrompt] = []

    def prompts_for(tune: StoredTune) -> list[NewPrompt]:
        planned.extend((_params_of(pack, one, tune, changes), {"orig_prompt_id": one.id}) for one in templates)
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
    """The tunes of `tune_ids`; 404 where there is none of one of these ids, 422 where its model was deleted [I]."""
    found = [store.tune(as_integer(id_) or 0, context.account.key) for id_ in ids]
    tunes = [tune for tune in found if tune is not None]
    if len(tunes) < len(ids):
        raise Abort(not_found())
    if any(tune.expires <= context.now for tune in tunes):
        raise Abort(invalid({"tune": ["has expired"]}))
    return tunes


def _over_tunes(
    store: Store, context: RouteContext, pack: StoredPack, tunes: list[StoredTune], templates: Sequence[StoredTemplate],
    changes: Params,
) -> Response:  # fmt: skip
    """Prompts on each tune; those of a multi pack show all tunes, and are on the first one [I]."""
    planned = [
        (tune, one.id, _params_of(pack, one, tune, changes))
        for tune in (tunes[:1] if pack.multi else tunes)
        for one in templates
    ]
    total = sum(cost_of(params, tune) for tune, _, params in planned)
    refuse_if_poor(store, context, total)
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


def _params_of(pack: StoredPack, template: StoredTemplate, tune: StoredTune, changes: Params) -> Params:
    """What a prompt is made of; refused where what was to be changed is wrong."""
    text = f"{tune.token} {tune.name or pack.classes[0]} {template.text}"
    params: Params = {"text": text, "num_images": template.num_images, "pack_id": pack.id, **changes}
    found = Problems()
    for name, messages in problems_of_prompt(params, tune).items():
        for message in messages:
            found.add(f"prompts.{name}", message)
    if found:
        raise Abort(invalid(found))
    return params


def _call_back(store: Store, params: Params, made: list[StoredPrompt]) -> None:
    """`prompts_callback` is called once, with all of them, when the last one ends [D]."""
    url = as_text(params.get("prompts_callback")) or ""
    if store.call_back is not None and made:
        store.call_back("prompts", url, tuple(prompt.id for prompt in made), max(prompt.ends for prompt in made))
