"""The loop around the decision: it sends, asks the policy, waits, looks a lost create up, and sends again."""

from __future__ import annotations

import logging
from functools import partial
from itertools import takewhile
from math import inf

from .._codec.headers import http_date, retry_after
from .._codec.responses import is_created, object_in
from .._wire import Clock, Effect, RandomSource, Request, Response, Send, Waits
from ..errors import AstriaError, Attempt, Outcome, RequestTimeoutError, TransportError
from ..telemetry import Pauses
from .budget import RetryBudget
from .creates_in_flight import CreatesInFlight
from .endings import end, foreign, give_up, park
from .policy import Decision, LookUp, RetryPolicy, Stop, outcome_of
from .record import CallRecord, Result, name_of, outcome_of_error
from .recovery.lost_creates import SECOND_LOOK, Absent, Ambiguous, Finding, Found, Looking, LostCreates

log: logging.Logger = logging.getLogger("astria_async")


class Retry:
    """Sends a request until it is answered for good, without ever making a second object.

    It knows no resource: `request.effect` says what sending does, `request.lookup` where a lost create is looked for. One
    deadline holds for the attempts, the waits and the look-ups of a call. No exception leaves it that is not the SDK's, but
    a cancellation.

    Args:
        policy: When to try again.
        clock: Where time comes from.
        random: Where jitter is drawn from.
        budget: The retries that all calls share; None makes one.
        lost_creates: Who looks for lost creates; None makes one.
        creates: Who counts the creates under way; None makes one.
        pauses: Who knows which calls pause; None makes one.
        account_idempotency: The account's setting is on: a create may be sent again if the look-up cannot tell.
        has_layers: Middleware of the user's is inside, which may take its time: each attempt ends with the call.
        waits: What a call waits for: see `Waits`.
        is_told_when_sent: A layer inside marks the record when it hands the request on; else each attempt counts as sent.
    """

    def __init__(
        self,
        policy: RetryPolicy,
        *,
        clock: Clock,
        random: RandomSource,
        budget: RetryBudget | None = None,
        lost_creates: LostCreates | None = None,
        creates: CreatesInFlight | None = None,
        pauses: Pauses | None = None,
        account_idempotency: bool = False,
        has_layers: bool = False,
        is_told_when_sent: bool = False,
        waits: Waits = Waits.ALL,
    ) -> None:
        self._policy = policy
        self._budget = budget or RetryBudget(clock)
        self._lost_creates = lost_creates or LostCreates(clock)
        self._creates = creates or CreatesInFlight(clock)
        self._pauses = pauses or Pauses(clock)
        self._clock = clock
        self._random = random
        self._account_idempotency = account_idempotency
        self._has_layers = has_layers
        self._is_told_when_sent = is_told_when_sent
        self._waits = waits

    async def __call__(self, request: Request, call_next: Send) -> Response:
        clock = self._clock
        began, total = clock.monotonic(), request.timeout.total
        if request.is_poll:  # the wait reads again by itself, bounded by its own timeout alone, and needs no budget
            return await self._poll(request, call_next)
        deadline = began + (self._policy.max_elapsed if total is None else total)
        if request.deadline is not None and request.deadline < deadline:
            deadline = request.deadline
        record = CallRecord(clock, request, began, clock.now())
        request = request.replace(deadline=deadline, record=record, waits=self._waits is not Waits.NOTHING)
        if request.effect is not Effect.CREATE:
            return await self._send(request, record, call_next)
        with self._creates.one():
            try:
                if request.intent is None and request.look_first is None and request.identity_drawn:
                    return await self._send(request, record, call_next)  # nearly every create: it costs no detour
                if request.intent is not None:
                    return await self._in_turn(request, record, call_next)
                return await self._create(request, record, call_next)
            except AstriaError:
                raise
            except BaseException as stop:
                record.leave_trace(stop)
                raise

    async def _in_turn(self, request: Request, record: CallRecord, call_next: Send) -> Response:
        """A create of an order that has a name: one call after the other, so that the next one finds what this one made."""
        lock = self._lost_creates.lock_of(request.intent)
        try:
            with self._clock.fail_after(_left(request, self._clock)):
                await lock.acquire()
        except TimeoutError:
            error = RequestTimeoutError(
                "another call of this order is under way, and did not end in time", request_was_sent=False
            )
            raise record.mark(error) from None
        try:
            return await self._create(request, record, call_next)
        finally:
            lock.release()

    async def _create(self, request: Request, record: CallRecord, call_next: Send) -> Response:
        found = None if request.look_first is None else await self._look_first(request, record, call_next)
        if found is not None:
            return found
        if request.identity_drawn or request.lookup is None:
            return await self._send(request, record, call_next)
        with self._lost_creates.own.under_way(request, record):
            return await self._send(request, record, call_next)

    async def _poll(self, request: Request, call_next: Send) -> Response:
        """One attempt, whatever comes of it."""
        record = CallRecord(self._clock, request, self._clock.monotonic(), self._clock.now())
        result = await self._attempt(request.replace(record=record), record, call_next)
        if isinstance(result, AstriaError):
            raise result
        return result

    async def _send(self, request: Request, record: CallRecord, call_next: Send, *, spends: bool = True) -> Response:
        """One attempt after the other. `spends` is False for what draws nothing from the budget of retries."""
        while True:
            result = await self._attempt(request, record, call_next)
            sent = request if record.sent is None else record.as_sent(request)
            outcome: Outcome | None
            if isinstance(result, AstriaError):
                outcome = outcome_of_error(result, record)
            else:
                outcome = outcome_of(result, sent)
                if outcome is None:
                    return self._succeed(result, sent, record)
            if record.may_be_made and outcome != "unknown":
                said = f"a middleware gave {name_of(result)} for a create that may have been made"
                result, outcome = TransportError(said, request_was_sent=True), "unknown"
            record.add(result, outcome)
            if outcome == "unknown" and isinstance(result, Response) and (item := object_in(result)):
                record.refused += (item,)
            decision = self._decide(result, sent, record, spends=spends)
            if isinstance(decision, Stop):
                return end(result, record)
            if self._waits is not Waits.ALL:
                park(result, record, decision.settled_in if isinstance(decision, LookUp) else decision.seconds)
            self._log(record, decision)
            if isinstance(decision, LookUp):
                found = await self._look_up(decision, sent, record, call_next)
                if found is not None:
                    return found
                if not decision.again:
                    return give_up(result, record)
                continue
            if spends:
                self._budget.take()
            await self._pauses.sleep(record, decision.seconds)

    async def _attempt(self, request: Request, record: CallRecord, call_next: Send) -> Result:
        """One attempt: its answer, or the exception instead of it, which is always one of the SDK's."""
        record.may_be_made = False
        record.reached, record.attempt_began = not self._is_told_when_sent, self._clock.monotonic()
        try:
            if self._has_layers and request.deadline is not None:
                return await self._send_in_time(request, call_next, request.deadline - record.attempt_began)
            return await call_next(request)
        except AstriaError as error:
            was_sent = self._is_told_when_sent and record.reached
            if request.effect is Effect.CREATE and was_sent and not _says_it_was_sent(error):
                return foreign(error, record)  # of another call that a middleware made: this one was sent
            return error.with_traceback(None)  # which would hold this frame, and the frame holds the error
        except Exception as error:  # noqa: BLE001 -- of a middleware or a transport: no foreign exception leaves the SDK
            return foreign(error, record)

    async def _send_in_time(self, request: Request, call_next: Send, left: float) -> Response:
        """An attempt through the user's middleware, which the attempt's own time does not bound."""
        try:
            with self._clock.fail_after(left):
                return await call_next(request)
        except TimeoutError:
            if self._clock.monotonic() < (request.deadline or 0.0):
                raise  # the middleware's own
        was_sent = request.record is None or request.record.reached
        raise RequestTimeoutError("the call's time was over, in a middleware of yours", request_was_sent=was_sent)

    def _succeed(self, response: Response, request: Request, record: CallRecord) -> Response:
        if request.lookup is not None and request.effect is Effect.CREATE:
            self._note_made(response, request, record)
        if not record.attempts:
            self._budget.refund()
            return response
        record.add(response, None)
        return response.with_attempts(record.attempts)

    def _note_made(self, response: Response, request: Request, record: CallRecord) -> None:
        own = self._lost_creates.own
        if request.lookup is not None and request.lookup.tune_ids is not None:
            data = response.json()
            own.ran(request, record, data if isinstance(data, dict) else {})
        elif request.accepts is is_created or is_created(response, request):  # or it would not have succeeded
            item = object_in(response)
            assert item is not None
            own.made(request, record, item, http_date(response.headers.get("date", "")))

    def _decide(self, result: Result, request: Request, record: CallRecord, *, spends: bool) -> Decision:
        if isinstance(result, AstriaError) and not isinstance(result, TransportError):
            return Stop()  # such as a file that became shorter: it would be the same again
        return self._policy.decide(
            result,
            request,
            attempt=len(record.attempts),
            streak=_streak(record.attempts),
            left=_left(request, self._clock) if self._waits is Waits.ALL else inf,
            hold=self._budget.hold() if spends else 0.0,
            retry_after=retry_after(result.headers, self._clock.now()) if isinstance(result, Response) else None,
            random=self._random,
            account_idempotency=self._account_idempotency,
        )

    def _log(self, record: CallRecord, decision: Decision) -> None:
        result, seconds = record.attempts[-1].result, getattr(decision, "seconds", 0.0)
        self._pauses.begin(record, seconds, result, is_lookup=isinstance(decision, LookUp))
        what = "look for it" if isinstance(decision, LookUp) else "wait"
        text = "%s: %s at attempt %d; %s, %.1f s"
        log.info(text, record.request.operation, result, len(record.attempts), what, seconds)

    # --- Lost creates

    async def _look_up(
        self, decision: LookUp, request: Request, record: CallRecord, call_next: Send
    ) -> Response | None:
        """The lost create's answer; None if it may be sent again. Raises UnknownOutcomeError if it may not."""
        if request.lookup is None:
            await self._pauses.sleep(record, decision.seconds)
            return None  # the policy asked for this only because the account's setting makes it safe
        with self._lost_creates.looking_for(request, record, settled_in=decision.settled_in) as looking:
            await self._pauses.sleep(record, decision.seconds)
            finding = await self._find(looking, request, call_next)
        return self._conclude(finding, request, record, may_send=decision.again)

    async def _look_first(self, request: Request, record: CallRecord, call_next: Send) -> Response | None:
        """Look for what another process may have sent; None if it may be sent now."""
        first = request.look_first
        assert first is not None
        with self._lost_creates.looking_for(request, record, settled_in=first.settled_in) as looking:
            finding = await looking.glance(partial(self._read, call_next))
            if not first.only and not isinstance(finding, Found):
                await self._clock.sleep(first.settled_in)
                finding = await self._find(looking, request, call_next)
        if first.only and isinstance(finding, Absent):
            return Response(status=204)
        return self._conclude(finding, request, record, may_send=True)

    async def _find(self, looking: Looking, request: Request, call_next: Send) -> Finding:
        """Within the call's deadline; beyond it nothing can be told."""
        try:
            with self._clock.fail_after(_left(request, self._clock)):
                return await looking.find(partial(self._read, call_next), apart=SECOND_LOOK * self._policy.scale)
        except TimeoutError:
            return Ambiguous("and the call's time was over before it could be told")

    def _conclude(self, finding: Finding, request: Request, record: CallRecord, *, may_send: bool) -> Response | None:
        if isinstance(finding, Found):
            return finding.response.with_attempts(record.attempts)
        if isinstance(finding, Absent):
            record.settle()
            return None
        if may_send and self._account_idempotency and request.identity is not None:
            return None  # the service itself returns the first one [D]
        raise record.unknown_outcome(finding.why) from finding.cause

    async def _read(self, call_next: Send, request: Request) -> Response:
        """Read a page for a look-up: tried again like any other read, but without a token of the budget."""
        record = CallRecord(self._clock, request, self._clock.monotonic(), self._clock.now())
        return await self._send(request.replace(record=record), record, call_next, spends=False)


def _says_it_was_sent(error: AstriaError) -> bool:
    return isinstance(error, TransportError) and error.request_was_sent


def _left(request: Request, clock: Clock) -> float:
    return inf if request.deadline is None else request.deadline - clock.monotonic()


def _streak(attempts: tuple[Attempt, ...]) -> int:
    """How many times in a row the last result has come."""
    same = takewhile(lambda attempt: attempt.result == attempts[-1].result, reversed(attempts))
    return sum(1 for _ in same)
