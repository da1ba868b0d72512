"""One wait, for one object or for many: its deadline, what it tells, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from attrs import frozen

from .._values.numbers import number_or_none, shown_value
from ..errors import AstriaError, GenerationFailedError, NotFoundError, ParameterError, WaitTimeoutError
from ..middleware.raw_response import responses_seen
from ..models import Prompt, Tune, VideoInspection
from .entry import Entry, Outcome, Seat, Seen
from .reading import Source
from .watch import Watch

#: Seconds after which it is looked at again whether a tune is trained whose prompts are waited for.
RECHECK = 5.0
#: What takes a prompt's place in the list of a `wait_all` that does not raise.
_IN_PLACE = (GenerationFailedError, WaitTimeoutError, NotFoundError)
_NEVER = float("inf")


@frozen(kw_only=True)
class WaitProgress:
    """What `on_progress` is told after each look at an object that is waited for.

    Args:
        kind: "tune", "prompt" or "inspection".
        id: The object's id.
        state: Its state as a text, such as "pending"; "" before it was seen.
        seconds: Its age, in seconds.
        expected: At which age it is probably done, in seconds; None if nothing tells.
        next_look: In how many seconds it is looked at again; 0 if it has ended.
        why: Why it is slow; "" if nothing holds it up.
        done: How many objects of this wait have ended.
        total: How many objects this wait is for.
        last: The object as last seen; None before that.
    """

    kind: str
    id: int
    state: str
    seconds: float
    expected: float | None
    next_look: float
    why: str
    done: int
    total: int
    last: Tune | Prompt | VideoInspection | None


OnProgress: TypeAlias = Callable[[WaitProgress], object]
"""Told of each look: a plain function. What it raises ends the wait."""


class Wait:
    """A wait for some objects, by their ids; `wanted` has what is known of each. Times are in seconds.

    Raises ParameterError for a time that makes no sense.
    """

    def __init__(
        self,
        watch: Watch,
        source: Source,
        wanted: Sequence[tuple[int, Seen | None]],
        *,
        timeout: float | None,
        interval: float | None,
        on_progress: OnProgress | None = None,
    ) -> None:
        self.watch: Watch = watch
        self._source, self._timeout, self._on_progress = source, timeout, on_progress
        self._began = watch.clock.monotonic()
        self._check_at = _NEVER if timeout is None else self._began + timeout
        self.seat: Seat = Seat(interval, None if on_progress is None else self._tell, responses_seen())
        self.total: int = len(wanted)
        open_ones: list[tuple[int, Seen | None]] = []
        for number, known in wanted:
            outcome = None if known is None else _outcome_of(source, known, self._began)
            if outcome is None:
                open_ones.append((number, known))
            else:
                self.seat.news.append((number, outcome))
        if open_ones:
            watch.sit(source, open_ones, self.seat)

    async def news(self) -> list[tuple[int, Outcome]]:
        """What has ended since the last time; if nothing has, it waits. What is late is a WaitTimeoutError."""
        seat, clock = self.seat, self.watch.clock
        while not seat.news:
            late = self._late(clock.monotonic())
            if late:
                return late
            left = None if self._check_at == _NEVER else self._check_at - clock.monotonic()
            try:
                with clock.fail_after(left):
                    await self.watch.until_enough(seat)
            except TimeoutError:
                if clock.monotonic() < self._check_at:
                    raise  # of the user's on_progress
        news, seat.news = seat.news, []
        return news

    @property
    def is_over(self) -> bool:
        """Whether everything has ended, and was told."""
        return not self.seat.pending and not self.seat.news

    def close(self) -> None:
        """It is waited no longer."""
        seat = self.seat
        self.watch.leave(seat)
        if seat.responses is not None and seat.response is not None:
            seat.responses.append(seat.response)

    def _late(self, now: float) -> list[tuple[int, Outcome]]:
        """The objects whose time is over, each with its error."""
        if now < self._check_at:
            return []
        late, next_check = list[tuple[int, Outcome]](), _NEVER
        for entry in [*self.seat.pending.values()]:
            end = self._end_of(entry, now)
            if end <= now:
                self.watch.give_up(self.seat, entry)
                late.append((entry.number, self._late_error(entry)))
            else:
                next_check = min(next_check, end)
        self._check_at = next_check
        return late

    def _end_of(self, entry: Entry, now: float) -> float:
        """When the time of an object is over. That of a prompt begins when its tune is trained, if that is known."""
        timeout, end = self._timeout or 0.0, self._began + (self._timeout or 0.0)
        if not isinstance(entry.last, Prompt):
            return end
        trained = self.watch.trained_at(self._source.workspace, entry.last.tune_id)
        if trained is None:
            return end
        return max(end, now + RECHECK if trained == _NEVER else trained + timeout)

    def _late_error(self, entry: Entry) -> WaitTimeoutError:
        noun, last = self._source.noun, entry.last
        seen = f"last seen: {last!r}" if last is not None else "it was never read"
        error = last.user_error if isinstance(last, Prompt) else None
        said = f", which says: {error}" if error else ""
        go_on = f"to wait on: await astria.{'video' if noun == 'inspection' else noun}s.wait({entry.number})"
        text = f"{noun} {entry.number} was not done within {self._timeout:g} s; {seen}{said}{entry.report()}; {go_on}"
        return WaitTimeoutError(text, last=last)

    def _tell(self, entry: Entry) -> None:
        last, seat = entry.last, self.seat
        is_done = entry.number not in seat.pending
        age = entry.age()
        assert self._on_progress is not None
        self._on_progress(
            WaitProgress(
                kind=self._source.noun,
                id=entry.number,
                state="" if last is None else str(last.state),
                seconds=age,
                expected=entry.expected(),
                next_look=0.0 if is_done else max(0.0, entry.at - self.watch.clock.monotonic()),
                why="" if is_done else self._source.why_slow(),
                done=self.total - len(seat.pending),
                total=self.total,
                last=last,
            )
        )


async def wait_one(
    watch: Watch,
    source: Source,
    number: int,
    known: Seen | None,
    *,
    timeout: float | None,
    interval: float | None,
    on_progress: OnProgress | None = None,
) -> Any:
    """The object with this id once it is done. `known` is what is known already: if it is done, nothing is read.

    `timeout` is in seconds, None waits for ever. It is the only bound: no answer, an unreadable one, 408, 425, 429 and 5xx
    mean "not yet". `interval` is the seconds between two looks, None is a schedule of the SDK's own; after a failed look it
    is never shorter than that schedule, nor than the Retry-After (up to LONGEST_RETRY_AFTER).

    Raises WaitTimeoutError, with what was seen last and the last failure; APIError for every other status; what the
    source's `progress` raises; and ParameterError.
    """
    timeout, interval = seconds("timeout", timeout), seconds("interval", interval)
    wait = Wait(watch, source, [(number, known)], timeout=timeout, interval=interval, on_progress=on_progress)
    try:
        [(_, outcome)] = await wait.news()
    finally:
        wait.close()
    if isinstance(outcome, AstriaError):
        raise outcome
    return outcome


async def wait_all(
    watch: Watch,
    source: Source,
    wanted: Sequence[tuple[int, Seen | None]],
    *,
    timeout: float | None,
    interval: float | None,
    on_progress: OnProgress | None,
    return_exceptions: bool,
) -> list[Any]:
    """What came of each object, in the given order; see `Prompts.wait_all`."""
    unique: dict[int, Seen | None] = {}
    for number, known in wanted:
        unique[number] = unique.get(number) or known
    wait = Wait(watch, source, [*unique.items()], timeout=timeout, interval=interval, on_progress=on_progress)
    results: dict[int, Any] = {}

    def is_fatal(outcome: Outcome) -> bool:
        return isinstance(outcome, AstriaError) and not (return_exceptions and isinstance(outcome, _IN_PLACE))

    wait.seat.is_enough = lambda seat: not seat.pending or any(is_fatal(outcome) for _, outcome in seat.news)
    try:
        while not wait.is_over:
            news = await wait.news()
            results.update(news)
            fatal = [outcome for _, outcome in news if is_fatal(outcome)]
            if fatal:
                error = _one_for_all(fatal, len(unique))
                error.results = [results.get(number) for number, _ in wanted]
                raise error
    finally:
        wait.close()
    return [results[number] for number, _ in wanted]


def _one_for_all(errors: Sequence[Any], total: int) -> AstriaError:
    """The error to be raised: the first one. If several are late, it says how many."""
    first: AstriaError = errors[0]
    if len(errors) > 1 and isinstance(first, WaitTimeoutError):
        return WaitTimeoutError(
            f"{len(errors)} of {total} prompts were not done in time; the first: {first}", last=first.last
        )
    return first


def _outcome_of(source: Source, known: Seen, now: float) -> Outcome | None:
    """What came of an object that is known already; None if it is not done."""
    try:
        return known if source.progress().is_done(known, now) else None
    except AstriaError as error:
        return error


def seconds(name: str, value: object) -> float | None:
    """Seconds as Python's own number; None stays None. Raises ParameterError."""
    number = value if isinstance(value, float) else number_or_none(value)
    if value is None or (number is not None and number >= 0):
        return number
    raise ParameterError(f"{name}: {shown_value(value)} is not a time; give seconds, 0 or more, or None")
