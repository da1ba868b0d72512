"""What a batch may spend: a row is handed out only if all that was paid, and all that may come, stays below the limit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from json import dumps
from typing import Any, Literal

from ..jobs import Row

#: Parameters that do not change a price [I]: what is drawn, and not how. All others count.
_FREE = frozenset({"text", "negative_prompt", "video_prompt", "seed", "callback", "workspace_id", "theme", "community"})
#: What the service reads inside a text, such as `--remove_background` [D]: it may cost.
_FLAG = re.compile(r"(?<!\S)--[a-z_]+", re.IGNORECASE)


def shape_of(base: object, params: Mapping[str, Any]) -> str:
    """What a prompt's price depends on, as a short text: the model that draws, and every parameter that moves the price.

    A file or URL counts as being there, whatever is in it.
    """
    facts: dict[str, Any] = {"base": base}
    for name, value in params.items():
        if name in ("text", "video_prompt") and isinstance(value, str):
            facts[f"{name} flags"] = sorted({flag.lower() for flag in _FLAG.findall(value)})
        elif name not in _FREE:
            facts[name] = len(value) if isinstance(value, list) else _plain(value)
    return sha256(dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    is_source = isinstance(value, Mapping) or (
        isinstance(value, str) and value.partition(":")[0] in ("http", "https", "data")
    )
    return True if is_source else value


class Budget:
    """Money in mc. `most` is None for no limit.

    Args:
        most: What the batch may spend altogether.
        prices: What a row of each shape has cost.
        spent: What came back as paid.
        owed: What rows may cost whose cost is not known.
        price: What a row of a shape costs that was not paid yet; None: its first row is sent alone.
    """

    def __init__(
        self, most: int | None, *, prices: Mapping[str, int], spent: int, owed: int, price: int | None
    ) -> None:
        self._most, self._price = most, price
        self.prices: dict[str, int] = dict(prices)
        self.spent: int = spent
        self.owed: int = owed
        self._reserved: dict[int, int] = {}  # of the rows that were handed out by this process
        self._unpriced: dict[str, int] = {}  # the row of a shape whose price is not known, while it is alone

    def price_of(self, shape: str) -> int | None:
        """What a row of this shape costs at the most; None if that is not known."""
        return self.prices.get(shape, self._price)

    def admit(self, row: Row) -> Literal["now", "later", "never"]:
        """Whether a row may be handed out: "later" once others have ended, "never" if that would not help."""
        price = self.price_of(row.shape)
        may_change = bool(self._reserved or self._unpriced)
        if price is None and row.shape in self._unpriced:
            return "later" if self._most is not None else "now"
        least = 1 if price is None else price  # what is not known costs something
        if self._most is not None and self.spent + self.owed + least > self._most:
            return "later" if may_change else "never"
        if price is None:
            self._unpriced[row.shape] = row.number
        else:
            self._reserve(row.number, price)
        return "now"

    def adopt(self, row: Row) -> None:
        """A row that an earlier run handed out is followed again. If it had a price, that is owed already."""
        price = self.price_of(row.shape)
        if row.price_mc is not None:
            self._reserved[row.number] = row.price_mc
        elif price is not None:
            self._reserve(row.number, price)
        else:
            self._unpriced.setdefault(row.shape, row.number)

    def note_price(self, row: Row, cost: int | None) -> None:
        """A prompt was made, and the service said what it costs."""
        if cost is None:
            return
        self.prices[row.shape] = max(self.prices.get(row.shape, 0), cost)
        if self._end_alone(row):
            self._reserve(row.number, cost)

    def settle(self, row: Row, cost: int | None) -> None:
        """A row has ended. None: what it cost is not known, so it stays owed."""
        self.note_price(row, cost)
        self._end_alone(row)
        reserved = self._reserved.pop(row.number, row.price_mc or 0)
        if cost is not None:
            self.owed -= reserved
            self.spent += cost

    def release(self, row: Row) -> None:
        """A row is not followed any more, and may still cost: what was reserved stays owed."""
        self._reserved.pop(row.number, None)
        self._end_alone(row)

    def _end_alone(self, row: Row) -> bool:
        """The row need not be alone any longer. Whether it was."""
        was_alone = self._unpriced.get(row.shape) == row.number
        if was_alone:
            del self._unpriced[row.shape]
        return was_alone

    def _reserve(self, number: int, price: int) -> None:
        if number not in self._reserved:
            self._reserved[number] = price
            self.owed += price
