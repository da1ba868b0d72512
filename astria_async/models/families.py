"""Which model draws a prompt of a tune, and what is probably wrong with such a prompt. Pure.

Most tunes are adapters: they draw nothing by themselves. A prompt for one is posted to a base model's id and names the
adapter in its text [D]. The table is in `mentions.py`, the ids are in `astria_async.bases`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from operator import index
from typing import Any

from ..errors import ParameterError
from .mentions import BRANCHES, CHECKPOINTS, count_loras, mentions, trained_branch
from .params import PromptParams
from .tune import RETRIEVE, Tune

#: The base model that each branch's documented id belongs to [D]; that an sd15 LoRA is drawn on it is ours [I].
_BASES = {branch: tune_id for tune_id, branch in BRANCHES.items()}
_HOW_TO_FIND = (
    "give on=bases.REALISTIC_VISION_V51 (the documentation's samples take it), another model of astria.gallery.tunes(), "
    "or a partner model of astria.account.models()"
)


def drawing_base(tune: Tune | int, on: Tune | int | None = None) -> int:
    """The id of the model that draws a prompt of `tune`: it goes into the path of the create [D].

    - An adapter is drawn on `on`, else on its `base_tune_id`, else on the documented base of its branch. A FaceID tune
      has no such base: its `branch` is only the web page's default.
    - Any other `Tune` is drawn on itself, whatever `on` is, so that code for several families can pass one `on`. With
      the branch `fast` that is what keeps the prompt free.
    - A bare id says nothing about its family: it is drawn on `on`, else on itself. So is a `Tune` made by hand.

    Raises ParameterError for an `on` that cannot draw, for an adapter without a base, and for a tune from a callback
    without `on`, since it may be an adapter.
    """
    base = None if on is None else _base_id(on)
    number = _tune_id(tune, "tune", "a Tune or its id")
    if isinstance(tune, Tune) and _draws_itself(tune):
        return number
    if base == number and isinstance(tune, Tune) and tune.is_adapter:
        raise ParameterError(
            "on: it is the tune itself, an adapter that draws nothing by itself; leave it out, or give a base model"
        )
    if base is not None:
        return base
    if not isinstance(tune, Tune):
        return number
    if tune.is_partial:
        raise ParameterError(f"tune: {number} came without its model_type, so it may be an adapter; {RETRIEVE}")
    return _default_base(tune) if tune.is_adapter else number


def drawing_hints(
    params: PromptParams, tune: Tune | int, on: Tune | int | None = None, now: datetime | None = None
) -> Iterator[str]:
    """What is probably wrong with a prompt of this tune. The texts are fixed, so that Python shows each once a place."""
    if isinstance(tune, Tune) and tune.expires_at is not None and now is not None and tune.expires_at <= now:
        yield "tune: it has expired, 30 days after its training [D], and its model is deleted; train it again"
    if isinstance(tune, Tune) and tune.branch == "fast":
        return  # its images are mocks, whatever the prompt says [D]
    yield from _reference(params, tune, on)
    branch = _drawing_branch(tune, on)
    if branch == "flux1":
        if params.negative_prompt:
            yield "negative_prompt: Flux takes none [R]; leave it out"
        if isinstance(params.cfg_scale, (int, float)) and params.cfg_scale >= 5:
            yield "cfg_scale: Flux takes a value below 5 [R]; lower it, or leave it out"
    elif branch == "sdxl1" and count_loras(params.text) > 1:
        yield "text: SDXL takes one LoRA only [D]; take the others out"


def _reference(params: PromptParams, tune: Tune | int, on: Tune | int | None) -> Iterator[str]:
    """Whether the text refers to the tune as its family wants it."""
    number = tune.id if isinstance(tune, Tune) else tune
    has_text = isinstance(params.text, str) and bool(params.text.strip())
    is_mentioned = mentions(params.text, number) or mentions(params.video_prompt, number)
    if not isinstance(tune, Tune):
        if on is None and is_mentioned:
            yield "tune: the text refers to it as an adapter, which draws nothing by itself [D]; give the Tune, or on="
        elif on is not None and _number_of(on) != number and has_text and not is_mentioned:
            yield "text: it does not mention the tune, so its subject is not drawn [D]; put in Tune.mention()"
    elif tune.is_adapter:
        if has_text and not is_mentioned:
            yield "text: it does not mention the tune, so its subject is not drawn [D]; put in tune.mention()"
        if isinstance(on, Tune) and tune.model_type != "faceid" and _differ(tune, on):
            yield "on: it is of another branch than the tune, whose LoRA fits its own branch only [D]; give a base of that"
    elif _draws_itself(tune):
        if is_mentioned:
            yield "text: the tune is not an adapter, so `<lora:...>` is wrong [D]; put in tune.mention() instead"
        if on is not None and _number_of(on) != number:
            yield "on: it is not used, since the tune is not an adapter and draws by itself [D]; leave it out"


def _draws_itself(tune: Tune) -> bool:
    """Whether it certainly draws: a fast tune, a checkpoint, a model of the gallery. An unknown `model_type` may not."""
    if tune.branch == "fast":
        return True
    return tune.model_type in CHECKPOINTS and any((tune.branch, tune.token, tune.base_tune_id))


def _default_base(tune: Tune) -> int:
    if tune.base_tune_id:
        return tune.base_tune_id
    if tune.model_type == "faceid":
        raise ParameterError(f"on: a FaceID tune needs a model that draws it; {_HOW_TO_FIND}")
    if base := _BASES.get(tune.branch or ""):
        return base
    raise ParameterError(
        "on: the tune is an adapter whose base model is not known; give the one that it was trained on, "
        "such as on=bases.FLUX1_DEV, or find it in astria.gallery.tunes()"
    )


def _base_id(on: Any) -> int:
    if isinstance(on, Tune) and on.is_adapter:
        raise ParameterError(
            f"on: tune {on.id} is an adapter (model_type {on.model_type}) and draws nothing by itself; give a base model, "
            "such as bases.FLUX1_DEV, and refer to the adapter in the text"
        )
    return _tune_id(on, "on", "the base model, as a Tune or its id, such as bases.FLUX1_DEV")


def _tune_id(value: Any, parameter: str, remedy: str) -> int:
    number = _number_of(value)
    if number is None:
        raise ParameterError(f"{parameter}: a value of type {type(value).__name__} is not accepted; give {remedy}")
    if number < 1:
        raise ParameterError(f"{parameter}: {number} is not an id; give {remedy}")
    return number


def _number_of(value: Any) -> int | None:
    """The id, of a Tune or bare; None for anything else. Whole numbers of other libraries count."""
    if isinstance(value, Tune):
        value = value.id
    try:
        return None if isinstance(value, bool) else index(value)
    except TypeError:
        return None


def _drawing_branch(tune: Tune | int, on: Tune | int | None) -> str | None:
    """The branch of the model that draws; None if it is not known."""
    drawn_on = tune if on is None or (isinstance(tune, Tune) and _draws_itself(tune)) else on
    if isinstance(drawn_on, Tune):
        return trained_branch(drawn_on.branch, drawn_on.base_tune_id)
    return BRANCHES.get(drawn_on)


def _differ(tune: Tune, on: Tune) -> bool:
    branches = {trained_branch(tune.branch, tune.base_tune_id), on.branch}
    return len(branches) == 2 and branches <= {*_BASES}
