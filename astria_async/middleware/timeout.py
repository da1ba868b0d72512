"""The time one attempt may take."""

from __future__ import annotations

from .._wire import Clock, Request, Response, Send
from ..errors import TransportError


class AttemptTimeout:
    """Ends an attempt after `timeout.attempt` seconds, or when the call's deadline comes before that.

    It stands next to the transport, so that waiting for a slot does not count, while the upload and the reading of the
    answer do.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(self, request: Request, call_next: Send, /) -> Response:
        seconds = request.timeout.attempt
        if request.deadline is not None:
            left = request.deadline - self._clock.monotonic()
            if left <= 0:
                raise TransportError("the call's time was over before it could be sent", request_was_sent=False)
            seconds = left if seconds is None else min(seconds, left)
        failure: TransportError
        try:
            with self._clock.fail_after(seconds):
                return await call_next(request)
        except TimeoutError:
            failure = TransportError(f"no answer within {seconds:g} s", request_was_sent=True)
        raise failure
