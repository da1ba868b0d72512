"""Time that passes only when nothing else happens: a `Clock` for tests.

async def test_a_backoff_of_three_and_a_half_minutes():
    clock = VirtualClock()
    for seconds in (30, 60, 120):
        await clock.sleep(seconds)
    assert clock.monotonic() == 210      # a millisecond later
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import anyio
from anyio.lowlevel import checkpoint

from ..._values.spelling import explain_misspelt
from . import _autojump

#: When every virtual clock begins: any fixed moment would do.
START = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)

#: Of timers that are due at one moment, sleepers go before deadlines: what takes exactly as long as it may is in time.
_SLEEP, _DEADLINE = 0, 1


class VirtualClock:
    """A `Clock` that does not tick: it jumps to the next deadline as soon as every task of the event loop waits.

    Work in threads (`anyio.to_thread`, asyncio's default executor) holds it still. So does traffic on sockets: where any
    is in use, nothing must have happened for 0.05 s of real time before the clock jumps. A wait on real time, such as
    `anyio.sleep`, does not hold it.

    `auto=False` is a clock that moves by `advance` alone. `start` is what `now` says at the beginning; `monotonic`
    begins at 0. One clock belongs to one event loop at a time: once that loop has ended, another one may use it.

    Args:
        auto: False moves it by `advance` alone.
        start: What `now` says at the beginning: an aware time.
    """

    @explain_misspelt
    def __init__(self, *, auto: bool = True, start: datetime = START) -> None:
        self._auto = auto
        self._start = start
        self._elapsed = 0.0
        self._timers: list[tuple[float, int, int, _Timer]] = []
        self._count = 0
        self._cancelled = 0
        self._advancing = 0
        self._waiting_for_blocked: deque[anyio.Event] = deque()
        self._loop: Any = None
        self._is_watching = False

    def monotonic(self) -> float:
        return self._elapsed

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    @property
    def waiting(self) -> int:
        """How many sleeps and deadlines are pending."""
        return len(self._timers) - self._cancelled

    async def sleep(self, seconds: float, /) -> None:
        """Wait so long, in virtual time. 0 or less gives other tasks a turn; infinity waits until cancelled.

        Args:
            seconds: How long, in virtual time.
        """
        if seconds <= 0:
            await checkpoint()
            return
        awake = anyio.Event()
        timer = self._add(seconds, _SLEEP, awake.set)
        try:
            await awake.wait()
        finally:
            self._cancel(timer)

    def fail_after(self, seconds: float | None, /) -> AbstractContextManager[_FailAfter]:
        """Raise TimeoutError from the block if it takes longer, in virtual time; None means no bound.

        Args:
            seconds: After how long, in virtual time; None means no bound.
        """
        return _FailAfter(self, seconds)

    async def advance(self, seconds: float) -> None:
        """Let so much time pass: step by step, and at each step until every other task waits again.

        Raises ValueError for what is not a finite number of seconds, 0 or more.

        Args:
            seconds: How far, 0 or more.
        """
        if not 0 <= seconds < math.inf:
            raise ValueError(f"a clock advances by 0 or more finite seconds, not by {seconds!r}")
        self._adopt_loop()
        end = self._elapsed + seconds
        self._advancing += 1
        try:
            while True:
                await self._rest()
                due = self._next_deadline()
                if due is None or due > end:
                    break
                self._jump(due)
            self._elapsed = max(self._elapsed, end)
        finally:
            self._advancing -= 1
            self._watch()

    async def _rest(self) -> None:
        """Wait until every other task waits."""
        event = anyio.Event()
        self._waiting_for_blocked.append(event)
        self._watch()
        try:
            await event.wait()
        finally:
            if event in self._waiting_for_blocked:  # cancelled
                self._waiting_for_blocked.remove(event)

    def _add(self, seconds: float, kind: int, callback: Callable[[], object]) -> _Timer:
        if math.isnan(seconds):
            raise ValueError("not a number of seconds: nan")
        timer = _Timer(callback)
        self._adopt_loop()
        if seconds < math.inf:
            self._count += 1
            heapq.heappush(self._timers, (self._elapsed + seconds, kind, self._count, timer))
            timer.is_pending = True
            self._watch()
        return timer

    def _cancel(self, timer: _Timer) -> None:
        """Forget a timer. Its place in the heap is given back at once if it is first, else with half of the others."""
        if not timer.is_pending:
            return
        timer.is_pending = False
        timer.callback = _nothing
        self._cancelled += 1
        if self._cancelled * 2 > len(self._timers):
            self._timers = [entry for entry in self._timers if entry[3].is_pending]
            heapq.heapify(self._timers)
            self._cancelled = 0

    def _next_deadline(self) -> float | None:
        while self._timers and not self._timers[0][3].is_pending:
            heapq.heappop(self._timers)
            self._cancelled -= 1
        return self._timers[0][0] if self._timers else None

    def _jump(self, moment: float) -> None:
        """Set the clock, and fire what is due then."""
        self._elapsed = max(self._elapsed, moment)
        while (due := self._next_deadline()) is not None and due <= self._elapsed:
            timer = heapq.heappop(self._timers)[3]
            timer.is_pending = False
            timer.callback()

    def _adopt_loop(self) -> None:
        """Belong to the running loop. What was left by one that ended will never be waited for again."""
        loop = _autojump.current_loop()
        if loop is self._loop:
            return
        if self._loop is not None and (self.waiting or self._waiting_for_blocked) and _autojump.still_runs(self._loop):
            raise RuntimeError("this VirtualClock is in use by another event loop; give each loop a clock of its own")
        self._loop = loop
        self._timers, self._cancelled = [], 0
        self._waiting_for_blocked.clear()
        self._advancing = 0
        self._is_watching = False

    def _has_to_watch(self) -> bool:
        return bool(self._waiting_for_blocked) or (self._auto and not self._advancing and self.waiting > 0)

    def _watch(self) -> None:
        if not self._is_watching and self._has_to_watch():
            self._is_watching = True
            loop = self._loop
            _autojump.watch(loop, lambda: self._all_tasks_blocked(loop))

    def _all_tasks_blocked(self, loop: object) -> bool:
        """Every task waits: let one go on that waits for just that, or else jump. Whether to look again."""
        if loop is not self._loop:
            return False
        if self._waiting_for_blocked:
            self._waiting_for_blocked.popleft().set()
        elif self._auto and not self._advancing and (due := self._next_deadline()) is not None:
            self._jump(due)
        self._is_watching = self._has_to_watch()
        return self._is_watching


class _Timer:
    """Something to be called at a moment, as long as it is pending."""

    __slots__ = ("callback", "is_pending")

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback = callback
        self.is_pending = False


def _nothing() -> None:
    """What a cancelled timer would call."""


class _FailAfter:
    """A cancel scope whose deadline is virtual. A cancellation that came from outside passes through unchanged."""

    def __init__(self, clock: VirtualClock, seconds: float | None) -> None:
        self._clock = clock
        self._seconds = math.inf if seconds is None else seconds
        self._scope = anyio.CancelScope()
        self._timer: _Timer | None = None
        self._is_over = False

    def __enter__(self) -> Self:
        self.reschedule(self._seconds)
        self._scope.__enter__()
        return self

    def reschedule(self, seconds: float, /) -> None:
        """The block may take `seconds` from now on, in virtual time."""
        if self._is_over:
            return
        if self._timer is not None:
            self._clock._cancel(self._timer)
        if seconds <= 0:
            self._expire()
        else:
            self._timer = self._clock._add(seconds, _DEADLINE, self._expire)

    def cancel(self) -> None:
        """End the block at once, without a TimeoutError."""
        self._scope.cancel()

    def _expire(self) -> None:
        self._is_over = True
        self._scope.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if self._timer is not None:
            self._clock._cancel(self._timer)
        swallowed = self._scope.__exit__(kind, error, traceback)
        if self._is_over and self._scope.cancelled_caught:
            raise TimeoutError
        return bool(swallowed)
