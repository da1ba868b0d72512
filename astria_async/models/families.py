"""Which model draws a prompt of a tune, and what is probably wrong with such a prompt. Pure.

Most tunes are adapters: they draw nothing by themselves. A prompt for one is posted to a base model's id and names the
adapter in its text [D]. The table is in `mentions.py`, the ids are in `astria_async.bases`.
"""

from __future__ import annotations

from datetime import datetime
from operator import index
from typing import Any

from ..errors import ParameterError
from .mentions import BRANCHES, CHECKPOINTS, count_loras, mentions, trained_branch
from .parameters.params import PromptParams
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
    if on is None and type(tune) is int and tune > 0:
        return tune  # nearly every backend's call
    base = None if on is None else _base_id(on)
    number = _tune_id(tune, "tune", "a Tune or its id")
    if not isinstance(tune, Tune):
        return number if base is None else base
    if _draws_itself(tune):
        return number
    if base is not None:
        if base == number and tune.is_adapter:
            raise ParameterError(
                "on: it is the tune itself, an adapter that draws nothing by itself; leave it out, or give a base model"
            )
        return base
    if tune.is_partial:
        raise ParameterError(f"tune: {number} came without its model_type, so it may be an adapter; {RETRIEVE}")
    return _default_base(tune) if tune.is_adapter else number


def drawing_hints(
    params: PromptParams, tune: Tune | int, on: Tune | int | None = None, now: datetime | None = None
) -> list[str]:
    """What is probably wrong with a prompt of this tune. The texts are fixed, so that Python shows each once a place.

    Called for every create: a list costs fewer calls than a generator.
    """
    found: list[str] = []
    if not isinstance(tune, Tune):
        _hint_at_bare_id(params, tune, on, found)
        drawn_on = tune if on is None else on
    else:
        if tune.expires_at is not None and now is not None and tune.expires_at <= now:
            found.append(
                "tune: it has expired, 30 days after its training [D], and its model is deleted; train it again"
            )
        if tune.branch == "fast":
            return found  # its images are mocks, whatever the prompt says [D]
        draws_itself = _draws_itself(tune)
        if tune.is_adapter:
            _hint_at_adapter(params, tune, on, found)
        elif draws_itself:
            _hint_at_checkpoint(params, tune, on, found)
        drawn_on = tune if on is None or draws_itself else on
    branch = _branch_of(drawn_on) if isinstance(drawn_on, Tune) else BRANCHES.get(drawn_on)
    if branch == "flux1":
        if params.negative_prompt:
            found.append("negative_prompt: Flux takes none [R]; leave it out")
        if isinstance(params.cfg_scale, (int, float)) and params.cfg_scale >= 5:
            found.append("cfg_scale: Flux takes a value below 5 [R]; lower it, or leave it out")
    elif branch == "sdxl1" and count_loras(params.text) > 1:
        found.append("text: SDXL takes one LoRA only [D]; take the others out")
    return found


def _hint_at_bare_id(params: PromptParams, tune_id: int, on: Tune | int | None, found: list[str]) -> None:
    if on is None:
        if _is_mentioned(params, tune_id):
            found.append(
                "tune: the text refers to it as an adapter, which draws nothing by itself [D]; give the Tune, or on="
            )
    elif _number_of(on) != tune_id and _is_missing(params, tune_id):
        found.append("text: it does not mention the tune, so its subject is not drawn [D]; put in Tune.mention()")


def _hint_at_adapter(params: PromptParams, tune: Tune, on: Tune | int | None, found: list[str]) -> None:
    if _is_missing(params, tune.id):
        found.append("text: it does not mention the tune, so its subject is not drawn [D]; put in tune.mention()")
    if isinstance(on, Tune) and tune.model_type != "faceid":
        branches = {_branch_of(tune), _branch_of(on)}
        if len(branches) == 2 and branches <= {*_BASES}:
            found.append(
                "on: it is of another branch than the tune, whose LoRA fits its own only [D]; give a base of that"
            )


def _hint_at_checkpoint(params: PromptParams, tune: Tune, on: Tune | int | None, found: list[str]) -> None:
    if _is_mentioned(params, tune.id):
        found.append("text: the tune is not an adapter, so `<lora:...>` is wrong [D]; put in tune.mention() instead")
    if on is not None and _number_of(on) != tune.id:
        found.append("on: it is not used, since the tune is not an adapter and draws by itself [D]; leave it out")


def _is_mentioned(params: PromptParams, tune_id: int) -> bool:
    """References of a video made from references stand in `video_prompt` [V]."""
    return mentions(params.text, tune_id) or (
        params.video_prompt is not None and mentions(params.video_prompt, tune_id)
    )


def _is_missing(params: PromptParams, tune_id: int) -> bool:
    """Whether there is a text that lacks the reference. An empty one (upscaling) needs none [V]."""
    return isinstance(params.text, str) and params.text.strip() != "" and not _is_mentioned(params, tune_id)


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
    if isinstance(on, Tune) and on.is_partial:
        raise ParameterError(
            f"on: tune {on.id} came without its model_type, so it may be an adapter; read it again, or give its id"
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


def _branch_of(tune: Tune) -> str | None:
    return trained_branch(tune.branch, tune.base_tune_id)
