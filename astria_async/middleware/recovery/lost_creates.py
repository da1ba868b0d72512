"""Finding what lost creates have made: one reading of a list serves all that are looked for in it.

The service has finished with a request after 30 s [D], so some time later its object is there or will never be. A list
is read newest first, down to the first attempt of the oldest lost create. What was read is kept as long as anything is
looked for in the list. "It made nothing" takes two readings, some seconds apart, since a list may lag behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from email.utils import format_datetime
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

import anyio
from attrs import frozen

from ..._codec import query_string
from ..._runtime.loops import PerLoop
from ..._wire import SERVER_TIMEOUT, Clock, Request, Response, Send
from ...errors import AstriaError
from ..record import CallRecord
from .known_list import KnownList, LostCreate
from .lookup import ANY_TIME, Item, Verdict, could_be, identity_of, judge, made_by_one_run, sent_in, shows_identity
from .own_objects import OwnObjects

#: Seconds between the two readings without which nothing counts as not made: a list may lag behind [I].
SECOND_LOOK = 10.0


@frozen
class Found:
    """The object is there: the answer that the create would have given."""

    response: Response


@frozen
class Absent:
    """The object certainly does not exist."""


@frozen
class Ambiguous:
    """Neither can be told; `why` completes the sentence "it may have taken place ...". `cause`: the list could not be read."""

    why: str
    cause: AstriaError | None = None


Finding: TypeAlias = Found | Absent | Ambiguous


class LostCreates:
    """All that a client has lost, on whatever event loop, and what it knows of its own objects."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lists: PerLoop[dict[tuple[str, str, str], KnownList]] = PerLoop(dict)
        self._locks: PerLoop[WeakValueDictionary[object, anyio.Lock]] = PerLoop(WeakValueDictionary)
        self.own: OwnObjects = OwnObjects()
        self._workspace: int | str | None = None

    def within(self, workspace: int | str | None) -> LostCreates:
        """The same, for a view whose requests go to this workspace: another one's list does not hold its objects."""
        view = copy(self)
        view._workspace = workspace
        return view

    def saw(self, list_url: str, items: Iterable[Item]) -> None:
        """Objects of a list that a wait has read: what is looked for in it may be among them."""
        for (url, filters, workspace), known in self._lists.get().items():
            if (url, filters, workspace) == (list_url, "", str(self._workspace)):
                for item in items:
                    known.put(item)
                    self.own.check_echo(known.root, item)

    def lock_of(self, intent: object) -> anyio.Lock:
        """Held by the calls of one order, one after the other; it goes with the last of them."""
        locks = self._locks.get()
        lock = locks.get(intent)
        if lock is None:
            lock = locks[intent] = anyio.Lock()
        return lock

    @contextmanager
    def looking_for(self, request: Request, record: CallRecord, *, settled_in: float) -> Iterator[Looking]:
        """From now on each reading of its list goes far enough for this create, too. `settled_in` is in how many seconds
        the service is certainly done with its last attempt.
        """
        lookup, first = request.lookup, request.look_first
        assert lookup is not None
        lists = self._lists.get()
        own = request.headers.get("x-workspace-id", self._workspace)
        workspace = lookup.workspace if lookup.workspace is not None else own
        key = (lookup.list_url, query_string(lookup.filters), str(workspace))
        known = lists.setdefault(key, KnownList(lookup.root, self._clock, self.own))
        now, began = self._clock.monotonic(), record.began if first is None else float("-inf")
        over = settled_in if first is not None else min(settled_in, SERVER_TIMEOUT)
        lost = LostCreate(
            request, record, over=now + over, due=now + settled_in, low=self.own.newest_before(lookup.root, began),
            since=None if first is None else first.since,
        )  # fmt: skip
        for twin in known.lost:
            if _are_twins(twin, lost):
                twin.has_twin = lost.has_twin = True
        known.lost.append(lost)
        try:
            yield Looking(self._clock, self.own, known, lost)
        finally:
            known.lost.remove(lost)
            if not known.lost:
                lists.pop(key, None)


class Looking:
    """The search for one lost create."""

    def __init__(self, clock: Clock, own: OwnObjects, known: KnownList, lost: LostCreate) -> None:
        self._clock, self._own, self._known, self._lost = clock, own, known, lost

    async def find(self, send: Send, *, apart: float = SECOND_LOOK) -> Finding:
        """Read as little as it takes. `apart` is how many seconds lie between two readings that find nothing.

        Raises whatever `send` raises that is not an AstriaError.
        """
        lost, known, clock = self._lost, self._known, self._clock
        while True:
            found = self._found()
            if isinstance(found, Found) or self._has_looked_twice(apart):
                return found
            readings = len(lost.readings)
            await clock.sleep((lost.readings[0] + apart if readings else lost.due) - clock.monotonic())
            asked = clock.monotonic()
            async with known.lock:  # whoever comes first reads for all, and whoever is cancelled lets the next one read
                if isinstance(self._found(), Found) or (self._has_looked_twice(apart) if readings else lost.readings):
                    continue
                failure = _failed_since(known, asked)
                if failure is not None:
                    return Ambiguous(f"and looking for it failed: {failure}", failure)
                problem = await known.read(send, lost)
            if problem is not None:
                return Ambiguous(problem)

    def _has_looked_twice(self, apart: float) -> bool:
        readings = self._lost.readings
        return len(readings) > 1 and readings[-1] >= readings[0] + apart

    async def glance(self, send: Send) -> Finding:
        """Read the list once, now. Before the create is certainly over, "absent" says only that it is not there yet."""
        known, asked = self._known, self._clock.monotonic()
        async with known.lock:
            if self._lost.readings:  # another one's reading went far enough for this, too
                return self._found()
            problem = None if _failed_since(known, asked) else await known.read(send, self._lost)
        failure = _failed_since(known, asked)
        if failure is not None:
            return Ambiguous(f"and looking for it failed: {failure}", failure)
        return self._found() if problem is None else Ambiguous(problem)

    # --- What it is among what was read

    def _found(self) -> Finding:
        """The verdict over everything that was read so far."""
        lost, request = self._lost, self._lost.request
        window = self._known.window(lost)
        mine, maybe = list[Item](), list[Item]()
        for item in self._known.candidates(request):
            if self._own.is_anothers(self._known.root, item["id"], lost.intent):
                continue
            verdict = judge(item, request, window)
            if verdict is not Verdict.NOT:
                (mine if verdict is Verdict.MINE else maybe).append(item)
        for item in lost.record.refused:
            if could_be(item, request) and not self._own.is_anothers(self._known.root, item["id"], lost.intent):
                maybe.append(item)  # the service may have changed its title or seed
        rivals = [
            item for item in maybe if shows_identity(item, request)
        ]  # the same, but made before: by another clock
        if mine and not rivals and request.lookup is not None and request.lookup.tune_ids is not None:
            return self._found_run(mine)
        if mine and (request.identity_drawn or (not rivals and len(mine) <= self._twins())):
            item = mine[-1]  # the oldest: its twin takes the next one
            if not request.identity_drawn and self._could_be_of_one_under_way(item):
                return Ambiguous(f"as {item['id']}, which could be that of another call under way")
            if not self._own.take(self._known.root, item["id"], lost.intent):
                return self._found()  # a twin in another thread was faster
            return Found(self._answer(item))
        if mine or maybe:
            return Ambiguous(f"as {(mine or maybe)[0]['id']}, which could be another's")
        if not self._known.is_in_order:
            return Ambiguous("and is not in the list, which did not come newest first")
        unshown = self._own.unshown(request)
        if unshown is not None:
            return Ambiguous(f"and is not in the list, which does not show the {unshown} that was sent")
        return Absent()

    def _found_run(self, mine: list[Item]) -> Finding:
        """The prompts of a pack's run, as the service would have answered [V]."""
        lookup = self._lost.request.lookup
        assert lookup is not None
        tunes = lookup.tune_ids or ()
        runs = [run for run in made_by_one_run(mine) if all(item.get("tune_id") in tunes for item in run)]
        if not runs:
            return Absent()
        if len(runs) > 1 or self._lost.has_twin or self._own.has_unnamed_run(lookup.expect, self._lost.record.began):
            return Ambiguous(f"as the prompts {mine[0]['id']} and others, which could be another's")
        run = sorted(runs[0], key=lambda item: item["id"])
        if self._could_be_of_one_under_way(run[0]):
            return Ambiguous(
                f"as the prompts {run[0]['id']} and others, which could be those of another call under way"
            )
        for item in run:
            self._own.claim(self._known.root, item["id"], self._lost.intent)
        answer: dict[str, Any] = {"status": 201, "prompt_ids": [item["id"] for item in run]}
        if run[0].get("order_id") is not None:
            answer["order"] = {"id": run[0]["order_id"], "tune_ids": list(lookup.tune_ids or ())}
        return Found(self._answer(answer))

    def _could_be_of_one_under_way(self, item: Item) -> bool:
        """Whether another call of this client, which is not over yet, may have made it: it would be given to both."""
        twins = [other.record for other in self._known.lost if _are_twins(other, self._lost)]  # each takes its own
        return any(
            record not in twins and judge(item, request, ANY_TIME) is not Verdict.NOT
            for request, record in self._own.others_under_way(self._lost.record, self._lost.intent)
            if request.lookup is not None and request.lookup.root == self._known.root
        )

    def _answer(self, item: Item) -> Response:
        date = self._known.server_now
        return Response.from_json(201, item, {"date": format_datetime(date, usegmt=True)} if date else None)

    def _twins(self) -> int:
        """How many creates are looked for that nothing tells from this one: each may take one of their objects."""
        return sum(_are_twins(other, self._lost) for other in self._known.lost)


def _failed_since(known: KnownList, asked: float) -> AstriaError | None:
    """Why the list could not be read since then; None if it could."""
    return known.failure[1] if known.failure is not None and known.failure[0] >= asked else None


def _are_twins(one: LostCreate, other: LostCreate) -> bool:
    a, b = one.request, other.request
    return a.lookup == b.lookup and identity_of(a) == identity_of(b) and sent_in(a) == sent_in(b)
