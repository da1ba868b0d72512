"""What a middleware of the user's does to a create, seen from both sides of it.

A middleware may send more than once, change what it sends, build a request of its own, and answer as it likes. What
really went out, and what may have come of it, stands in the call's record all the same.
"""

from __future__ import annotations

from contextvars import ContextVar

from .._wire import Effect, Middleware, Request, Response, Send
from ..errors import AstriaError, TransportError
from .policy import outcome_of
from .record import CallRecord

_current: ContextVar[CallRecord | None] = ContextVar("astria_async_record", default=None)


class Witness:
    """Two layers, `outside` and `inside` of the user's middleware. Without any, a client needs neither."""

    def __init__(self) -> None:
        self._strays = 0  # requests that were sent by tasks of the user's own, for a call that nothing names

    async def outside(self, request: Request, call_next: Send) -> Response:
        """Keep the record at hand for a request that the middleware makes anew."""
        record = request.record
        if not isinstance(record, CallRecord) or request.effect is not Effect.CREATE:
            return await call_next(request)
        token, strays = _current.set(record), self._strays
        try:
            return await call_next(request)
        finally:
            _current.reset(token)
            if self._strays != strays:  # it may have been this create
                record.reached = record.may_be_made = True

    async def inside(self, request: Request, call_next: Send) -> Response:
        """Let a create pass once, and again only if it certainly made nothing: a second pass would be paid, too."""
        record = request.record
        if record is None:
            record = self._record_of(request)
            request = request.replace(record=record)
        if not isinstance(record, CallRecord) or record.request.effect is not Effect.CREATE:
            return await call_next(request)
        if record.may_be_made:
            raise TransportError(
                "a middleware sent a create again that may have been made already; leave that to the retry policy",
                request_was_sent=True,
            )
        record.may_be_made, record.sent = True, request.body
        try:
            response = await call_next(request)
        except AstriaError as error:
            record.may_be_made = error.outcome not in ("not_sent", "rejected")
            raise
        record.may_be_made = outcome_of(response, record.as_sent(record.request)) in (None, "unknown")
        return response

    def _record_of(self, request: Request) -> CallRecord | None:
        """Whose request this is, which has lost its record; None for one that the middleware makes for itself."""
        record = _current.get()
        if record is None:
            self._strays += request.method not in ("GET", "HEAD")
            return None
        create = record.request
        return record if (request.method, request.path) == (create.method, create.path) else None


def seen_from_both_sides(layers: tuple[Middleware, ...]) -> tuple[Middleware, ...]:
    """A user's middleware between the two layers of a witness."""
    witness = Witness()
    return (witness.outside, *layers, witness.inside)
