"""Faults in words, such as "fail 500": the page's buttons and the file of `mock --faults` use them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from attrs import frozen

from ...testing import Fault, delayed, drop, fail, ok, processed_later, processed_then, rate_limited, truncated


class InvalidFaultError(ValueError):
    """Something that is not a fault; the message says why."""


@frozen
class _Kind:
    """A kind of fault: how it is made, from `at_least` to `at_most` numbers and some options."""

    make: Callable[..., Fault]
    at_least: int = 0
    at_most: int = 0
    options: tuple[str, ...] = ("after",)
    has_status: bool = False


_KINDS: Mapping[str, _Kind] = {
    "ok": _Kind(ok),
    "delayed": _Kind(delayed, 1, 1, options=()),
    "fail": _Kind(fail, 1, 1, options=("after", "body"), has_status=True),
    "processed_then": _Kind(processed_then, 1, 1, options=("after", "body"), has_status=True),
    "processed_later": _Kind(processed_later, 2, 2, has_status=True),
    "rate_limited": _Kind(rate_limited, 0, 1),
    "drop": _Kind(drop),
    "drop processed": _Kind(partial(drop, processed=True)),
    "truncated": _Kind(truncated),
}

#: The names of the faults.
NAMES: tuple[str, ...] = tuple(_KINDS)


def parse_fault(words: str) -> Fault:
    """The fault for some words: "fail 500", "drop processed". Raises InvalidFaultError."""
    name, numbers = words.strip(), list[float]()
    while name not in _KINDS and " " in name:
        rest, _, last = name.rpartition(" ")
        try:
            numbers.insert(0, float(last))
        except ValueError:
            break
        name = rest.rstrip()
    if name not in _KINDS:
        raise InvalidFaultError(f"{words!r} is not a fault; use one of {', '.join(_KINDS)}")
    return make_fault(name, numbers, {})


def make_fault(name: str, numbers: Sequence[float], options: Mapping[str, Any]) -> Fault:
    """The fault of that name, which is one of `NAMES`. Raises InvalidFaultError."""
    kind = _KINDS[name]
    if not kind.at_least <= len(numbers) <= kind.at_most:
        count = f"{kind.at_least}" if kind.at_least == kind.at_most else f"{kind.at_least} or {kind.at_most}"
        raise InvalidFaultError(f"{name!r} takes {count} number{'' if kind.at_most == 1 else 's'}, not {len(numbers)}")
    if wrong := [option for option in options if option not in kind.options]:
        remedy = "; its number is the delay" if name == "delayed" and wrong == ["after"] else ""
        raise InvalidFaultError(f"{name!r} does not take {wrong[0]!r}{remedy}")
    if any(not math.isfinite(number) or number < 0 for number in [*numbers, options.get("after", 0.0)]):
        raise InvalidFaultError("give finite numbers, 0 or more")
    values: list[Any] = [*numbers]
    if kind.has_status:
        if values[0] != int(values[0]) or not 200 <= values[0] <= 599:
            raise InvalidFaultError(f"{values[0]:g} is not an HTTP status; give a whole number from 200 to 599")
        values[0] = int(values[0])
    return kind.make(*values, **options)
