"""Leaf: real time."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import anyio


class SystemClock:
    """The machine's clocks, and anyio's timers: on asyncio and on trio."""

    monotonic: staticmethod[[], float] = staticmethod(time.monotonic)  # as it is: each call asks for it several times

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float, /) -> None:
        """Wait so long.

        Args:
            seconds: How long; 0 or less gives other tasks a turn.
        """
        await anyio.sleep(max(0.0, seconds))

    def fail_after(self, seconds: float | None, /) -> AbstractContextManager[object]:
        """Raise TimeoutError from the block if it takes longer.

        Args:
            seconds: After how long; None means no bound.
        """
        return _FailAfter(seconds)


class _FailAfter:
    """`anyio.fail_after` without its generator, which takes as long as the scope itself: each attempt has one of these.
    Unlike it, its end can be moved.
    """

    __slots__ = ("_scope",)

    def __init__(self, seconds: float | None) -> None:
        self._scope = anyio.move_on_after(seconds)

    def __enter__(self) -> Self:
        self._scope.__enter__()
        return self

    def reschedule(self, seconds: float, /) -> None:
        self._scope.deadline = anyio.current_time() + seconds

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> bool:
        swallowed = self._scope.__exit__(kind, error, trace)
        if self._scope.cancelled_caught and anyio.current_time() >= self._scope.deadline:
            raise TimeoutError
        return swallowed


def yield_thread() -> None:
    """Let another thread run, such as an event loop's. One that computes keeps the others waiting, for the GIL."""
    time.sleep(0)
