"""What is done with prompts that exist: duplicated, liked."""

from __future__ import annotations

from .._wire import Response
from .bodies import Params
from .calls import Refused, answer, empty, invalid
from .casts import as_integer, is_blank
from .lookup import prompt_of
from .prompts import add_prompt, cost_of, refuse_if_poor, refuse_if_wrong
from .routing import Call
from .shapes import prompt_shape
from .state import StoredPrompt, World
from .uploads import resolved

#: What it costs to take over a picture instead of drawing one, in mc [I].
TAKEN_COST_MC = 0


def duplicate(world: World, call: Call) -> Response:
    """POST /prompts/:id/duplicate: ordered again with changes, or with one of its pictures, `image_index` [D]."""
    original = prompt_of(world, call)
    changes = call.params.get("prompt")
    params: Params = {**original.params, **(resolved(world, changes) if isinstance(changes, dict) else {})}
    tune = world.tune(original.tune_id, call.account.key)
    if tune is None:
        raise Refused(invalid({"tune": ["must exist"]}))
    refuse_if_wrong(params, tune, call.now)
    if is_blank(call.params.get("image_index")):
        refuse_if_poor(world, call, cost_of(params, tune))
        copy = add_prompt(world, call, tune, params, orig_prompt_id=original.id)
    else:
        taken = _picture(original, as_integer(call.params["image_index"]), call.now)
        refuse_if_poor(world, call, TAKEN_COST_MC)
        copy = add_prompt(world, call, tune, params, orig_prompt_id=original.id, taken=taken)
        copy.num_images, copy.cost_mc = 1, TAKEN_COST_MC
    return answer(201, prompt_shape(copy, world, call.now))


def _picture(original: StoredPrompt, index: int | None, now: int) -> tuple[int, int]:
    """Which picture an index means; refused where there is none, or none yet [I]."""
    is_there = original.ends <= now and original.error is None
    if index is None or not is_there or not 0 <= index < original.num_images:
        raise Refused(invalid({"image_index": ["is invalid"]}))
    return (original.id, index) if original.taken is None else original.taken


def like(world: World, call: Call) -> Response:
    """POST /prompts/:id/likes: 201, empty; of a pack's prompt it counts for the original too [D]."""
    return _like(world, call, True)


def unlike(world: World, call: Call) -> Response:
    """DELETE /prompts/:id/likes [I]: the documentation shows the other verb, and 201."""
    return _like(world, call, False)


def _like(world: World, call: Call, liked: bool) -> Response:
    prompt = prompt_of(world, call)
    template = world.templates.get(prompt.orig_prompt_id or 0)
    if template is not None:
        template.likes += liked - prompt.liked
    prompt.liked = liked
    return empty(201)
