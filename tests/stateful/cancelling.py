"""Cancelling a call at a place that can be named: at its n-th await."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

from attrs import frozen

T = TypeVar("T")


@frozen
class AtAwait(Awaitable[T]):
    """Awaits `inner`, and calls `cancel` when that is suspended for the time number `at`, from 0."""

    inner: Awaitable[T]
    at: int
    cancel: Callable[[], object]

    def __await__(self) -> Generator[Any, Any, T]:
        inner, number = self.inner.__await__(), 0
        turn: Callable[[], Any] = lambda: next(inner)
        while True:
            try:
                waits_for = turn()
            except StopIteration as stop:
                result: T = stop.value
                return result
            if number == self.at:
                self.cancel()
            number += 1
            turn = yield from _passed_on(waits_for, inner)


def _passed_on(waits_for: Any, inner: Any) -> Generator[Any, Any, Callable[[], Any]]:
    """Be suspended for what `inner` waits for; what comes of that is for `inner`."""
    try:
        value = yield waits_for
    except BaseException as thrown:  # noqa: BLE001 -- a cancellation above all: it is `inner` that has to see it
        error = thrown
    else:
        return lambda: inner.send(value)
    return lambda: inner.throw(error)
