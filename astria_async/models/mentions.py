"""How a prompt's text refers to a tune: written by `Tune.mention`, found again by `mentions`. Pure, no models here.

The families, and what their texts contain [D]:

    checkpoint (SD15)       sks woman                       its token, then the class
    LoRA                    <lora:123:1> ohwx woman         reference, token, class
    pti (SDXL)              <lora:123:0.83> ohwx woman
    FaceID                  <faceid:123:1> woman            no token; the class right behind the reference [V]
    model of the gallery    (nothing)
"""

from __future__ import annotations

import re
from numbers import Real

from .. import bases
from ..errors import ParameterError

#: A tune with one of these in `model_type` draws nothing by itself [D].
ADAPTERS = frozenset({"lora", "pti", "faceid"})
#: What a checkpoint has there: null [D], or the name that `TuneParams` takes for it.
CHECKPOINTS = (None, "", "checkpoint")
#: Branch of each documented base model [D].
BRANCHES = {bases.FLUX1_DEV: "flux1", bases.SDXL_1_0: "sdxl1", bases.REALISTIC_VISION_V51: "sd15"}
#: Strength of an SDXL tune in the documentation's samples; all others have 1 there [D].
PTI_WEIGHT = 0.83
#: Word for the subject, if the service returns none: sks for SD15, ohwx for SDXL [D] and Flux [D, its samples].
SD15_TOKEN = "sks"
TOKEN = "ohwx"

_LORA = re.compile(r"<\s*lora\s*:", re.IGNORECASE)
#: A reference to any adapter, and its id. (One pattern for each id would be compiled anew for nearly every create.)
_REFERENCE = re.compile(r"<\s*(?:lora|faceid)\s*:\s*0*([0-9]+)\s*[:>]", re.IGNORECASE | re.ASCII)


def mentions(text: object, tune_id: int) -> bool:
    """Whether a text refers to this adapter: `<lora:ID:...>` or `<faceid:ID:...>`, in any case. False for no text."""
    if not isinstance(text, str) or "<" not in text:
        return False
    return str(int(tune_id)) in _REFERENCE.findall(text)


def count_loras(text: object) -> int:
    """How many LoRAs a text refers to, by id or by name."""
    return len(_LORA.findall(text)) if isinstance(text, str) else 0


def trained_branch(branch: str | None, base_tune_id: int | None) -> str | None:
    """The branch that a tune was trained on. That of a `fast` tune is its base's. None if it is not known."""
    return branch if branch not in (None, "", "fast") else BRANCHES.get(base_tune_id or 0)


def adapter_mention(
    tune_id: int, model_type: str, branch: str | None, token: str | None, name: str | None, weight: float | None
) -> str:
    """The text for an adapter. `branch` is the one it was trained on. Raises ParameterError for a bad weight."""
    if model_type == "faceid":
        return _join(f"<faceid:{tune_id}:{_written(weight, 1)}>", name)
    is_sdxl = model_type == "pti" if branch is None else branch == "sdxl1"
    reference = f"<lora:{tune_id}:{_written(weight, PTI_WEIGHT if is_sdxl else 1)}>"
    return _join(reference, token or (SD15_TOKEN if branch == "sd15" else TOKEN), name)


def checkpoint_mention(token: str | None, name: str | None) -> str:
    """The text for an SD15 checkpoint [D]."""
    return _join(token or SD15_TOKEN, name)


def _join(*words: str | None) -> str:
    return " ".join(" ".join(filter(None, words)).split())


def _written(weight: float | None, default: float) -> str:
    """A weight as the service reads it: no exponent, four decimals at most."""
    if weight is None:
        weight = default
    if isinstance(weight, bool) or not isinstance(weight, Real) or not 0 <= weight <= 1:
        raise ParameterError(f"weight: {weight!r} is not a number from 0 to 1; leave it out for the usual one")
    return f"{float(weight):.4f}".rstrip("0").rstrip(".")
