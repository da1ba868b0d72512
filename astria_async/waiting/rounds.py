"""One round: everything of one list that is due, by as few requests as possible. It runs within the leader's task group."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from anyio.abc import TaskGroup
from attrs import define, field

from .._wire import Response
from ..errors import AstriaError
from .entry import Entry, Space
from .reading import NoPageError, NotYetError, is_young, model_in, read_one, read_page
from .schedule import PAGE, is_worth_a_page

if TYPE_CHECKING:
    from .watch import Watch

log: logging.Logger = logging.getLogger("astria_async")

#: Objects that are not where they belong in their list, and are read by themselves in one round: a list that lags must
#: not lead to thousands of requests.
MISSING_AT_ONCE = 30
#: Seconds after which a list that was of no use is tried again.
NO_PAGES = 300.0


@define(eq=False, repr=False)
class Round:
    """Looks at what is due. What is not looked at in the end stays due."""

    watch: Watch
    space: Space
    due: Sequence[Entry]
    tasks: TaskGroup
    _singles: list[Entry] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.watch.under_way += 1
        for entry in self.due:
            entry.read_by, entry.told = self, float("inf")

    async def run(self) -> None:
        """Read by pages what lies close together, and the rest one by one."""
        by_pages = [entry for entry in self.due if not entry.is_unlisted]
        self._singles = [entry for entry in self.due if entry.is_unlisted]
        left = set(self.due)
        try:
            if self.space.source.page is None or self.space.no_pages_before > self.watch.clock.monotonic():
                self._singles += by_pages
            else:
                await self._read_pages(sorted(by_pages, key=lambda entry: -entry.number))
            for entry in self._singles:
                if not await self.watch.hand_out(entry, SingleLook(self, entry)):
                    self.watch.under_way += 1
                    self.tasks.start_soon(self._read_single, entry)
                left.discard(entry)
        finally:
            self._end(left)

    def _end(self, entries: Sequence[Entry] | set[Entry]) -> None:
        """Whatever was not looked at is due as before."""
        watch = self.watch
        for entry in entries:
            if entry.read_by is self:  # else it was looked at, and somebody else may look at it again by now
                entry.read_by = None
        watch.under_way -= 1
        if not watch.under_way:
            watch.quiet.set()

    def is_wanted(self, entry: Entry) -> bool:
        return self.space.entries.get(entry.number) is entry

    # --- By pages

    async def _read_pages(self, due: Sequence[Entry]) -> None:
        """Page after page, each from the newest object that is due and was not on the last one."""
        space, watch, at = self.space, self.watch, 0
        pending = sorted((entry.number for entry in space.entries.values() if not entry.is_unlisted), reverse=True)
        place = {number: index for index, number in enumerate(pending)}
        while at < len(due) and not watch.is_leaving:
            top = due[at]
            if not self.is_wanted(top):
                at += 1
                continue
            if top.number not in place or not is_worth_a_page(pending, place[top.number], space.span):
                self._singles.append(top)
                at += 1
                continue
            try:
                items, response = await read_page(space.source, top.number + 1)
            except NotYetError as problem:
                self._miss(due[at:], str(problem), problem.retry_after)
                await watch.deliver()
                return
            except NoPageError as problem:
                log.info("%ss are read one by one: %s", space.source.noun, problem)
                space.no_pages_before = watch.clock.monotonic() + NO_PAGES
                self._singles += due[at:]
                return
            except AstriaError as error:  # of the key, or of a client that is closed: it holds for all alike
                for entry in due[at:]:
                    watch.end(entry, error)
                await watch.deliver()
                return
            async with watch.turn:
                below = self._settle(items, response)
                at += self._look_for_missing(due[at:], below)
                await watch.deliver_in_turn()

    def _settle(self, items: list[dict[str, Any]], response: Response) -> int:
        """Note everything on a page that is waited for. Returns the lowest id that the page tells of."""
        space, entries = self.space, self.space.entries
        if len(items) == PAGE:
            space.span = items[0]["id"] - items[-1]["id"] + 1
        if space.source.share is not None:
            space.source.share(items)
        wanted = [(entries[item["id"]], item) for item in items if item["id"] in entries]
        for entry, item in wanted:
            self._note(entry, item, response)
        self.watch.emit(space, is_page=True, seen=len(wanted))
        return min((item["id"] for item in items), default=0)  # an empty page ends a list [D]

    def _note(self, entry: Entry, item: dict[str, Any], response: Response) -> None:
        entry.is_unlisted = False
        try:
            seen = model_in(self.space.source, item, response)
        except AstriaError as error:  # an answer of another shape stays so
            self.watch.end(entry, error, response)
        else:
            self.watch.saw(entry, seen, response)

    def _look_for_missing(self, due: Sequence[Entry], below: int) -> int:
        """How many of those that are due a page has told of; the ones that should have been on it are read singly."""
        told = 0
        for entry in due:
            if entry.number < below:
                break
            told += 1
            if entry.read_by is self and self.is_wanted(entry):
                if len(self._singles) < MISSING_AT_ONCE:
                    entry.is_unlisted = True
                    self._singles.append(entry)
                else:
                    self.watch.missed(entry, "it is not in the list", 0.0)
        return told

    def _miss(self, entries: Sequence[Entry], problem: str, retry_after: float) -> None:
        for entry in entries:
            self.watch.missed(entry, problem, retry_after)
        log.info("%ss.wait: %s", self.space.source.noun, problem)
        self.watch.emit(self.space, is_page=True, seen=0, problem=problem)

    # --- One by one

    async def _read_single(self, entry: Entry) -> None:
        watch = self.watch
        try:
            async with watch.singles:
                if watch.is_leaving or not self.is_wanted(entry):
                    return
                await self.look(entry)
            await watch.deliver()
        finally:
            self._end([entry])

    async def look(self, entry: Entry) -> None:
        watch, source = self.watch, self.space.source
        clock, problem = watch.clock, ""
        young = is_young(entry.last, clock.now(), clock.monotonic() - entry.began)
        try:
            seen, response = await read_one(source, entry.number, is_young=young)
        except NotYetError as not_yet:
            problem = str(not_yet)
            watch.missed(entry, problem, not_yet.retry_after)
            log.info("%ss.wait: %s %d: %s", source.noun, source.noun, entry.number, problem)
        except AstriaError as error:
            problem = str(error)
            watch.end(entry, error)
        else:
            watch.saw(entry, seen, response)
        watch.emit(self.space, is_page=False, seen=not problem, problem=problem)


@define(eq=False, repr=False)
class SingleLook:
    """One look at one object, for whoever waits for it to make."""

    round: Round
    entry: Entry

    async def carry_out(self) -> None:
        """Look, and tell everybody who waits for it."""
        watch, entry = self.round.watch, self.entry
        try:
            async with watch.singles:
                if self.round.is_wanted(entry):
                    await self.round.look(entry)
            await watch.deliver()
        finally:
            self.drop()

    def drop(self) -> None:
        """Leave it to others, unless it was made."""
        if self.entry.read_by is self.round:
            self.entry.read_by = None
            self.round.watch.wake_by(self.entry.at)
