"""What the client's observer is told of callbacks, if it has one."""

from __future__ import annotations

from .._client import AsyncAstria
from .._wire import Clock
from ..telemetry import CallbackHandled, CallbackReceived
from .events import CallbackEvent
from .inbox import InboxItem


class Teller:
    """Tells of calls that came, and of handlers that ran."""

    def __init__(self, astria: AsyncAstria, clock: Clock) -> None:
        self._observer = astria.observer
        self._clock = clock

    def received(self, event: CallbackEvent | None, result: str) -> None:
        """A call came; of one that was refused nothing is known."""
        if self._observer is None:
            return
        kind, ids = ("", ()) if event is None else (event.kind, event.ids)
        now = self._clock.monotonic()
        self._observer(CallbackReceived(operation="callbacks", at=now, kind=kind, ids=ids, result=result))

    def handled(self, item: InboxItem, began: float, result: str) -> None:
        """A handler ran, and ended so."""
        if self._observer is None:
            return
        now = self._clock.monotonic()
        event = CallbackHandled(
            operation="callbacks", at=now, kind=item.kind, ids=item.ids, run=item.attempts, seconds=now - began,
            result=result,
        )  # fmt: skip
        self._observer(event)
