"""Counting: a user's own middleware, which sees each attempt as it goes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from attrs import define, field

from .. import Request, Response
from .._wire import Send
from ..errors import TransportError

NO_ANSWER = "no answer"


@define
class Tally:
    """How many calls went out, and by cause the answers that the SDK had to cope with.

    `on_fault` is told each of them, as it comes: the cause ("500", ..., "no answer") and the operation.
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
