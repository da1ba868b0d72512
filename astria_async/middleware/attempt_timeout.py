"""The time one attempt may take: as long as it moves, and no longer than the call."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from .._runtime.threads import in_thread
from .._values.json import LARGE
from .._wire import Request, Response, Send
from .._wire.timing import Clock, Deadline
from ..errors import RequestTimeoutError

#: Bytes a second that an attempt must move, in either direction, over `timeout.attempt` seconds [I]. The slowest lines
#: still in use (GPRS) carry about five times as many; one byte every now and then, which keeps a read timeout from ever
#: ending, is far below.
LEAST_RATE = 1000.0
#: Bytes a second at which what lies in buffers at the end of an upload is believed to go on, if it was not seen to go
#: slower [I]: 8 Mbit/s. So an upload of 3 MB may take up to 3 s more for its answer.
BUFFERED_RATE = 1_000_000.0


class AttemptTimeout:
    """Ends an attempt that has not moved for `timeout.attempt` seconds, or when the call's deadline comes before that.

    It stands next to the transport, so that waiting for a slot does not count, while the upload and the reading of the
    answer do. Each byte that moves gives the attempt more time, at `LEAST_RATE`; it never has more than
    `timeout.attempt` left. The call's deadline is moved by nothing.

    Args:
        clock: Where time comes from.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(self, request: Request, call_next: Send) -> Response:
        attempt = request.timeout.attempt
        began = self._clock.monotonic()
        left = None if request.deadline is None else request.deadline - began
        if left is not None and left <= 0:
            raise RequestTimeoutError("the call's time was over before it could be sent", request_was_sent=False)
        seconds = attempt if left is None else left if attempt is None else min(attempt, left)
        progress: _Progress | None = None
        failure: RequestTimeoutError
        deadline: Any  # a `Deadline`, if the clock gives one
        try:
            with self._clock.fail_after(seconds) as deadline:
                if attempt is not None and hasattr(deadline, "reschedule"):
                    progress = _Progress(self._clock, deadline, began, attempt, request.deadline)
                    request = request.replace(progress=progress)
                response = await call_next(request)
                if len(response.body) > LARGE:
                    await in_thread(_parse, response)  # or the first who asks for it would hold up the event loop
                return response
        except TimeoutError:
            assert seconds is not None
            said = f"no answer within {seconds:g} s" if progress is None else progress.describe_halt(seconds)
            failure = RequestTimeoutError(said, request_was_sent=True)
        raise failure


def _parse(response: Response) -> None:
    """Have a large answer's JSON at hand."""
    with suppress(ValueError, RecursionError):  # not JSON: whoever needs it says so
        response.json()


class _Progress:
    """Moves the deadline of one attempt while its bytes move."""

    __slots__ = ("_attempt", "_began", "_call_end", "_clock", "_deadline", "_end", "_marks", "_moved")

    def __init__(self, clock: Clock, deadline: Deadline, began: float, attempt: float, call_end: float | None) -> None:
        self._clock = clock
        self._deadline = deadline
        self._attempt = attempt
        self._call_end = call_end
        self._began = began
        self._end = began + attempt
        self._moved = 0
        #: (when, bytes until then), the last two times at which twice as much had moved as before.
        self._marks = [(began, 0), (began, 0)]

    def moved(self, size: int, /) -> None:
        self._moved += size
        now = self._clock.monotonic()
        if self._moved >= 2 * self._marks[1][1]:
            self._marks = [self._marks[1], (now, self._moved)]
        self._extend(now, min(now + self._attempt, self._end + size / LEAST_RATE))

    def sent(self, unseen: int, /) -> None:
        now = self._clock.monotonic()
        paces = [(self._moved - moved) / (now - when) for when, moved in self._marks if now > when and moved]
        pace = min([BUFFERED_RATE, *(pace for pace in paces if pace >= LEAST_RATE)])
        self._extend(now, now + self._attempt + min(self._moved, unseen) / pace)

    def _extend(self, now: float, end: float) -> None:
        self._end = end
        self._deadline.reschedule((end if self._call_end is None else min(end, self._call_end)) - now)

    def describe_halt(self, seconds: float) -> str:
        """What to say of an attempt that is over; it began with `seconds` to go."""
        if self._call_end is not None and self._call_end <= self._end:
            return f"no answer within {self._call_end - self._began:g} s"
        if not self._moved:
            return f"no answer within {seconds:g} s"
        return f"no answer: {self._moved} bytes moved, then less than {LEAST_RATE:g} a second for {self._attempt:g} s"
