"""Read an object again and again until it is done, or until the wait's own timeout."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Generic, TypeVar

from attrs import define

from .._codec import decode
from .._codec.responses import object_in
from .._values.numbers import number_or_none, shown_value
from .._wire import Clock, Request, Send
from ..errors import (
    SHOWN,
    APIError,
    AstriaError,
    InsufficientBalanceError,
    ParameterError,
    TransportError,
    WaitTimeoutError,
)
from ..models import Prompt, Tune, VideoInspection
from .progress import Progress

T = TypeVar("T", Tune, Prompt, VideoInspection)

log: logging.Logger = logging.getLogger("astria_async")

#: Seconds before the first repeat, how much longer each further one is, and the longest. Trainings take 5 to 10
#: minutes, prompts 10 s to minutes [I]: this asks 10 times in the first minute, and 4 times in each later one.
FIRST, GROWTH, LONGEST = 2.0, 1.3, 15.0
#: The most of a Retry-After that a wait obeys, in seconds: as long as `RetryPolicy.max_retry_after`.
LONGEST_RETRY_AFTER = 120.0
#: Seconds after its creation for which a 404 of an object means "not yet": a read may go to a replica that lags [I].
YOUNG = 60.0
#: Statuses that say nothing about the object: the request was too slow, too early, or one too many.
_NOT_YET = (408, 425, 429)


async def poll(
    request: Request,
    number: int,
    progress: Progress[T],
    *,
    known: T | None,
    send: Send,
    clock: Clock,
    timeout: float | None,
    interval: float | None,
) -> T:
    """Send `request` until the object with the id `number` is done, and return it as it is then.

    `known` is what is known already: if it is done, nothing is read. `timeout` is in seconds, None waits for ever. It is
    the only bound: no answer, an unreadable one, 408, 425, 429 and 5xx mean "not yet". `interval` is the seconds between
    two reads, None is a schedule of the SDK's own; after a failed read it is never shorter than that schedule, nor than
    the Retry-After (up to LONGEST_RETRY_AFTER).

    Raises WaitTimeoutError, with what was read last and the last failure; APIError for every other status; what
    `progress` raises; and ParameterError.
    """
    timeout, interval = seconds("timeout", timeout), seconds("interval", interval)
    reader = _Reader(
        request.replace(deadline=None if timeout is None else clock.monotonic() + timeout),
        number,
        progress.kind,
        send,
        clock,
    )
    last, schedule, pause = known, 0.0, 0.0
    began = clock.monotonic()
    try:
        with clock.fail_after(timeout):
            while last is None or not progress.is_done(last, clock.monotonic()):
                if schedule:
                    await clock.sleep(pause)
                schedule = min(max(schedule * GROWTH, FIRST), LONGEST)
                pause = schedule if interval is None else interval
                try:
                    last = await reader.read(is_young=_is_young(last, clock.now(), clock.monotonic() - began))
                except _NotYetError as not_yet:
                    pause = max(pause, schedule, not_yet.retry_after)
                    log.info("%s: %s; reading it again in %.1f s", request.operation, not_yet, pause)
            return last
    except TimeoutError:
        pass
    seen = f"last seen: {last!r}" if last is not None else "it was never read"
    error = last.user_error if isinstance(last, Prompt) else None
    said = f", which says: {error}" if error else ""
    raise WaitTimeoutError(
        f"{progress.noun} {number} was not done within {timeout:g} s; {seen}{said}{reader.report()}", last=last
    )


class _NotYetError(Exception):
    """A read that says nothing about the object. `retry_after` is in seconds, 0 if the service asked for nothing."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(" ".join(message.split())[:SHOWN])  # in one line
        self.retry_after = min(retry_after or 0.0, LONGEST_RETRY_AFTER)


@define
class _Reader(Generic[T]):
    """Reads the object, and counts the reads that failed."""

    request: Request
    number: int
    kind: type[T]
    send: Send
    clock: Clock
    reads: int = 0
    failed: int = 0
    last_failure: str = ""

    async def read(self, *, is_young: bool) -> T:
        """The object. Raises _NotYetError for what may be otherwise next time, and APIError for what will not."""
        self.reads += 1
        not_yet: _NotYetError
        try:
            response = await self.send(self.request)
            accepts = self.request.accepts
            if response.status < 300 and accepts is not None and not accepts(response, self.request):
                not_yet = _NotYetError(f"an answer that cannot be read ({response.status})")
            elif response.status < 300 and object_in(response, needs_id=self.kind is not VideoInspection) is None:
                not_yet = _NotYetError(f"an answer that is not about {self.number} ({response.status})")
            else:
                seen = decode(response, self.kind, self.request)
                if seen.id == self.number or _is_nameless_finding(seen):
                    return seen
                not_yet = _NotYetError(f"an answer about {seen.id or 'nothing'} instead of {self.number}")
        except TransportError as error:
            not_yet = _NotYetError(str(error))
        except APIError as error:
            if not _may_pass(error, is_young):
                raise
            not_yet = _NotYetError(str(error), error.retry_after)
        except AstriaError:
            raise
        except Exception as error:  # noqa: BLE001 -- a user's middleware or transport may raise anything: no answer came
            not_yet = _NotYetError(f"{type(error).__name__}: {error}")
        deadline = self.request.deadline
        if not (self.failed and deadline is not None and self.clock.monotonic() >= deadline):
            self.failed += 1  # else the wait's own end cut it off, which would hide the failure before
            self.last_failure = str(not_yet)
        raise not_yet

    def report(self) -> str:
        """The end of a sentence about the failures; empty if there was none."""
        return (
            f"; {self.failed} of {self.reads} reads failed, the last with: {self.last_failure}" if self.failed else ""
        )


def _may_pass(error: APIError, is_young: bool) -> bool:
    if isinstance(error, InsufficientBalanceError):
        return False
    return error.status >= 500 or error.status in _NOT_YET or (error.status == 404 and is_young)


def _is_nameless_finding(seen: Tune | Prompt | VideoInspection) -> bool:
    """Whether it is an inspection without its id, which the service leaves out once there is a description [V]."""
    return isinstance(seen, VideoInspection) and seen.id is None and bool(seen.description)


def _is_young(seen: Tune | Prompt | VideoInspection | None, now: datetime, waited: float) -> bool:
    """False if its age is not known: then a 404 is probably a wrong id."""
    if isinstance(seen, VideoInspection):  # it does not say its age, but was given out before the wait
        return waited < YOUNG
    return seen is not None and seen.created_at is not None and (now - seen.created_at).total_seconds() < YOUNG


def seconds(name: str, value: object) -> float | None:
    """Seconds as Python's own number; None stays None. Raises ParameterError."""
    number = value if isinstance(value, float) else number_or_none(value)
    if value is None or (number is not None and number >= 0):
        return number
    raise ParameterError(f"{name}: {shown_value(value)} is not a time; give seconds, 0 or more, or None")
