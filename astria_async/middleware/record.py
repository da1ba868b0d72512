"""What is known of one call: of its attempts, and of the object that they may have made.

Everything that a caller hears of a create that went wrong follows from here: the error's kind, its `outcome`, what to
look for, and the line in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeAlias

from attrs import define, evolve, field

from .._wire import Body, Clock, Effect, Request, Response
from ..errors import AstriaError, Attempt, Outcome, TransportError, UnknownOutcomeError

log: logging.Logger = logging.getLogger("astria_async")

_numbers = count(1)

Result: TypeAlias = Response | AstriaError
"""What came of one attempt: an answer of any status, or the exception instead of it."""


@define(eq=False)
class CallRecord:
    """One call. `number` tells it from all others of this process. `began` is by `Clock.monotonic`, `began_at` by `Clock.now`: a machine that sleeps stops only the first.

    `reached` is True from the moment at which the running attempt was handed to the transport: before that nothing was
    sent, whatever a middleware raises. `refused` are objects that came as its answer, but do not show what was sent.
    `sent` is the body that went out, if a middleware may have changed it; `may_be_made`: it let the create pass, and what
    it says of that afterwards proves nothing.
    """

    clock: Clock
    request: Request
    began: float
    began_at: datetime
    reached: bool = False
    may_be_made: bool = False
    sent: Body | None = None
    attempts: tuple[Attempt, ...] = field(default=())
    attempt_began: float = 0.0
    refused: tuple[Mapping[str, Any], ...] = field(default=())
    number: int = field(factory=_numbers.__next__)

    def age(self) -> float:
        """Seconds since the first attempt, by whichever clock has counted more of them."""
        return max(self.clock.monotonic() - self.began, (self.clock.now() - self.began_at).total_seconds())

    def add(self, result: Result, outcome: Outcome | None) -> None:
        """An attempt has ended."""
        seconds = self.clock.monotonic() - self.attempt_began
        at = self.clock.now() - timedelta(seconds=seconds)
        self.attempts += (Attempt(at=at, seconds=seconds, result=name_of(result), outcome=outcome),)
        self.reached = False  # what comes of it is known now as well as it will be

    def settle(self) -> None:
        """The object was looked for, and certainly does not exist: no attempt so far has made anything."""
        self.attempts = tuple(
            evolve(one, outcome="rejected") if one.outcome == "unknown" else one for one in self.attempts
        )

    def as_sent(self, request: Request) -> Request:
        """This call's request with the body that went out: by that its object is told."""
        body = self.sent
        if body is None or body is request.body:
            return request
        drawn = request.identity_drawn
        if request.identity is not None and request.body is not None:
            was, went = request.body.get(request.identity.at), body.get(request.identity.at)
            drawn = drawn and (was == went or (isinstance(was, str) and isinstance(went, str) and was in went))
        return request.replace(body=body, identity_drawn=drawn)

    @property
    def outcome(self) -> Outcome | None:
        """Of the whole call: "unknown" if any attempt may have made something, whatever became of the later ones."""
        outcomes: list[Outcome | None] = [attempt.outcome for attempt in self.attempts]
        return "unknown" if "unknown" in outcomes else (outcomes[-1] if outcomes else None)

    @property
    def looked_for(self) -> dict[str, object]:
        """What the object would be found by, such as `{"tune_id": 690204, "seed": 12}`; empty if nothing tells it."""
        request = self.as_sent(self.request)
        found: dict[str, object] = dict(request.lookup.expect) if request.lookup is not None else {}
        if request.identity is not None and request.body is not None:
            found[request.identity.leaf] = request.body.get(request.identity.at)
        return found

    def unknown_outcome(self, why: str) -> UnknownOutcomeError:
        """The error for a create that may have taken place, with what to look for."""
        looked_for, request = self.looked_for, self.request
        remedy = f"look for {looked_for} before sending it again" if looked_for else "check before sending it again"
        message = f"{request.operation or request.method} {request.path} may have taken place {why}: {remedy}"
        error = UnknownOutcomeError(message, looked_for=looked_for)
        error.attempts = self.attempts
        return error

    def mark(self, error: AstriaError) -> AstriaError:
        """The error with what this call knows: its attempts, and the outcome of all of them together."""
        error.attempts, error.outcome = self.attempts, self.outcome
        return error

    def leave_trace(self, stop: BaseException) -> None:
        """The call is cancelled. If it may have made something, say so: nobody else will."""
        if self.request.effect is not Effect.CREATE or not (self.reached or self.outcome == "unknown"):
            return
        text = f"{self.request.operation or self.request.method} {self.request.path} was cancelled, and may have taken place"
        looked_for = self.looked_for
        text += f": look for {looked_for}" if looked_for else ""
        stop.add_note(f"astria_async: {text}")
        log.warning("%s", text)


def name_of(result: Result) -> str:
    """An attempt's result in a word: its status, or what the exception says."""
    return str(result.status) if isinstance(result, Response) else str(result)


def outcome_of_error(error: AstriaError, record: CallRecord) -> Outcome:
    """What an attempt that raised has done to the service."""
    if isinstance(error, TransportError):
        return error.outcome or "unknown"
    if error.outcome is not None:  # such as a file that became shorter: the service never sees a whole request
        return error.outcome
    return "unknown" if record.reached else "not_sent"
