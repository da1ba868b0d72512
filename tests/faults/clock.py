"""Time for a client and a server that take turns: it passes when one of them says so, and no wait takes any."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import anyio
from anyio.lowlevel import checkpoint

_START = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


class TurnClock:
    """A `Clock` for one call at a time over sockets, where a virtual clock would have to wait for the network's rest.

    While the client sleeps the server has nothing to do, and while the server is silent the client only waits: so each
    of them may let time pass at once. A deadline on the way ends what it bounds, and nothing passes it.
    """

    def __init__(self) -> None:
        self._elapsed = 0.0
        self._deadlines: list[tuple[float, anyio.CancelScope]] = []

    def monotonic(self) -> float:
        return self._elapsed

    def now(self) -> datetime:
        return _START + timedelta(seconds=self._elapsed)

    async def sleep(self, seconds: float, /) -> None:
        await self.passes(seconds)

    async def passes(self, seconds: float) -> bool:
        """Let so much time pass. False where a deadline came before: time stands there."""
        end = self._elapsed + max(0.0, seconds)
        first = min(self._deadlines, key=lambda one: one[0], default=None)
        if first is not None and first[0] < end:
            self._elapsed = max(self._elapsed, first[0])
            first[1].cancel()
            await checkpoint()
            return False
        self._elapsed = end
        await checkpoint()
        return True

    @contextmanager
    def fail_after(self, seconds: float | None, /) -> Iterator[anyio.CancelScope]:
        scope = anyio.CancelScope()
        entry = (self._elapsed + (float("inf") if seconds is None else seconds), scope)
        self._deadlines.append(entry)
        try:
            with scope:
                yield scope
        finally:
            self._deadlines.remove(entry)
        if scope.cancelled_caught:
            raise TimeoutError
