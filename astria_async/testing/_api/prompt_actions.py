"""What is done with prompts that exist: duplicated, liked."""

from __future__ import annotations

from typing import Any

from ..._wire import Response
from .. import _assumptions as assume
from .._routing.context import RouteContext, prompt_of
from .._server.coerce import as_integer, is_blank
from .._server.http import Abort, answer, empty, invalid
from .._server.rails_params import Params
from .._store.records import StoredPrompt
from .._store.store import Store
from ._serializers import serialize_prompt
from .prompts import add_prompt, cost_of, refuse_if_poor, refuse_if_wrong
from .uploads import resolved


def duplicate(store: Store, context: RouteContext) -> Response:
    """POST /prompts/:id/duplicate: ordered again with changes, or with one of its images, `image_index` [D]."""
    original = prompt_of(store, context)
    changes = context.params.get("prompt")
    kept = {name: value for name, value in original.params.items() if name != "pack_id"}  # a copy is not a template [I]
    params: Params = {**kept, **(resolved(store, changes) if isinstance(changes, dict) else {})}
    tune = store.tune(original.tune_id, context.account.key)
    if tune is None:
        raise Abort(invalid({"tune": ["must exist"]}))
    refuse_if_wrong(params, tune, context.now)
    fields: dict[str, Any] = {"orig_prompt_id": original.id}
    if is_blank(context.params.get("image_index")):
        cost_mc = cost_of(params, tune)
    else:
        cost_mc = assume.TAKEN_COST_MC
        taken = _image(original, as_integer(context.params["image_index"]), context.now)
        fields |= {"taken": taken, "persons": original.persons, "num_images": 1, "cost_mc": cost_mc}
    refuse_if_poor(store, context, cost_mc, params)
    copy = add_prompt(store, context, tune, params, **fields)
    return answer(201, serialize_prompt(copy, store, context.now))


def _image(original: StoredPrompt, index: int | None, now: int) -> tuple[int, int]:
    """Which image an index means; refused if there is no such image, or not yet [I]."""
    if index is None or original.status_at(now) != "succeeded" or not 0 <= index < original.num_images:
        raise Abort(invalid({"image_index": ["is invalid"]}))
    return (original.id, index) if original.taken is None else original.taken


def like(store: Store, context: RouteContext) -> Response:
    """POST /prompts/:id/likes: 201, empty; of a pack's prompt it counts for the original too [D]."""
    return _like(store, context, True)


def unlike(store: Store, context: RouteContext) -> Response:
    """DELETE /prompts/:id/likes [I]: the documentation shows the other verb, and 201."""
    return _like(store, context, False)


def _like(store: Store, context: RouteContext, liked: bool) -> Response:
    prompt = prompt_of(store, context)
    template = store.templates.get(prompt.orig_prompt_id or 0)
    if template is not None:
        template.likes += liked - prompt.liked
    prompt.liked = liked
    return empty(201)
