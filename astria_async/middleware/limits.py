"""How many attempts are in flight at once: found out from the service's answers, first come first served."""

from __future__ import annotations

from collections import deque

import anyio
from attrs import define, field, frozen

from .._codec.answers import retry_after
from .._loops import PerLoop
from .._wire import Clock, Request, Response, Send
from ..errors import ConfigurationError, TransportError


@frozen(kw_only=True)
class Limits:
    """How much a client may ask at once.

    `max_in_flight` is the most attempts at a time. With `adaptive` it begins at `start`, doubles a round until the
    first 429, then grows by one a round, and is halved by a 429, a 503 or a timeout. After a 429 nothing is sent for
    what its Retry-After says, else for `cooldown` seconds (no number is documented [D]); longer than `max_cooldown`
    nothing is held back.
    """

    max_in_flight: int = 64
    adaptive: bool = True
    start: int = 10
    cooldown: float = 1.0
    max_cooldown: float = 120.0

    def __attrs_post_init__(self) -> None:
        problems = [
            f"{name}={getattr(self, name)!r} is not 1 or more"
            for name in ("max_in_flight", "start")
            if isinstance(getattr(self, name), bool) or not getattr(self, name) >= 1
        ]
        problems += [
            f"{name}={getattr(self, name)!r} is not 0 or more"
            for name in ("cooldown", "max_cooldown")
            if not getattr(self, name) >= 0
        ]
        if problems:
            raise ConfigurationError("limits: " + "; ".join(problems))


@frozen(kw_only=True)
class LimiterStatistics:
    """A limiter now: attempts in flight, how many may be, how many tasks wait, and the seconds until it sends again."""

    in_flight: int
    limit: int
    waiting: int
    cooling_down: float


@define(eq=False)
class _Gate:
    """The slots of one event loop. A task that cannot have one at once stands in the queue; only its head acts."""

    limit: float
    in_flight: int = 0
    resume_at: float = float("-inf")
    shrunk_at: float = float("-inf")
    saw_limit: bool = False  # once a 429 came, growth is additive
    queue: deque[anyio.Event] = field(factory=deque)

    def wake_head(self) -> None:
        if self.queue:
            self.queue[0].set()


class Limiter:
    """Holds a slot for each attempt, from the moment it may be sent until its answer is read; never while waiting.

    One for each event loop that the client is used on. Shared by every view of a client, so that a 429 found out by
    one call slows all of them.
    """

    def __init__(self, limits: Limits, *, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        first = min(limits.start, limits.max_in_flight) if limits.adaptive else limits.max_in_flight
        self._gates = PerLoop(lambda: _Gate(limit=float(first)))

    async def __call__(self, request: Request, call_next: Send, /) -> Response:
        gate = self._gates.get()
        if gate.queue or gate.in_flight >= int(gate.limit) or gate.resume_at > self._clock.monotonic():
            await self._wait_for_slot(gate, request.deadline)
        else:
            gate.in_flight += 1
        began = self._clock.monotonic()
        try:
            response = await call_next(request)
        except TransportError as error:
            if error.request_was_sent:
                self._shrink(gate, began)
            raise
        finally:
            gate.in_flight -= 1
            gate.wake_head()
        self._learn(gate, response, began)
        return response

    def statistics(self) -> LimiterStatistics:
        """What it does on the running event loop."""
        gate = self._gates.get()
        return LimiterStatistics(
            in_flight=gate.in_flight,
            limit=int(gate.limit),
            waiting=len(gate.queue),
            cooling_down=max(0.0, gate.resume_at - self._clock.monotonic()),
        )

    async def _wait_for_slot(self, gate: _Gate, deadline: float | None) -> None:
        left = None if deadline is None else deadline - self._clock.monotonic()
        try:
            with self._clock.fail_after(left):
                await self._stand_in_queue(gate)
            return
        except TimeoutError:
            pass
        raise TransportError("the call's time was over before there was a slot to send it", request_was_sent=False)

    async def _stand_in_queue(self, gate: _Gate) -> None:
        mine = anyio.Event()
        gate.queue.append(mine)
        try:
            while True:
                pause = gate.resume_at - self._clock.monotonic()
                if gate.queue[0] is mine and gate.in_flight < int(gate.limit) and pause <= 0:
                    break
                if gate.queue[0] is mine and pause > 0:
                    await self._clock.sleep(pause)
                else:
                    await mine.wait()
                    mine = self._again(gate, mine)
            gate.in_flight += 1
        finally:
            gate.queue.remove(mine)
            gate.wake_head()

    @staticmethod
    def _again(gate: _Gate, woken: anyio.Event) -> anyio.Event:
        """A fresh event in the place of one that was set."""
        fresh = anyio.Event()
        gate.queue[gate.queue.index(woken)] = fresh
        return fresh

    def _learn(self, gate: _Gate, response: Response, began: float) -> None:
        if response.status == 429:
            now = self._clock.monotonic()
            asked = retry_after(response.headers, self._clock.now())
            pause = self._limits.cooldown if asked is None else min(asked, self._limits.max_cooldown)
            gate.resume_at = max(gate.resume_at, now + pause)
            gate.saw_limit = True
            self._shrink(gate, began)
        elif response.status == 503:
            self._shrink(gate, began)
        elif self._limits.adaptive and (gate.queue or gate.in_flight + 1 >= int(gate.limit)):  # else room was unused
            grown = gate.limit + (1 / gate.limit if gate.saw_limit else 1)
            gate.limit = min(grown, float(self._limits.max_in_flight))
            gate.wake_head()

    def _shrink(self, gate: _Gate, began: float) -> None:
        """Halve, but once for all the attempts that were in flight together."""
        if self._limits.adaptive and began >= gate.shrunk_at:
            gate.limit = max(1.0, gate.limit / 2)
            gate.shrunk_at = self._clock.monotonic()
