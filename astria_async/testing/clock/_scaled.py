"""Real time that runs faster: a `Clock` for a fake that people look at, and for the clients that talk to it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, ClassVar, Self

import anyio

from ..._clock import SystemClock
from ..._values.spelling import explain_misspelt
from ..._wire.timing import Clock, Deadline

#: Less than that is not waited for, in seconds: it is what `now` resolves, and more than floating point rounds away.
_RESOLUTION = 1e-6


class ScaledClock:
    """A `Clock` that runs `factor` times as fast as another one, and can be put forward.

    `factor` is above 0; 1 is the other clock's pace. `start` is what `now` says at the beginning, None for the other
    clock's time. `clock` is the one it goes by; None means real time. `monotonic` begins at 0.

    Over sockets, use a factor of at most `FACTOR_OVER_SOCKETS`: a deadline runs by this clock, but the network does not.
    With that factor the client's default deadlines are half a second of real time (connect) and three seconds (an
    attempt). With a higher one, give longer ones: `Timeout(attempt=60 * factor, connect=10 * factor)`.

    Two processes that use it with the same factor agree in how long things take. A client on real time does not agree
    with a fake that runs faster: it looks for a create whose answer was lost too late in that one's time.

    Args:
        factor: How many times as fast it runs; above 0.
        start: What `now` says at the beginning; None is the other clock's time.
        clock: The clock that it goes by; None means real time.
    """

    #: Up to here the default deadlines leave the loopback interface the time that it needs on a busy machine.
    FACTOR_OVER_SOCKETS: ClassVar[int] = 20

    @explain_misspelt
    def __init__(self, factor: float = 1.0, *, start: datetime | None = None, clock: Clock | None = None) -> None:
        if not 0 < factor < math.inf:
            raise ValueError(f"factor={factor!r}: give a finite number above 0")
        self._clock = clock or SystemClock()
        self._factor = factor
        self._origin = self._clock.monotonic()
        self._start = start or self._clock.now()
        self._skipped = 0.0
        self._sleepers: set[anyio.Event] = set()

    @property
    def factor(self) -> float:
        """How many times as fast it runs."""
        return self._factor

    def monotonic(self) -> float:
        return (self._clock.monotonic() - self._origin) * self._factor + self._skipped

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    async def sleep(self, seconds: float, /) -> None:
        """Wait so long by this clock; one that is put forward meanwhile shortens it.

        Args:
            seconds: How long, by this clock.
        """
        due = self.monotonic() + seconds
        if seconds <= _RESOLUTION:
            await self._clock.sleep(0)
        while (left := due - self.monotonic()) > _RESOLUTION:
            with self._awaited() as moved, suppress(TimeoutError), self._clock.fail_after(left / self._factor):
                await moved.wait()

    def fail_after(self, seconds: float | None, /) -> AbstractContextManager[object]:
        """As every clock's, in its time, network deadlines included: see `FACTOR_OVER_SOCKETS`. Being put forward does not shorten it.

        Args:
            seconds: After how long, by this clock; None means no bound.
        """
        return _FailAfter(self._clock.fail_after(None if seconds is None else seconds / self._factor), self._factor)

    def advance(self, seconds: float) -> None:
        """Put it forward. Called in the event loop in which others sleep by it.

        Raises ValueError for what is not a finite number of seconds, 0 or more.

        Args:
            seconds: How far, 0 or more.
        """
        if not 0 <= seconds < math.inf:
            raise ValueError(f"a clock advances by 0 or more finite seconds, not by {seconds!r}")
        self._skipped += seconds
        for event in self._sleepers:
            event.set()

    @contextmanager
    def _awaited(self) -> Iterator[anyio.Event]:
        """An event that is set once the clock is put forward."""
        event = anyio.Event()
        self._sleepers.add(event)
        try:
            yield event
        finally:
            self._sleepers.discard(event)


class _FailAfter:
    """Another clock's deadline, that takes times of this one."""

    def __init__(self, inner: AbstractContextManager[Any], factor: float) -> None:
        self._inner = inner
        self._factor = factor
        self._deadline: Deadline | None = None

    def __enter__(self) -> Self:
        self._deadline = self._inner.__enter__()
        return self

    def reschedule(self, seconds: float, /) -> None:
        """The block may take `seconds` from now on, in this clock's time."""
        if self._deadline is not None:
            self._deadline.reschedule(seconds / self._factor)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> bool | None:
        return self._inner.__exit__(kind, error, trace)
