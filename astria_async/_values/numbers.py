"""Leaf: numbers of other libraries as Python's own. numpy's, a Decimal and a Fraction are taken; a text and a flag are not."""

from __future__ import annotations

from math import isfinite
from operator import index
from typing import SupportsFloat, SupportsIndex, cast

import attrs


def is_flag(value: object) -> bool:
    """True for a bool, of Python or of numpy (`bool_`, and `bool` since numpy 2)."""
    return type(value).__name__ in ("bool", "bool_")


def whole_or_none(value: object) -> int | None:
    """An int, from what has `__index__`; None for everything else, such as a flag or an array of several numbers."""
    if is_flag(value) or not hasattr(value, "__index__"):
        return None
    try:
        return index(cast(SupportsIndex, value))
    except (TypeError, ValueError):
        return None


def number_or_none(value: object) -> int | float | None:
    """A finite int or float, from what has `__index__` or `__float__`; None for everything else."""
    if is_flag(value) or not (hasattr(value, "__index__") or hasattr(value, "__float__")):
        return None
    number: int | float | None = whole_or_none(value)
    try:
        as_float = float(cast(SupportsFloat, value))
    except (TypeError, ValueError, OverflowError):  # an array, a Decimal's sNaN, an int of 400 digits
        return None
    if not isfinite(as_float):
        return None
    return as_float if number is None else number


def take_plain_numbers(settings: attrs.AttrsInstance) -> None:
    """Put Python's own numbers into the fields of frozen settings, in the place of numpy's or of a Decimal."""
    for spec in attrs.fields(type(settings)):
        number = number_or_none(getattr(settings, spec.name))
        if number is not None:
            object.__setattr__(settings, spec.name, number)


def shown_value(value: object, width: int = 60) -> str:
    """A value of any kind for a message: one line, cut."""
    text = " ".join(repr(value).split())
    return text if len(text) <= width else text[: width - 1] + "…"
