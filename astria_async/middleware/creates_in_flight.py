"""Which creates are under way, so that closing a client can let them end."""

from __future__ import annotations

from types import TracebackType

import anyio
from attrs import define

from .._runtime.loops import PerLoop
from .._wire import SERVER_TIMEOUT, Clock


@define(eq=False)
class _Count:
    """Of one event loop; a create is under way within `with count:`."""

    running: int = 0
    ended: anyio.Event | None = None  # of whoever waits: nearly no create has anybody who does

    def __enter__(self) -> None:
        self.running += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.running -= 1
        if self.ended is not None and not self.running:
            self.ended.set()
            self.ended = None


class CreatesInFlight:
    """Counts the creates of one client. One that is cut off may have been paid, and nobody knows its object."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts = PerLoop(_Count)

    def one(self) -> _Count:
        """A create is under way within `with creates.one():`."""
        return self._counts.get()

    async def wait(self, seconds: float = SERVER_TIMEOUT) -> None:
        """Return once none is under way on this event loop, or after so many seconds: the service's own limit [D]."""
        count = self._counts.get()
        try:
            with self._clock.fail_after(seconds):
                while count.running:
                    if count.ended is None:
                        count.ended = anyio.Event()
                    await count.ended.wait()
        except TimeoutError:
            return
