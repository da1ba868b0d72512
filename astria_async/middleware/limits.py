"""How many attempts are in flight at once: found out from the service's answers, first come first served."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from sys import float_info

from attrs import frozen

from .._codec.headers import retry_after
from .._runtime.loops import PerLoop
from .._values.numbers import take_plain_numbers
from .._values.spelling import with_explained_options
from .._wire import Clock, Request, Response, Send
from ..errors import ConfigurationError, RequestTimeoutError, TransportError
from ..telemetry import SlotAwaited, SlotTaken
from ._adaptive_limit import AdaptiveLimit, Lease
from ._limit_estimate import LimitEstimate, ending_of

#: Seconds until a slot may be free, for who does not wait for one: an attempt takes about that long [I].
SLOT_WAIT = 0.5


@with_explained_options
@frozen(kw_only=True)
class Limits:
    """How much a client may ask at once. Each event loop that the client is used on has these limits for itself.

    They hold for the API. Requests to other hosts (uploads to storage) have `max_in_flight` slots of their own, and
    what those hosts answer does not slow down the API.

    Args:
        max_in_flight: The most attempts at a time, 1 or more.
        adaptive: Find out how many attempts the service takes. The limit begins at `start` and doubles each round until
            the first 429. A 429 sets it to what the service took, but at most halves it. Then one more attempt is tried
            each 30 cool-downs; if the service takes it for 5 cool-downs, two more are tried, then four. A 503 halves
            the limit. So do lost answers and gateway errors (502, 504, 52x), if they are more than a tenth of the last
            50 answers; then it grows by one a round. False keeps it at `max_in_flight`.
        start: Attempts at a time to begin with, 1 or more, if `adaptive`.
        cooldown: Seconds without any attempt after a 429 that has no Retry-After, 0 or more. No number is
            documented [D].
        max_cooldown: The most seconds that a Retry-After is obeyed, `cooldown` or more.
        requests_per_second: Attempts are spaced out evenly to this rate, above 0. None means no limit of the rate.
        polling_share: The share of polls in what is sent if polls and other calls both wait, above 0 and below 1. The
            others have the rest, so neither kind starves. Then slow polls hold at most this share of the slots, too
            (rounded up).

    Raises:
        ConfigurationError: A value is of another kind or out of its range. All such values are named, in one line.
    """

    max_in_flight: int = 64
    adaptive: bool = True
    start: int = 10
    cooldown: float = 1.0
    max_cooldown: float = 120.0
    requests_per_second: float | None = None
    polling_share: float = 0.25

    def __attrs_post_init__(self) -> None:
        take_plain_numbers(self)
        problems = list(self._problems())
        if problems:
            raise ConfigurationError("limits: " + "; ".join(problems))

    def _problems(self) -> Iterator[str]:
        for name in ("max_in_flight", "start"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                yield f"{name}={_shown(value)}: give a whole number of attempts, 1 or more"
        if not isinstance(self.adaptive, bool):
            yield f"adaptive={_shown(self.adaptive)}: give True or False"
        cooldown, most, rate = self.cooldown, self.max_cooldown, self.requests_per_second
        for name, value in (("cooldown", cooldown), ("max_cooldown", most)):
            if not (_is_number(value) and value >= 0):
                yield f"{name}={_shown(value)}: give seconds, 0 or more"
        if _is_number(cooldown) and _is_number(most) and 0 <= most < cooldown:
            yield f"max_cooldown={_shown(most)}: it is below cooldown={_shown(cooldown)}; raise it, or lower cooldown"
        # A rate so small that its spacing is infinite would never send anything.
        if rate is not None and not (_is_number(rate) and rate > 0 and isfinite(1 / rate)):
            yield f"requests_per_second={_shown(rate)}: give a rate above 0, or None for no limit"
        if not (_is_number(self.polling_share) and 0 < self.polling_share < 1):
            yield f"polling_share={_shown(self.polling_share)}: give a share above 0 and below 1, such as 0.25"


def _no_slot(pause: float) -> RequestTimeoutError:
    """For who does not wait for a slot: in how many seconds there may be one."""
    error = RequestTimeoutError("no slot is free to send it now", request_was_sent=False)
    error.retry_in = max(pause, SLOT_WAIT)
    return error


def _is_number(value: object) -> bool:
    """Whether it is an int or float, finite, and not a bool."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= float_info.max


def _shown(value: object) -> str:
    """A value of any kind, in one short line."""
    return " ".join(repr(value).split())[:60]


@frozen(kw_only=True)
class LimiterStatistics:
    """A limiter at this moment, on the running event loop, as far as the API is concerned.

    Args:
        in_flight: Attempts that were sent and are not yet answered.
        limit: How many may be in flight now.
        waiting: Tasks that wait for a slot.
        cooling_down: Seconds until something is sent again; 0 if it may be sent now.
    """

    in_flight: int
    limit: int
    waiting: int
    cooling_down: float


class Limiter:
    """Holds a slot for each attempt, from the moment it may be sent until its answer is read; never while waiting.

    All views of a client share it, so that a 429 found out by one call slows all of them. (What becomes of the call
    that got the 429 is decided by `RetryPolicy`.) Each event loop has slots of its own.

    Args:
        limits: The settings.
        clock: Where time comes from.
        base_url: The API's. Requests to other URLs, and those without credentials, have slots and pauses of their own:
            a storage host that refuses says nothing about the API. None judges by the credentials alone.
    """

    def __init__(self, limits: Limits, *, clock: Clock, base_url: str | None = None) -> None:
        self._limits = limits
        self._clock = clock
        self._api = "" if base_url is None else base_url.rstrip("/") + "/"
        self._of_loop = PerLoop(self._new)

    def _new(self) -> tuple[AdaptiveLimit, AdaptiveLimit]:
        """The limit of the API, and that of all other hosts."""
        limits, rate = self._limits, self._limits.requests_per_second
        fixed, slots, estimate = limits.max_in_flight, limits.max_in_flight, None
        if limits.adaptive:
            slots = min(limits.start, limits.max_in_flight)
            estimate = LimitEstimate(limit=slots, most=limits.max_in_flight, cooldown=limits.cooldown)
        share, clock = limits.polling_share, self._clock
        return (
            AdaptiveLimit(
                clock=clock,
                slots=slots,
                estimate=estimate,
                spacing=0.0 if rate is None else 1 / rate,
                polling_share=share,
            ),
            AdaptiveLimit(clock=clock, slots=fixed, polling_share=share),
        )

    async def __call__(self, request: Request, call_next: Send) -> Response:
        api, others = self._of_loop.get()
        # As `Auth` judges: what goes out without the key is not counted against the account.
        limit = api if request.credentials and request.url.startswith(self._api) else others
        lease = limit.acquire_nowait(request.is_poll) or await self._wait_for_lease(limit, request)
        try:
            response = await call_next(request)
        except TransportError as error:
            # What was not sent says nothing about the service.
            limit.release(lease, "lost" if error.request_was_sent else "silent")
            raise
        except BaseException:
            limit.release(lease, "silent")  # cancelled, or a mistake of somebody's middleware
            raise
        status = response.status
        if status == 429:
            limit.release(lease, "refused", self._pause_after(response))
        else:
            limit.release(lease, "answered" if 200 <= status < 300 else ending_of(status))
        return response

    def statistics(self) -> LimiterStatistics:
        """What it does on the running event loop, for the API.

        Raises:
            ConfigurationError: No event loop is running.
        """
        try:
            limit, _ = self._of_loop.get()
        except RuntimeError:  # of anyio; its class has another name in earlier versions
            raise ConfigurationError("statistics: each event loop has its own; call it while one is running") from None
        return LimiterStatistics(
            in_flight=limit.in_flight,
            limit=limit.slots,
            waiting=limit.waiting,
            cooling_down=max(0.0, limit.resume_at - self._clock.monotonic()),
        )

    async def _wait_for_lease(self, limit: AdaptiveLimit, request: Request) -> Lease:
        began, trace = self._clock.monotonic(), request.trace
        if not request.waits:
            raise _no_slot(limit.resume_at - began)
        left = None if request.deadline is None else request.deadline - began
        if trace is not None:
            trace.emit(SlotAwaited, is_poll=request.is_poll)
        try:
            with self._clock.fail_after(left):
                lease = await limit.acquire(request.is_poll)
            if trace is not None:
                trace.emit(SlotTaken, seconds=self._clock.monotonic() - began)
            return lease
        except TimeoutError:
            pass
        raise RequestTimeoutError("the call's time was over before there was a slot to send it", request_was_sent=False)

    def _pause_after(self, response: Response) -> float:
        """For how many seconds nothing is sent after this 429."""
        asked = retry_after(response.headers, self._clock.now())
        return self._limits.cooldown if asked is None else min(asked, self._limits.max_cooldown)
