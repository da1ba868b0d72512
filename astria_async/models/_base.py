"""What all answers have in common: the keys that Astria added since, money, and a short repr."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Any

import attrs
from attrs import Attribute, field, frozen

#: 100,000 mc are 1 USD [D].
MC_PER_USD = Decimal(100_000)


@frozen(kw_only=True)
class Model:
    """An answer. `extra` keeps the keys that this version of the SDK does not know."""

    extra: Mapping[str, Any] = field(factory=dict, repr=False, hash=False)

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON types only, under the service's own names: for `json.dumps`, a web framework, a log.

        Times are ISO-8601 text, decimals are text, tuples are lists, and `extra` stands among the others. What the
        service left out is None, or empty. Properties such as `state` and `cost` are not in it.
        """
        specs: tuple[Attribute[Any], ...] = attrs.fields(type(self))
        own = {key_of(spec): _plain(getattr(self, spec.name)) for spec in specs if spec.name != "extra"}
        return {**own, **_plain(self.extra)}


def key_of(spec: Attribute[Any]) -> str:
    """What the service calls a field: its own name, unless Python reserves that."""
    return str(spec.metadata.get("key", spec.name))


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not isfinite(value):
        return None  # JSON has no such number
    if value is None or isinstance(value, (bool, int, float, str)):
        return str(value) if isinstance(value, Enum) else value
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, (datetime, date)) else str(value)


def usd(mc: int | None) -> Decimal | None:
    """Money in USD from Astria's mc; None stays None."""
    return None if mc is None else mc / MC_PER_USD


def short(text: str | None, width: int = 40) -> str:
    """A text for a repr, in quotes: one line, cut at `width` characters."""
    return repr(line(text, width))


def line(text: str | None, width: int = 40) -> str:
    """A text as one line, cut at `width` characters; "" for None."""
    whole = " ".join((text or "")[: 20 * width].split())  # megabytes are not searched for blanks
    return whole if len(whole) <= width else whole[: width - 1] + "…"
