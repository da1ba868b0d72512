"""When to send again: a pure decision from what happened. Every constant has its source beside it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from math import inf, isfinite
from typing import TypeAlias

import attrs
import backoff
from attrs import field, frozen

from .._wire import SERVER_TIMEOUT, Effect, RandomSource, Request, Response
from ..errors import ConfigurationError, Outcome, TransportError

Happened: TypeAlias = Response | TransportError


@frozen
class Wait:
    """Send it again after so many seconds."""

    seconds: float


@frozen
class Recover:
    """Find out after so many seconds whether it took place; if not, send it again where `again` permits."""

    seconds: float
    again: bool


@frozen
class Stop:
    """Leave it at what happened."""


Decision: TypeAlias = Wait | Recover | Stop


@frozen(kw_only=True)
class RetryPolicy:
    """How often, how long and how patiently a call is tried. All times are in seconds.

    `max_attempts` counts the first one; `max_elapsed` bounds all attempts and waits together. The four `*_wait` are the
    first wait of their kind; each further one is twice as long, up to `max_wait`. A wait is lengthened at random by up
    to the share `jitter`, never shortened. A Retry-After above `max_retry_after` is not waited for: the error is raised
    at once, with `retry_after` set.
    """

    max_attempts: int = 6
    max_elapsed: float = 900.0
    not_sent_wait: float = 0.5  # the server saw nothing of it: ours to choose
    rate_limited_wait: float = 2.0  # no number is documented for a 429 [D]: ours to choose
    server_error_wait: float = 30.0  # "wait start time of 30 seconds" [D]
    unknown_wait: float = 60.0  # "wait 60 seconds before retrying", so that a 504's request has ended [D]
    reread_wait: float = 1.0  # a lost answer to a GET, which changes nothing: ours to choose
    max_wait: float = 240.0
    max_retry_after: float = 120.0
    jitter: float = 0.25
    create_margin: float = field(default=SERVER_TIMEOUT)  # a create is not started with less time left than this

    def __attrs_post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise ConfigurationError("retry policy: " + "; ".join(problems))

    def _problems(self) -> Iterator[str]:
        if isinstance(self.max_attempts, bool) or not isinstance(self.max_attempts, int) or self.max_attempts < 1:
            yield f"max_attempts={self.max_attempts!r} is no number of attempts; 1 means no retry"
        for spec in attrs.fields(type(self)):
            value = getattr(self, spec.name)
            if spec.name != "max_attempts" and not (isfinite(value) and value >= 0):
                yield f"{spec.name}={value!r} is not 0 or more"
            elif spec.name.endswith("_wait") and value > self.max_wait:
                yield f"{spec.name}={value!r} is above max_wait={self.max_wait!r}"

    def scaled(self, factor: float) -> RetryPolicy:
        """The same with every wait multiplied by `factor`, for demos and tests against a stand-in.

        `max_elapsed`, `max_retry_after` and `create_margin` stay as they are: they are no waits.
        """
        waits = {
            spec.name: getattr(self, spec.name) * factor
            for spec in attrs.fields(type(self))
            if spec.name.endswith("_wait")
        }
        return attrs.evolve(self, **waits)

    def decide(
        self,
        happened: Happened,
        request: Request,
        *,
        attempt: int,
        streak: int,
        left: float,
        hold: float = 0.0,
        retry_after: float | None,
        random: RandomSource,
        account_idempotency: bool = False,
    ) -> Decision:
        """What to do after attempt number `attempt` (from 1), with `left` seconds left for the call.

        `streak` is how many times in a row the same has happened (from 1): the wait doubles with it. `retry_after` is
        what the answer asked for, None where it asked for nothing. `hold` is what the client's budget asks for.
        """
        outcome = outcome_of(happened, request)
        if outcome is None:
            return Stop()
        first_wait = self._first_wait(happened, request, outcome)
        if first_wait is None or (retry_after is not None and retry_after > self.max_retry_after):
            return Stop()
        exponential = next(islice(backoff.expo(factor=first_wait, max_value=self.max_wait), streak, None))
        longer, least = 1 + self.jitter * random.random(), max(retry_after or 0.0, hold)
        seconds = max(exponential * longer, least)
        margin = min(self.create_margin, request.timeout.attempt or inf) if request.effect is Effect.CREATE else 0.0
        again = attempt < self.max_attempts and seconds + margin < left and _can_be_sent_again(request, outcome)
        if request.effect is Effect.CREATE and outcome == "unknown":
            if not again:  # only looked for, which needs no more patience than the service does
                seconds = max(first_wait * longer, least)
            knowable = request.recover is not None or (again and account_idempotency and request.identity is not None)
            return Recover(seconds, again) if knowable and seconds < left else Stop()
        return Wait(seconds) if again else Stop()

    def _first_wait(self, happened: Happened, request: Request, outcome: Outcome) -> float | None:
        if isinstance(happened, Response) and happened.status == 429:
            return self.rate_limited_wait
        if outcome == "rejected":
            return None
        if outcome == "not_sent":
            return self.not_sent_wait
        if isinstance(happened, Response) and happened.status in (500, 503):
            return self.server_error_wait
        return self.reread_wait if request.effect is Effect.READ else self.unknown_wait


def outcome_of(happened: Happened, request: Request) -> Outcome | None:
    """What is known of the request's effect: None means that it succeeded."""
    if isinstance(happened, TransportError):
        return happened.outcome
    if happened.status < 400:
        readable = not is_page(happened) and (request.accepts is None or request.accepts(happened))
        return None if readable else "unknown"
    return "rejected" if happened.status < 500 else "unknown"


def is_page(response: Response) -> bool:
    """Whether a 2xx is a page of HTML: that came from something in between, not from the service [I]."""
    return 200 <= response.status < 300 and "html" in response.headers.get("content-type", "") and bool(response.body)


def _can_be_sent_again(request: Request, outcome: Outcome) -> bool:
    return outcome == "not_sent" or request.sendable_again
