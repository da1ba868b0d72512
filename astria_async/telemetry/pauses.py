"""Which calls pause now, and why: kept by a client whether somebody listens or not, on the slow way only."""

from __future__ import annotations

from threading import Lock
from typing import Protocol
from weakref import WeakKeyDictionary

from attrs import frozen

from .._wire import Clock, Request
from .events import LookUpAwaited, RetryAwaited


class _Call(Protocol):
    """What lives as long as a call: its record."""

    @property
    def began(self) -> float: ...
    @property
    def request(self) -> Request: ...


@frozen
class Pause:
    """A call that waits until `until` (`Clock.monotonic`). `result` is what came of its last attempt."""

    until: float
    since: float
    result: str
    is_lookup: bool


class Pauses:
    """The pauses of a client's calls, on whatever event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of_call: WeakKeyDictionary[object, Pause] = WeakKeyDictionary()
        self._lock = Lock()

    def begin(self, call: _Call, seconds: float, result: str, *, is_lookup: bool) -> None:
        """A call begins to pause for so long, after an attempt of which this came."""
        with self._lock:
            self._of_call[call] = Pause(self._clock.monotonic() + seconds, call.began, result, is_lookup)
        if call.request.trace is not None:
            call.request.trace.emit(LookUpAwaited if is_lookup else RetryAwaited, seconds=seconds, result=result)

    async def sleep(self, call: _Call, seconds: float) -> None:
        """Pause as `begin` said, and no longer than the call lives."""
        try:
            await self._clock.sleep(seconds)
        finally:
            with self._lock:
                self._of_call.pop(call, None)

    def now(self) -> list[Pause]:
        """The pauses that are not over yet, the longest first."""
        now = self._clock.monotonic()
        with self._lock:
            pauses = [*self._of_call.values()]
        return sorted((pause for pause in pauses if pause.until > now), key=lambda pause: -pause.until)
