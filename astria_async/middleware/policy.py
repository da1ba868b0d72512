"""When to send again: a pure decision from what happened. Every constant has its source beside it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from math import inf
from typing import TypeAlias

import attrs
import backoff
from attrs import field, frozen

from .._codec.responses import is_short_of_balance
from .._values.numbers import number_or_none, shown_value, take_plain_numbers
from .._values.spelling import with_explained_options
from .._wire import SERVER_TIMEOUT, Effect, RandomSource, Request, Response
from ..errors import ConfigurationError, Outcome, TransportError, UnexpectedError

Happened: TypeAlias = Response | TransportError

#: Seconds that a look-up takes once its wait is over: two readings of a list, 10 s apart, and their answers.
LOOKING = 15.0
#: Statuses below 500 that say "try again": the server waited in vain for the request, or will not risk that it is a
#: replay (RFC 9110, 15.5.9; RFC 8470, 5.2).
_TRY_AGAIN = (408, 425)
#: Redirects after which the object may be there: some servers answer a POST that way once it is done.
_SEE_OTHER = (302, 303)


@frozen
class Wait:
    """Send it again after so many seconds."""

    seconds: float


@frozen
class LookUp:
    """Find out after so many seconds whether it took place; if not, send it again if `again` permits.

    `settled_in` is in how many seconds the service is certainly done with it: the wait without its jitter. A list
    that was read before that says nothing.
    """

    seconds: float
    again: bool
    settled_in: float


@frozen
class Stop:
    """Leave it at what happened."""


Decision: TypeAlias = Wait | LookUp | Stop


@with_explained_options
@frozen(kw_only=True)
class RetryPolicy:
    """How often, how long and how patiently a call is tried. All times are in seconds.

    Each further wait of a kind is twice as long as the one before. A Retry-After above `max_retry_after` is not waited
    for: the error is raised at once, with `retry_after` set. No policy sends a create again, or looks for it, before the service's own 30 s are
    over: it may still be at work on the first one [D].

    Args:
        max_attempts: Attempts altogether, 1 or more: one more than `max_retries` of the client.
        max_elapsed: Seconds for all attempts and waits of a call together.
        not_sent_wait: Seconds until the second attempt, if the server saw nothing of the first.
        rate_limited_wait: Seconds after the first 429. No number is documented [D].
        server_error_wait: Seconds after the first 500 or 503. The service asks for 30 [D].
        unknown_wait: Seconds until a lost create is looked for. The service asks for 60 after a 504 [D].
        reread_wait: Seconds until a lost answer to a GET is asked for again.
        max_wait: Seconds; no wait grows beyond it.
        max_retry_after: Seconds; a Retry-After above it is not waited for.
        jitter: The share by which a wait is lengthened at random, 0 or more.
        create_margin: Seconds that must be left for a create to be started.
        scale: Set by `scaled`; leave it out.
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
    _scale: float = field(default=1.0, repr=False)

    def __attrs_post_init__(self) -> None:
        take_plain_numbers(self)
        problems = list(self._problems())
        if problems:
            raise ConfigurationError("retry policy: " + "; ".join(problems))

    def _problems(self) -> Iterator[str]:
        if type(self.max_attempts) is not int or self.max_attempts < 1:
            shown = shown_value(self.max_attempts)
            yield f"max_attempts={shown} is not a number of attempts; give 1 or more, 1 means no retry"
        for spec in attrs.fields(type(self)):
            value = getattr(self, spec.name)
            if spec.name == "max_attempts":
                continue
            most = number_or_none(self.max_wait)
            shown, number = f"{spec.name}={shown_value(value)}", number_or_none(value)
            if number is None:
                what = "a share; give one such as 0.25" if spec.name == "jitter" else "a time; give seconds such as 30"
                yield f"{shown} is not {what}"
            elif number < 0:
                yield f"{shown} is below 0; give 0 or more"
            elif spec.name.endswith("_wait") and most is not None and number > most:
                yield f"{shown} is above max_wait={most!r}; raise max_wait, or lower it"

    def scaled(self, factor: float) -> RetryPolicy:
        """The same with every wait multiplied by `factor`, for demos and tests against a fake.

        A client takes such a policy only with a `MockTransport`, or with a base URL on this machine: against the
        service it would pay twice. `max_elapsed`, `max_retry_after` and `create_margin` stay: they are not waits.
        Raises ConfigurationError for a factor that is not a number, or is below 0.

        Args:
            factor: What each wait is multiplied by, 0 or more.
        """
        number = number_or_none(factor)
        if number is None or number < 0:
            raise ConfigurationError(
                f"retry policy: factor={shown_value(factor)} is not a number of 0 or more; give one such as 0.01"
            )
        factor = number
        waits = {
            spec.name: getattr(self, spec.name) * factor
            for spec in attrs.fields(type(self))
            if spec.name.endswith("_wait")
        }
        return attrs.evolve(self, scale=self._scale * factor, **waits)

    @property
    def scale(self) -> float:
        """By how much the waits were scaled; 1 for a policy that may be used against the service."""
        return self._scale

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
        """The next step after an attempt that ended: a pure function of what is handed in.

        Args:
            happened: The answer, or the exception instead of it.
            request: The request, as it was sent.
            attempt: The number of the attempt that ended, from 1.
            streak: How many times in a row the same has happened, from 1: the wait doubles with it.
            left: Seconds left for the call.
            hold: Seconds that the client's budget of retries asks for.
            retry_after: Seconds that the answer asked for; None if it asked for nothing.
            random: Where jitter is drawn from.
            account_idempotency: The account's setting is on.
        """
        outcome = outcome_of(happened, request)
        if outcome is None:
            return Stop()
        first_wait = self._first_wait(happened, request, outcome)
        if first_wait is None or (retry_after is not None and retry_after > self.max_retry_after):
            return Stop()
        exponential = next(islice(backoff.expo(factor=first_wait, max_value=self.max_wait), streak, None))
        longer = 1 + self.jitter * random.random()
        least = retry_after or 0.0
        seconds = max(exponential * longer, least, hold)
        is_lost_create = request.effect is Effect.CREATE and outcome == "unknown"
        if is_lost_create:  # a look-up costs no retry, and makes no object: the budget does not hold it up
            least = max(least, SERVER_TIMEOUT * self._scale)
            seconds = max(exponential * longer, least)
        margin = min(self.create_margin, request.timeout.attempt or inf) if request.effect is Effect.CREATE else 0.0
        if is_lost_create:  # it may be lost once more: then there has to be time to find out what became of it
            margin += self.unknown_wait * (1 + self.jitter) + LOOKING * self._scale
        again = (
            attempt < self.max_attempts and seconds + margin < left and _can_be_sent_again(happened, request, outcome)
        )
        if is_lost_create:
            if not again:  # only looked for, which needs no more patience than the service does
                exponential = first_wait
                seconds = max(exponential * longer, least)
            settled_in = max(exponential, least)
            knowable = request.lookup is not None or (again and account_idempotency and request.identity is not None)
            return LookUp(seconds, again, settled_in) if knowable and seconds < left else Stop()
        return Wait(seconds) if again else Stop()

    def _first_wait(self, happened: Happened, request: Request, outcome: Outcome) -> float | None:
        """The first wait of its kind; None for what is not worth another attempt, nor a look-up."""
        status = happened.status if isinstance(happened, Response) else None
        if isinstance(happened, Response) and status == 429:
            return None if is_short_of_balance(happened, request) else self.rate_limited_wait
        if outcome == "rejected":
            return self.not_sent_wait if status in _TRY_AGAIN else None
        if request.effect is not Effect.CREATE and not _is_worth_repeating(happened):
            return None
        if outcome == "not_sent":
            return self.not_sent_wait if _is_worth_repeating(happened) else None
        if status in (500, 503):
            return self.server_error_wait
        return self.reread_wait if request.effect is Effect.READ else self.unknown_wait


def outcome_of(happened: Happened, request: Request) -> Outcome | None:
    """What is known of the request's effect: None means that it succeeded. Only a 2xx counts as an answer."""
    if isinstance(happened, TransportError):
        return happened.outcome
    status = happened.status
    if 200 <= status < 300:
        accepts = request.accepts
        if not is_page(happened) and (accepts is None or accepts(happened, request)):
            return None
        return "rejected" if is_short_of_balance(happened, request) else "unknown"
    if is_short_of_balance(happened, request):  # at any status [V]: what is not paid for is not made
        return "rejected"
    if status < 200 or status >= 500:
        return "unknown"
    if request.effect is not Effect.READ and status in _SEE_OTHER:
        return "unknown"
    if request.effect is Effect.CREATE and status == 408:
        return "unknown"  # of a proxy, it says only that the proxy's patience ended
    return "rejected"


def is_page(response: Response) -> bool:
    """Whether a 2xx is a page of HTML: that came from something in between, not from the service [I]."""
    return 200 <= response.status < 300 and "html" in response.headers.get("content-type", "") and bool(response.body)


def _is_worth_repeating(happened: Happened) -> bool:
    """False for an exception of foreign code that is not about the network: it would be raised again."""
    return not isinstance(happened, UnexpectedError) or isinstance(happened.__cause__, OSError)


def _can_be_sent_again(happened: Happened, request: Request, outcome: Outcome) -> bool:
    if isinstance(happened, Response) and happened.status in _SEE_OTHER:
        return False  # it would be redirected again
    return _is_worth_repeating(happened) and (outcome == "not_sent" or request.sendable_again)
