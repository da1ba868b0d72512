"""Leaf: what belongs to one event loop (connections, waiters), kept per loop and dropped with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from anyio.lowlevel import current_token

T = TypeVar("T")


class PerLoop(Generic[T]):
    """One `T` for each event loop that asks, made at its first use.

    A client that lives longer than an event loop, or is used on several, never meets another loop's connections.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._of_loop: WeakKeyDictionary[Any, T] = WeakKeyDictionary()

    def get(self) -> T:
        """The one of the running loop."""
        loop = current_token().native_token
        try:
            return self._of_loop[loop]
        except KeyError:
            self._drop_closed()
            return self._of_loop.setdefault(loop, self._make())

    def pop(self) -> T | None:
        """Take the running loop's out; None where it has none."""
        return self._of_loop.pop(current_token().native_token, None)

    def _drop_closed(self) -> None:
        """A connection refers to its loop, so that a weak key alone would never be dropped."""
        for loop in list(self._of_loop):
            if getattr(loop, "is_closed", bool)():
                del self._of_loop[loop]
