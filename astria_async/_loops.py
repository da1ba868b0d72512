"""Leaf: what belongs to one event loop (connections, waiters), kept per loop and dropped with it.

Every call asks for it. anyio has to find out which library runs before it can tell the loop; asyncio knows it at once,
so it is asked first.
Where trio runs as a guest of asyncio's loop, the two count as one.
"""

from __future__ import annotations

from asyncio import _get_running_loop
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from anyio.lowlevel import current_token

T = TypeVar("T")


class PerLoop(Generic[T]):
    """One `T` for each event loop that asks, made at its first use.

    A client that lives longer than an event loop, or is used on several, never meets another loop's connections. What a
    closed loop had is dropped when a new one asks, and given to `forget`.
    """

    def __init__(self, make: Callable[[], T], *, forget: Callable[[T], object] | None = None) -> None:
        self._make = make
        self._forget = forget
        self._of_loop: WeakKeyDictionary[Any, T] = WeakKeyDictionary()

    def get(self) -> T:
        """The one of the running loop."""
        loop = _current_loop()
        try:
            return self._of_loop[loop]
        except KeyError:
            self._drop_closed()
            return self._of_loop.setdefault(loop, self._make())

    def pop(self) -> T | None:
        """Take the running loop's out; None where it has none."""
        return self._of_loop.pop(_current_loop(), None)

    def _drop_closed(self) -> None:
        """A connection refers to its loop, so that a weak key alone would never be dropped."""
        for loop in list(self._of_loop):
            if getattr(loop, "is_closed", bool)():
                dropped = self._of_loop.pop(loop)
                if self._forget is not None:
                    self._forget(dropped)


def _current_loop() -> Any:
    return _get_running_loop() or current_token().native_token
