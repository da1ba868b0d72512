"""Objects one after the other, as they end. Nothing runs between two of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from weakref import finalize

from ..errors import AstriaError, GenerationFailedError, NotFoundError, WaitTimeoutError
from ..models import Prompt
from .entry import Outcome, Seat
from .waits import Wait
from .watch import Watch


class AsCompleted(AsyncIterator[Prompt]):
    """Prompts in the order in which they end; see `Prompts.as_completed`."""

    def __init__(self, open_wait: Callable[[], Wait]) -> None:
        self._open_wait = open_wait
        self._wait: Wait | None = None
        self._ready: list[Prompt] = []
        self._last_error: AstriaError | None = None

    def __aiter__(self) -> AsCompleted:
        return self

    async def __anext__(self) -> Prompt:
        if self._wait is None:
            self._wait = self._open_wait()
            # Whoever leaves the loop early says so to nobody: then nothing is asked for any more.
            finalize(self, abandon, self._wait.seat, self._wait.watch).atexit = False
        wait = self._wait
        while not self._ready:
            if wait.is_over or isinstance(self._last_error, WaitTimeoutError):
                await self.aclose()
                if self._last_error is None:
                    raise StopAsyncIteration
                error, self._last_error = self._last_error, None
                raise error
            for _, outcome in await wait.news():
                self._take(outcome)
        return self._ready.pop(0)

    def _take(self, outcome: Outcome) -> None:
        if isinstance(outcome, GenerationFailedError):
            self._ready.append(outcome.prompt)
        elif isinstance(outcome, (WaitTimeoutError, NotFoundError)):
            if not isinstance(self._last_error, WaitTimeoutError):
                self._last_error = outcome
        elif isinstance(outcome, AstriaError):
            raise outcome
        elif isinstance(outcome, Prompt):
            self._ready.append(outcome)

    async def aclose(self) -> None:
        """Wait for nothing more. A loop that runs to its end need not call it."""
        if self._wait is not None:
            self._wait.close()


def abandon(seat: Seat, watch: Watch) -> None:
    """Somebody went away without a word, maybe in another thread: the watch forgets it when it plans next."""
    seat.is_closed = watch.has_closed = True
