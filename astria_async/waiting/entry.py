"""What a watch keeps: each object that is waited for, who waits for it, and what is known of its list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import anyio
from attrs import define, field

from ..errors import AstriaError
from ..models import Prompt, Tune, VideoInspection
from .progress import Progress
from .reading import Source
from .schedule import Durations

Seen: TypeAlias = Tune | Prompt | VideoInspection
#: What came of an object: as it is in the end, or why it never will be done.
Outcome: TypeAlias = Seen | AstriaError

_NEVER = float("inf")


@define(eq=False, repr=False)
class Seat:
    """Somebody who waits, for one object or for several. `news` are the objects that have ended since it looked last.

    `tell` is called for each look at one of its objects, in the waiting task. `is_enough` says whether the news are worth
    going away for. `responses` takes the last answer, for `with_raw_response`. `order` is a look that it makes itself.
    """

    interval: float | None
    tell: Callable[[Entry], None] | None
    responses: list[Any] | None
    response: Any = None
    pending: dict[int, Entry] = field(factory=dict)
    news: list[tuple[int, Outcome]] = field(factory=list)
    looks: dict[Entry, None] = field(factory=dict)
    event: anyio.Event | None = None
    order: Order | None = None
    is_closed: bool = False
    is_enough: Callable[[Seat], bool] = field(default=lambda seat: bool(seat.news))

    def report(self) -> None:
        """Tell of the looks since the last time."""
        if self.tell is not None and self.looks:
            looks, self.looks = self.looks, {}
            for entry in looks:
                self.tell(entry)


class Order(Protocol):
    """A look at one object, which whoever waits for it makes in its own task; or leaves to others."""

    async def carry_out(self) -> None: ...
    def drop(self) -> None: ...


@define(eq=False, repr=False)
class Entry:
    """One object that is waited for. Times are by `Clock.monotonic`.

    It is looked at when it is `due`, or `told`: that is when a notice of it is confirmed. `read_by` is the round that looks at
    it now. `is_unlisted`: it was not where
    it belongs in its list, and is read by itself.
    """

    space: Space
    number: int
    began: float
    progress: Progress[Any]
    due: float
    last: Seen | None = None
    told: float = _NEVER
    was_told: bool = False
    read_by: object = None
    is_unlisted: bool = False
    reads: int = 0
    failed: int = 0
    failures: int = 0
    last_failure: str = ""
    seats: dict[Seat, None] = field(factory=dict)

    @property
    def at(self) -> float:
        """When it is looked at next."""
        return min(self.due, self.told)

    @property
    def interval(self) -> float | None:
        """The shortest interval that somebody asked for; None leaves it to the schedule."""
        asked = [seat.interval for seat in self.seats if seat.interval is not None]
        return min(asked) if asked else None

    def age(self) -> float:
        """Seconds since it was created, if that is known; else since it was waited for first."""
        clock, created = self.space.source.clock, getattr(self.last, "created_at", None)
        waited = clock.monotonic() - self.began
        return waited if created is None else max(waited, (clock.now() - created).total_seconds())

    def expected(self) -> float | None:
        """At which age it is probably done, in seconds; None if nothing tells."""
        return self.space.durations.expected(self.last, self.age())

    def report(self) -> str:
        """The end of a sentence about the looks that failed; empty if there was none."""
        if not self.failed:
            return ""
        return f"; {self.failed} of {self.reads} reads failed, the last with: {self.last_failure}"


@define(eq=False, repr=False)
class Space:
    """All objects of one kind and workspace. `span` is how many ids a whole page of the list goes over; `no_pages_before`
    is when a list that was of no use is tried again.
    """

    source: Source
    entries: dict[int, Entry] = field(factory=dict)
    durations: Durations = field(factory=Durations)
    span: int | None = None
    no_pages_before: float = float("-inf")
    #: Of tunes that are waited for: when each was seen trained, None while it is not.
    trained: dict[int, float | None] = field(factory=dict)
