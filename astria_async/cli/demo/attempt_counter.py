"""A middleware of the demo's own, as any user could write it: it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from attrs import define, field

from ... import Request, Response
from ..._wire import Send
from ...errors import TransportError

NO_ANSWER = "no answer"


@define
class AttemptCounter:
    """Counts the attempts that went out, and those that failed, by cause: "429", "500", ..., "no answer".

    `on_fault` is called with the cause and the operation when an attempt fails.
    """

    on_fault: Callable[[str, str], None]
    calls: int = 0
    faults: Counter[str] = field(factory=Counter)

    async def __call__(self, request: Request, call_next: Send, /) -> Response:
        self.calls += 1
        try:
            response = await call_next(request)
        except TransportError:
            self._count(NO_ANSWER, request)
            raise
        if response.status == 429 or response.status >= 500:
            self._count(str(response.status), request)
        return response

    def _count(self, cause: str, request: Request) -> None:
        self.faults[cause] += 1
        self.on_fault(cause, request.operation)
