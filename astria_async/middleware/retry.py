"""The loop around the decision: it sends, asks the policy, waits, looks a lost create up, and sends again."""

from __future__ import annotations

import logging
from datetime import timedelta
from itertools import takewhile

from attrs import evolve

from .._codec.answers import retry_after
from .._wire import Clock, Effect, LostCreate, RandomSource, Request, Response, Send
from ..errors import (
    SHOWN,
    AstriaError,
    Attempt,
    DecodeError,
    Outcome,
    TransportError,
    UnknownOutcomeError,
)
from .budget import RetryBudget
from .policy import Happened, Recover, RetryPolicy, Stop, is_page, outcome_of

log: logging.Logger = logging.getLogger("astria_async")


class Retry:
    """Sends a request until it is answered for good, without ever making a second object.

    It knows no resource: `request.effect` says what sending does, `request.recover` finds a lost create. One deadline
    holds for the attempts, the waits and the look-ups of a call. `account_idempotency` says that the account's setting
    is on, which permits sending a create again where the look-up cannot tell.
    """

    def __init__(
        self,
        policy: RetryPolicy,
        *,
        clock: Clock,
        random: RandomSource,
        budget: RetryBudget | None = None,
        account_idempotency: bool = False,
    ) -> None:
        self._policy = policy
        self._budget = budget or RetryBudget(clock)
        self._clock = clock
        self._random = random
        self._account_idempotency = account_idempotency

    async def __call__(self, request: Request, call_next: Send, /) -> Response:
        if request.is_poll:  # the wait reads again by itself, bounded by its own timeout alone, and needs no budget
            return await call_next(request)
        clock, started = self._clock, self._clock.monotonic()
        total = request.timeout.total
        deadline = started + (self._policy.max_elapsed if total is None else min(total, self._policy.max_elapsed))
        if request.deadline is None or deadline < request.deadline:
            request = request.but(deadline=deadline)
        else:
            deadline = request.deadline
        attempts: tuple[Attempt, ...] = ()
        while True:
            began = clock.monotonic()
            happened: Happened
            try:
                happened = await call_next(request)
            except TransportError as error:
                happened = error.with_traceback(None)  # which would hold this frame, and the frame holds the error
            outcome = outcome_of(happened, request)
            if isinstance(happened, Response) and outcome is None and not attempts:
                self._budget.refund()
                return happened
            now = clock.monotonic()
            at = clock.now() - timedelta(seconds=now - began)
            attempts += (Attempt(at=at, seconds=now - began, result=_named(happened), outcome=outcome),)
            decision = self._policy.decide(
                happened,
                request,
                attempt=len(attempts),
                streak=_streak(attempts),
                left=deadline - now,
                hold=self._budget.hold(),
                retry_after=retry_after(happened.headers, clock.now()) if isinstance(happened, Response) else None,
                random=self._random,
                account_idempotency=self._account_idempotency,
            )
            if isinstance(decision, Stop):
                return _ended(happened, request, attempts)
            self._budget.take()
            log.info(
                "%s: %s at attempt %d; %s in %.1f s",
                request.operation,
                attempts[-1].result,
                len(attempts),
                type(decision).__name__.lower(),
                decision.seconds,
            )
            await clock.sleep(decision.seconds)
            if isinstance(decision, Recover):
                lost = LostCreate(request=request, age=clock.monotonic() - started)
                found = await self._recovered(lost, call_next, attempts, again=decision.again)
                if isinstance(found, Response):
                    return found.after(attempts)
                if found == "rejected":
                    attempts = tuple(
                        evolve(one, outcome=found) if one.outcome == "unknown" else one for one in attempts
                    )
                if not decision.again:
                    return _gave_up(happened, attempts)

    async def _recovered(
        self, lost: LostCreate, call_next: Send, attempts: tuple[Attempt, ...], *, again: bool
    ) -> Response | Outcome:
        """The lost create's answer. Without one "rejected" where it certainly made nothing; "unknown" where that
        cannot be told, and it may be sent again nevertheless. Raises UnknownOutcomeError where it may not.
        """

        async def look_up(request: Request) -> Response:
            began, at = self._clock.monotonic(), self._clock.now()
            response = await self(request.but(deadline=lost.request.deadline), call_next)
            seconds = self._clock.monotonic() - began  # with all its waits: the lost create is so much older by now
            return response.after((Attempt(at=at, seconds=seconds, result=str(response.status), outcome=None),))

        failure: UnknownOutcomeError
        try:
            if lost.request.recover is None:
                return "unknown"  # the policy asked for this only because the account's setting makes it safe
            found = await lost.request.recover(lost, look_up)
            return "rejected" if found is None else found
        except UnknownOutcomeError as error:
            failure = error
        except TransportError as error:
            failure = unknown_outcome(lost.request, f"and looking for it failed: {error}")
        if again and self._account_idempotency and lost.request.identity is not None:
            return "unknown"
        failure.attempts = attempts
        raise failure


def _streak(attempts: tuple[Attempt, ...]) -> int:
    """How many times in a row the last result has come."""
    same = takewhile(lambda attempt: attempt.result == attempts[-1].result, reversed(attempts))
    return sum(1 for _ in same)


def _named(happened: Happened) -> str:
    return str(happened.status) if isinstance(happened, Response) else str(happened)


def _ended(happened: Happened, request: Request, attempts: tuple[Attempt, ...]) -> Response:
    """Stop at what happened: an answer is returned as it is, and a create's unknown outcome is said aloud."""
    was_lost, outcome = any(one.outcome == "unknown" for one in attempts), outcome_of(happened, request)
    if request.effect is Effect.DELETE and _is_gone(happened) and was_lost:
        return Response(status=200, attempts=attempts)
    error: AstriaError
    if request.effect is Effect.CREATE and was_lost and outcome is not None:
        error = unknown_outcome(request, f"({_named(happened)})")
    elif isinstance(happened, TransportError):
        error = happened
        if was_lost:
            error.outcome = "unknown"  # of the call, whatever became of its last attempt
    elif is_page(happened):
        page = happened.body[: 4 * SHOWN].decode(errors="replace")[:SHOWN]
        error = DecodeError(f"{request.method} {request.path}", problems=["a page of HTML"], body=page)
    else:
        return happened.after(attempts)
    error.attempts = attempts
    raise error


def _gave_up(happened: Happened, attempts: tuple[Attempt, ...]) -> Response:
    """The create certainly made nothing, and there is no attempt or no time left for another one."""
    if isinstance(happened, Response) and happened.status >= 400:
        return happened.after(attempts)
    error = TransportError(
        f"no usable answer ({_named(happened)}); its object was looked for, and does not exist", request_was_sent=True
    )
    error.outcome, error.attempts = "rejected", attempts
    raise error


def _is_gone(happened: Happened) -> bool:
    return isinstance(happened, Response) and happened.status == 404


def unknown_outcome(request: Request, why: str) -> UnknownOutcomeError:
    """The error for a create that may have taken place, with what to look for."""
    looked_for: dict[str, object] = {}
    if request.identity is not None and request.body is not None:
        looked_for = {request.identity.value[1]: request.body.get(request.identity.value)}
    hint = f"look for {looked_for} before sending it again" if looked_for else "check before sending it again"
    message = f"{request.operation or request.method} {request.path} may have taken place {why}: {hint}"
    return UnknownOutcomeError(message, looked_for=looked_for)
