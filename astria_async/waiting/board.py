"""What is waited for on one event loop: who waits for what, when each object is looked at next, and what came of it.

Nothing here waits or sends. `Watch` has it done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import anyio
from attrs import define, field

from .._wire import Clock, Response
from ..errors import AstriaError
from ..models import Tune, TuneState
from ..telemetry import Polled
from ..telemetry.explanation import PollState
from .entry import Entry, Outcome, Seat, Seen, Space
from .reading import Source
from .schedule import SHORTEST, pause, pause_after_failure

#: Seconds for which notices are gathered, so that they are confirmed together.
GATHERED = 1.0
#: Tunes of which it is remembered when they were trained.
REMEMBERED = 1000
_NEVER = float("inf")


@define(eq=False, repr=False)
class Board:
    """The objects, and whoever waits for them.

    `wake_at` is when the plan is looked at again, at the latest; `changed` is set if that is earlier now. `to_deliver` is
    what the seats have not been told yet; None in place of an outcome: it was only looked at.
    """

    clock: Clock
    spaces: dict[object, Space] = field(factory=dict)
    changed: anyio.Event = field(factory=anyio.Event)
    wake_at: float = _NEVER
    to_deliver: deque[tuple[Seat, Entry, Outcome | None]] = field(factory=deque)
    has_closed: bool = False
    batch_at: float = -_NEVER
    failing_since: float | None = None
    problem: str = ""

    # --- Who waits

    def sit(self, source: Source, wanted: Iterable[tuple[int, Seen | None]], seat: Seat) -> None:
        """Somebody begins to wait for objects, of which this is known."""
        key = (source.workspace, source.noun)
        space = self.spaces.get(key)
        if space is None:
            space = self.spaces[key] = Space(source)
        space.source, now = source, self.clock.monotonic()
        for number, known in wanted:
            entry = space.entries.get(number)
            if entry is None:
                entry = space.entries[number] = Entry(space, number, now, source.progress(), now)
            entry.last = entry.last or known
            entry.seats[seat], seat.pending[number] = None, entry
            self.wake_by(entry.due)

    def leave(self, seat: Seat) -> None:
        """Somebody waits no longer."""
        for entry in [*seat.pending.values()]:
            self.give_up(seat, entry)

    def give_up(self, seat: Seat, entry: Entry) -> None:
        """Somebody waits no longer for this one."""
        del seat.pending[entry.number]
        entry.seats.pop(seat, None)
        if not entry.seats:
            self._forget(entry)

    def _forget(self, entry: Entry) -> None:
        space = entry.space
        if space.entries.get(entry.number) is entry:
            del space.entries[entry.number]
            if space.trained.get(entry.number, 0.0) is None:
                del space.trained[entry.number]

    def wake_by(self, moment: float) -> None:
        """Somebody has to look at the plan at this moment, at the latest."""
        if moment < self.wake_at:
            self.wake_at = moment
            self.changed.set()

    def take_note(self) -> None:
        """What has changed until now is known: `changed` is set by the next change."""
        self.changed = anyio.Event()

    def take_due(self) -> list[tuple[Space, list[Entry]]]:
        """What is due now and is not looked at already, by its list. Sets `wake_at`."""
        now, wake_at, due = self.clock.monotonic(), _NEVER, list[tuple[Space, list[Entry]]]()
        if self.has_closed:
            self._sweep()
        for space in self.spaces.values():
            of_space: list[Entry] = []
            for entry in space.entries.values():
                if entry.read_by is not None:
                    continue
                at = min(entry.told, entry.due)
                if at <= now:
                    of_space.append(entry)
                elif at < wake_at:
                    wake_at = at
            if of_space:
                due.append((space, of_space))
        self.wake_at = wake_at
        return due

    def _sweep(self) -> None:
        """Forget the seats of those who went away without a word."""
        self.has_closed = False
        entries = [entry for space in self.spaces.values() for entry in space.entries.values()]
        for seat in {seat for entry in entries for seat in entry.seats if seat.is_closed}:
            self.leave(seat)

    # --- What came of a look

    def saw(self, entry: Entry, seen: Seen, response: Response) -> None:
        """An object was read."""
        space, now = entry.space, self.clock.monotonic()
        entry.last, entry.failures, self.failing_since = seen, 0, None
        entry.reads += 1
        if isinstance(seen, Tune):
            self._note_training(space, seen, now)
        try:
            is_done = entry.progress.is_done(seen, now)
        except AstriaError as error:
            self.end(entry, error, response)
            return
        if is_done:
            space.durations.learn(seen)
            self.end(entry, seen, response)
            return
        interval = entry.interval
        if interval is None:
            interval = pause(entry.age(), expected=entry.expected(), pending=len(space.entries))
            if entry.was_told:  # a list may lag behind the one who called [I]
                interval = min(interval, SHORTEST)
        self._next_look(entry, now + interval, response)

    def missed(self, entry: Entry, problem: str, retry_after: float) -> None:
        """A look at an object said nothing."""
        entry.reads, entry.failed, entry.failures = entry.reads + 1, entry.failed + 1, entry.failures + 1
        entry.last_failure = self.problem = problem
        now = self.clock.monotonic()
        if self.failing_since is None:
            self.failing_since = now
        self._next_look(
            entry, now + pause_after_failure(entry.age(), entry.failures, retry_after, entry.interval), None
        )

    def _next_look(self, entry: Entry, due: float, response: Response | None) -> None:
        entry.due, entry.was_told, entry.read_by = due, False, None
        self.wake_by(entry.at)
        for seat in entry.seats:
            if response is not None and seat.responses is not None:
                seat.response = response
            if seat.tell is not None:
                self.to_deliver.append((seat, entry, None))

    def end(self, entry: Entry, outcome: Outcome, response: Response | None = None) -> None:
        """An object is done, or never will be: everybody who waits for it is to be told."""
        self._forget(entry)
        entry.read_by = None
        for seat in entry.seats:
            if response is not None and seat.responses is not None:
                seat.response = response
            self.to_deliver.append((seat, entry, outcome))

    def _note_training(self, space: Space, tune: Tune, now: float) -> None:
        if tune.state is not TuneState.TRAINED:
            space.trained.setdefault(tune.id, None)
        elif space.trained.get(tune.id) is None:
            space.trained[tune.id] = now
        if len(space.trained) > REMEMBERED:
            del space.trained[next(iter(space.trained))]

    def trained_at(self, workspace: object, tune: int | None) -> float | None:
        """When a tune was seen trained; infinity while it is known to be still training; None if nothing is known."""
        space = self.spaces.get((workspace, "tune"))
        if space is None or tune is None or tune not in space.trained:
            return None
        moment = space.trained[tune]
        return _NEVER if moment is None else moment

    # --- Notices

    def told(self, kind: str, number: int) -> None:
        """Something says that an object has changed. It is read before that is believed, with others of the same second."""
        for space in self.spaces.values():
            entry = space.entries.get(number) if space.source.noun == kind else None
            if entry is not None and entry.told == _NEVER:
                entry.told, entry.was_told = self._batch(), True
                self.wake_by(entry.told)

    def _batch(self) -> float:
        """When the next batch of notices is confirmed: at once if there was none for a second."""
        now = self.clock.monotonic()
        if self.batch_at <= now:
            self.batch_at = max(now, self.batch_at + GATHERED)
        return self.batch_at

    # --- What it tells

    def emit(self, space: Space, *, is_page: bool, seen: int, problem: str = "") -> None:
        """Tell the observer of a look, if there is one."""
        source = space.source
        if source.observer is not None:
            event = Polled(
                operation=f"{source.noun}s.wait", at=self.clock.monotonic(), kind=source.noun, is_page=is_page, seen=seen,
                pending=len(space.entries), problem=problem,
            )  # fmt: skip
            source.observer(event)

    def state(self) -> PollState:
        """What the waits do."""
        now, pending = self.clock.monotonic(), sum(len(space.entries) for space in self.spaces.values())
        failing_for = None if self.failing_since is None or not pending else now - self.failing_since
        return PollState(
            pending=pending,
            next_look=max(0.0, self.wake_at - now) if pending and self.wake_at < _NEVER else None,
            failing_for=failing_for,
            problem=self.problem if failing_for is not None else "",
        )
