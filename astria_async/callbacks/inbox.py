"""Where callbacks lie until they are handled: a protocol of four methods, and the one in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Literal, Protocol, TypeAlias

import anyio
import attrs
from attrs import field, frozen

State: TypeAlias = Literal["waiting", "running", "done", "given up"]

#: How many handled events an inbox in memory remembers: later copies of them are not handled again.
REMEMBERED = 10_000


@frozen(kw_only=True)
class InboxItem:
    """A callback that came, and what is to become of it.

    Args:
        event: What tells it from others: the same for a second call about the same objects at the same URL.
        kind: "tune", "prompt" or "prompts".
        ids: The ids of the tunes or prompts.
        url: The path and query that was called. Its signature is as good as a key for this one URL.
        key: Items with the same key are handled one after the other, across all processes of the inbox.
        added_at: When it came.
        due_at: When it may be handled.
        attempts: How often its handler was started.
        state: Where it stands.
        problem: Why the last attempt failed; None for no failure.
        claim: What tells this claim from others; None unless it is running.
    """

    event: str
    kind: Literal["tune", "prompt", "prompts"]
    ids: tuple[int, ...]
    url: str = field(repr=False)
    key: str
    added_at: datetime
    due_at: datetime
    attempts: int = 0
    state: State = "waiting"
    problem: str | None = None
    claim: str | None = field(default=None, repr=False)


class Inbox(Protocol):
    """Keeps items, for one process or for several. Times are handed in; all are aware."""

    async def add(self, item: InboxItem) -> bool:
        """Keep an item, for good once this returns. False if its event is there already, handled or not."""
        ...

    async def claim(self, now: datetime, lease: timedelta, held: InboxItem | None = None) -> InboxItem | None:
        """The next item that is due, for this caller alone until `now + lease`; None if nothing is.

        An item is due if it waits and its time has come, or if it runs and its lease is over; and if no other item of
        its key runs, or came before it and still waits for its turn. Its `attempts` are counted up. With `held` it
        prolongs the lease of an item that was claimed, and returns it; None if somebody else has claimed it since.
        """
        ...

    async def finish(self, item: InboxItem, *, retry_at: datetime | None = None, problem: str | None = None) -> bool:
        """The end of a claim: done; to be tried again at `retry_at`; or given up, if only a `problem` is told.

        Without a `problem`, `retry_at` puts the item off, and its attempt does not count.

        False, and nothing changes, if somebody else has claimed it since. An item that was given up, as `left_over`
        gives it, is put back with `retry_at`.
        """
        ...

    async def left_over(self) -> list[InboxItem]:
        """All that is not done: waiting, running and given up, the oldest first."""
        ...


def after_finish(item: InboxItem, retry_at: datetime | None, problem: str | None) -> InboxItem:
    """What an item becomes at the end of a claim."""
    if retry_at is not None:
        # What was put off or broken off, without a problem, has not cost an attempt.
        fresh = 0 if item.state == "given up" else item.attempts - (problem is None)
        return attrs.evolve(item, state="waiting", due_at=retry_at, problem=problem, claim=None, attempts=fresh)
    state: State = "done" if problem is None else "given up"
    return attrs.evolve(item, state=state, problem=problem, claim=None)


class MemoryInbox:
    """An inbox of one process, which forgets everything when it ends. For tests, and where `reconcile` runs at each start."""

    def __init__(self) -> None:
        self._items: dict[str, InboxItem] = {}
        self._leases: dict[str, datetime] = {}
        self._done: dict[str, None] = {}
        self._count = count(1)

    async def add(self, item: InboxItem) -> bool:
        """Keep an item; False if its event is there already."""
        if item.event in self._items or item.event in self._done:
            return False
        self._items[item.event] = item
        return True

    async def claim(self, now: datetime, lease: timedelta, held: InboxItem | None = None) -> InboxItem | None:
        """The next item that is due; None if nothing is."""
        if held is not None:
            mine = self._mine(held)
            if mine is not None:
                self._leases[held.event] = now + lease
            return mine
        busy: set[str] = set()
        for item in self._items.values():  # in the order in which they came
            runs = item.state == "running" and self._leases[item.event] > now
            if item.state == "given up" or item.key in busy:
                continue
            busy.add(item.key)
            if runs or item.due_at > now:
                continue
            claimed = attrs.evolve(item, state="running", attempts=item.attempts + 1, claim=str(next(self._count)))
            self._items[item.event], self._leases[item.event] = claimed, now + lease
            return claimed
        return None

    async def finish(self, item: InboxItem, *, retry_at: datetime | None = None, problem: str | None = None) -> bool:
        """The end of a claim; False if somebody else has claimed it since."""
        if self._mine(item) is None:
            return False
        changed = after_finish(item, retry_at, problem)
        self._leases.pop(item.event, None)
        if changed.state == "done":
            del self._items[item.event]
            self._done[item.event] = None
            if len(self._done) > REMEMBERED:
                del self._done[next(iter(self._done))]
        else:
            self._items[item.event] = changed
        return True

    async def left_over(self) -> list[InboxItem]:
        """All that is not done, the oldest first."""
        return [*self._items.values()]

    def _mine(self, item: InboxItem) -> InboxItem | None:
        """The item as it is kept, if the caller's claim of it still holds."""
        items: Mapping[str, InboxItem] = self._items
        kept = items.get(item.event)
        return kept if kept is not None and kept.claim == item.claim else None


class News:
    """Wakes whoever waits for the next item. Of one event loop."""

    def __init__(self) -> None:
        self.event: anyio.Event = anyio.Event()

    def tell(self) -> None:
        event, self.event = self.event, anyio.Event()
        event.set()
