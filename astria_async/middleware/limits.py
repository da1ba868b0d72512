"""How many attempts are in flight at once: found out from the service's answers, first come first served."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from attrs import frozen

from .._codec.answers import retry_after
from .._loops import PerLoop
from .._wire import Clock, Request, Response, Send
from ..errors import ConfigurationError, TransportError
from ._gate import Gate


@frozen(kw_only=True)
class Limits:
    """How much a client may ask at once.

    `max_in_flight` is the most attempts at a time. With `adaptive` it begins at `start` and doubles a round until the
    first 429; from then on it grows by one a round, more slowly where the last 429 came, and shrinks with every 429 to
    what the service took, with a 503 or a lost answer by half. After a 429 nothing is sent for what its Retry-After
    says, else for `cooldown` seconds (no number is documented [D]), at most for `max_cooldown`.

    `requests_per_second` spaces attempts out evenly; None does not. Where polls and other calls both wait, polls have
    the share `polling_share` of the slots, and the others the rest: neither starves.
    """

    max_in_flight: int = 64
    adaptive: bool = True
    start: int = 10
    cooldown: float = 1.0
    max_cooldown: float = 120.0
    requests_per_second: float | None = None
    polling_share: float = 0.25

    def __attrs_post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise ConfigurationError("limits: " + "; ".join(problems))

    def _problems(self) -> Iterator[str]:
        for name in ("max_in_flight", "start"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                yield f"{name}={value!r} is no number of attempts, 1 or more"
        for name in ("cooldown", "max_cooldown"):
            if not (isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                yield f"{name}={getattr(self, name)!r} is not 0 or more"
        rate = self.requests_per_second
        if rate is not None and not (isfinite(rate) and rate > 0):
            yield f"requests_per_second={rate!r} is not above 0; None means no limit"
        if not 0 < self.polling_share < 1:
            yield f"polling_share={self.polling_share!r} is not between 0 and 1"


@frozen(kw_only=True)
class LimiterStatistics:
    """A limiter now: attempts in flight, how many may be, how many tasks wait, and the seconds until it sends again."""

    in_flight: int
    limit: int
    waiting: int
    cooling_down: float


class Limiter:
    """Holds a slot for each attempt, from the moment it may be sent until its answer is read; never while waiting.

    One for each event loop that the client is used on. Shared by every view of a client, so that a 429 found out by
    one call slows all of them.
    """

    def __init__(self, limits: Limits, *, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._gates = PerLoop(self._new_gate)

    def _new_gate(self) -> Gate:
        limits = self._limits
        first = min(limits.start, limits.max_in_flight) if limits.adaptive else limits.max_in_flight
        return Gate(
            clock=self._clock,
            limit=float(first),
            most=limits.max_in_flight,
            spacing=0.0 if limits.requests_per_second is None else 1 / limits.requests_per_second,
            polling_share=limits.polling_share,
        )

    async def __call__(self, request: Request, call_next: Send, /) -> Response:
        gate = self._gates.get()
        if not gate.enter_at_once():
            await self._wait_for_slot(gate, request)
        began = self._clock.monotonic()
        gate.took(request.is_poll)
        try:
            response = await call_next(request)
        except TransportError as error:
            if error.request_was_sent and self._limits.adaptive:
                gate.halve(began)
            raise
        finally:
            gate.leave(request.is_poll)
        self._learn(gate, response, began)
        return response

    def statistics(self) -> LimiterStatistics:
        """What it does on the running event loop."""
        gate = self._gates.get()
        return LimiterStatistics(
            in_flight=gate.in_flight,
            limit=int(gate.limit),
            waiting=gate.waiting,
            cooling_down=max(0.0, gate.resume_at - self._clock.monotonic()),
        )

    async def _wait_for_slot(self, gate: Gate, request: Request) -> None:
        left = None if request.deadline is None else request.deadline - self._clock.monotonic()
        try:
            with self._clock.fail_after(left):
                await gate.stand_in_queue(request.is_poll)
            return
        except TimeoutError:
            pass
        raise TransportError("the call's time was over before there was a slot to send it", request_was_sent=False)

    def _learn(self, gate: Gate, response: Response, began: float) -> None:
        if response.status == 429:
            asked = retry_after(response.headers, self._clock.now())
            gate.cool_down(self._limits.cooldown if asked is None else min(asked, self._limits.max_cooldown))
            if self._limits.adaptive:
                gate.shrink_to_fit(began)
        elif not self._limits.adaptive:
            return
        elif response.status == 503:
            gate.halve(began)
        else:
            gate.grow()
