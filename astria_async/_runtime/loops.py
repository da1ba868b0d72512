"""Leaf: values that belong to one event loop (connections, limits), one for each loop, dropped with the loop.

Every call asks for them. anyio first has to find out which library runs before it can name the loop. asyncio knows its
loop at once, so it is asked first. If trio runs as a guest of asyncio's loop, the two count as one.
"""

from __future__ import annotations

from asyncio import _get_running_loop
from collections.abc import Callable
from contextlib import suppress
from logging import getLogger
from threading import RLock
from typing import Any, Generic, TypeVar
from weakref import ref

from anyio.lowlevel import EventLoopToken, current_token

log = getLogger("astria_async")
T = TypeVar("T")


class PerLoop(Generic[T]):
    """One `T` for each event loop that asks, made at its first use. Safe with one loop in each of several threads.

    A client that lives longer than an event loop, or is used on several, never meets another loop's connections. The
    value of a loop that is closed or gone is dropped when another loop asks for the first time, or when any loop takes
    its value out.

    Args:
        make: Makes the value of the running loop.
        forget: Is called once with each value that is dropped: in the thread of the loop that asks, outside the lock,
            and never by the garbage collector. Its own loop can run nothing any more, so it must not await. What it
            raises is logged, and does not fail the call that happened to ask.
    """

    def __init__(self, make: Callable[[], T], *, forget: Callable[[T], object] | None = None) -> None:
        self._make = make
        self._forget = forget
        # Python gives the same reference for the same living loop, so the lookup below is one step. A WeakKeyDictionary
        # takes several, and it changes while another thread goes through it.
        self._of_loop: dict[ref[Any], T] = {}
        # Reentrant: the garbage collector may run anything, this class included, while the lock is held.
        self._lock = RLock()

    def get(self) -> T:
        """The value of the running loop."""
        key = ref(_get_running_loop() or current_token().native_token)
        try:
            # Without the lock: only the thread of this loop writes at this key.
            return self._of_loop[key]
        except KeyError:
            pass  # an error of `make` is raised below, so that it does not name this one as its context
        value = self._make()
        with self._lock:
            value = self._of_loop.setdefault(key, value)
            dropped = self._take_dead()
        self._forget_all(dropped)
        return value

    def pop(self) -> T | None:
        """Take the running loop's value out, and drop those of dead loops; None if the running loop has none."""
        key = ref(_get_running_loop() or current_token().native_token)
        with self._lock:
            value = self._of_loop.pop(key, None)
            dropped = self._take_dead()
        self._forget_all(dropped)
        return value

    def values(self) -> list[T]:
        """The values of all loops."""
        with self._lock:
            return [*self._of_loop.values()]

    def _take_dead(self) -> list[T]:
        """Take out the values of loops that are closed. A weak reference is not enough: a connection holds its loop."""
        return [self._of_loop.pop(key) for key in list(self._of_loop) if _is_dead(key())]

    def _forget_all(self, dropped: list[T]) -> None:
        if self._forget is None:
            return
        for value in dropped:
            try:
                self._forget(value)
            except Exception:  # a loop that is gone must not fail a call on this one
                log.debug("a value of a closed event loop could not be cleaned up", exc_info=True)


def run_soon(token: EventLoopToken, call: Callable[..., object], *arguments: object) -> None:
    """Have a loop run `call` soon, from any thread, and do not wait for it. A loop that has ended runs nothing any more."""
    native: Any = token.native_token
    schedule = getattr(native, "call_soon_threadsafe", None) or native.run_sync_soon  # asyncio's, or trio's
    with suppress(RuntimeError):
        schedule(call, *arguments)


def _is_dead(loop: Any) -> bool:
    """True for a loop that was collected, or closed. trio's token has no `is_closed`: it goes with its run."""
    return loop is None or bool(getattr(loop, "is_closed", bool)())
