"""What all answers have in common: the keys that Astria added since, money, and a short repr."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import field, frozen

#: 100,000 mc are 1 USD [D].
MC_PER_USD = Decimal(100_000)


@frozen(kw_only=True)
class Model:
    """An answer. `extra` keeps the keys that this version of the SDK does not know."""

    extra: Mapping[str, Any] = field(factory=dict, repr=False, hash=False)


def usd(mc: int | None) -> Decimal | None:
    """Money in USD from Astria's mc; None stays None."""
    return None if mc is None else mc / MC_PER_USD


def short(text: str | None, width: int = 40) -> str:
    """A text for a repr, in quotes: one line, cut at `width` characters."""
    return repr(line(text, width))


def line(text: str | None, width: int = 40) -> str:
    """A text as one line, cut at `width` characters; "" for None."""
    whole = " ".join((text or "").split())
    return whole if len(whole) <= width else whole[: width - 1] + "…"
