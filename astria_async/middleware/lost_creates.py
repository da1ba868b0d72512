"""Finding what lost creates have made: one reading of a list serves all that are looked for in it.

The service has finished with a request after 30 s [D], so some time later its object is there or will never be. A list
is read newest first, down to the first attempt of the oldest lost create. What was read is kept as long as anything is
looked for in the list. "It made nothing" takes two readings, some seconds apart, since a list may lag behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, TypeAlias

import anyio
from attrs import define, field, frozen

from .._codec import http_date, is_json, parsed, query_string
from .._loops import PerLoop
from .._wire import Clock, Effect, Request, Response, Send
from ..errors import AstriaError
from .lookup import (
    MARGIN,
    ROUNDING,
    Item,
    Verdict,
    Window,
    identity_of,
    judge,
    keys_of,
    made_at,
    made_by_one_run,
    sent_in,
    wanted_keys,
    window_of,
)
from .own_objects import OwnObjects, intent_of
from .record import CallRecord

#: The most items that the service gives in one page [D], and so the fewest requests.
PAGE = 120
#: Pages read before a reading is given up: 12,000 objects.
MAX_PAGES = 100
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
    """Neither can be told; `why` completes the sentence "it may have taken place ..."."""

    why: str


Finding: TypeAlias = Found | Absent | Ambiguous


@define(eq=False)
class _Lost:
    """A create that is looked for. A reading counts if it began at `due` or later. `low` and `top` are ids of this
    client's own objects that are certainly older, and newer; None: not known.
    """

    request: Request
    record: CallRecord
    due: float
    low: int | None
    top: int | None = None
    since: datetime | None = None  # by the server's clock: when it was prepared, maybe by another process
    readings: list[float] = field(factory=list)  # when those readings began that went far enough for this one

    @property
    def intent(self) -> object:
        return intent_of(self.request, self.record)

    def window(self, server_now: datetime | None, clock: Clock) -> Window:
        if self.since is not None:
            return Window(
                since=self.since - timedelta(seconds=MARGIN), exactly=self.since - timedelta(seconds=ROUNDING)
            )
        return window_of(server_now, self.record.age(), clock.monotonic() - self.record.began)


@define(eq=False)
class _Shelf:
    """What is known of one list: every object that was read, by what it is told by, and what is looked for."""

    root: str
    lock: anyio.Lock = field(factory=anyio.Lock)
    items: dict[int, Item] = field(factory=dict)
    by_key: dict[object, set[int]] = field(factory=dict)
    without_key: set[int] = field(factory=set)
    lost: list[_Lost] = field(factory=list)
    server_now: datetime | None = None
    is_in_order: bool = True
    failure: tuple[float, AstriaError] | None = None  # when the last reading failed, and how

    def put(self, item: Item) -> None:
        number = item["id"]
        if number in self.items:  # a field may have been filled in since: put it where it belongs now
            for key in keys_of(self.items[number], self.root):
                self.by_key.get(key, set()).discard(number)
            self.without_key.discard(number)
        self.items[number] = item
        keys = keys_of(item, self.root)
        for key in keys:
            self.by_key.setdefault(key, set()).add(number)
        if not keys:
            self.without_key.add(number)

    def candidates(self, request: Request) -> list[Item]:
        """The objects that could be this create's, newest first."""
        keys = wanted_keys(request)
        if keys is None:
            numbers = {*self.items}
        else:
            numbers = {*self.without_key}.union(*(self.by_key.get(key, set()) for key in keys))
        return [self.items[number] for number in sorted(numbers, reverse=True)]


class LostCreates:
    """All that a client has lost, on whatever event loop, and what it knows of its own objects."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shelves: PerLoop[dict[object, _Shelf]] = PerLoop(dict)
        self.own = OwnObjects()

    @contextmanager
    def looking_for(self, request: Request, record: CallRecord, *, settled_in: float) -> Iterator[Looking]:
        """From now on each reading of its list goes far enough for this create, too. `settled_in` is in how many seconds
        the service is certainly done with its last attempt.
        """
        lookup, first = request.lookup, request.look_first
        assert lookup is not None
        shelves = self._shelves.get()
        workspace = lookup.workspace if lookup.workspace is not None else request.headers.get("x-workspace-id")
        key = (lookup.list_url, query_string(lookup.filters), workspace)
        shelf = shelves.setdefault(key, _Shelf(lookup.root))
        began = record.began if first is None else float("-inf")
        lost = _Lost(
            request, record, due=self._clock.monotonic() + settled_in, low=self.own.newest_before(lookup.root, began),
            since=None if first is None else first.since,
        )  # fmt: skip
        shelf.lost.append(lost)
        try:
            yield Looking(self._clock, self.own, shelf, lost)
        finally:
            shelf.lost.remove(lost)
            if not shelf.lost:
                shelves.pop(key, None)


class Looking:
    """The search for one lost create."""

    def __init__(self, clock: Clock, own: OwnObjects, shelf: _Shelf, lost: _Lost) -> None:
        self._clock, self._own, self._shelf, self._lost = clock, own, shelf, lost

    async def find(self, send: Send, *, apart: float = SECOND_LOOK) -> Finding:
        """Read as little as it takes. `apart` is how many seconds lie between two readings that find nothing.

        Raises whatever `send` raises that is not an AstriaError.
        """
        lost, shelf = self._lost, self._shelf
        while True:
            found = self._found()
            if isinstance(found, Found):
                return found
            if len(lost.readings) > 1 and lost.readings[-1] - lost.readings[0] >= apart:
                return found
            if lost.readings:
                await self._clock.sleep(lost.readings[0] + apart - self._clock.monotonic())
            least = lost.due if not lost.readings else lost.readings[0] + apart
            asked = self._clock.monotonic()
            async with shelf.lock:  # whoever comes first reads for all, and whoever is cancelled lets the next one read
                if isinstance(self._found(), Found) or (lost.readings and lost.readings[-1] >= least):
                    continue
                if shelf.failure is not None and shelf.failure[0] >= asked:
                    return Ambiguous(f"and looking for it failed: {shelf.failure[1]}")
                problem = await self._read(send)
            if problem is not None:
                return Ambiguous(problem)

    async def glance(self, send: Send) -> Finding:
        """Read the list once, now. Before the create is certainly over, "absent" says only that it is not there yet."""
        async with self._shelf.lock:
            problem = await self._read(send)
        return self._found() if problem is None else Ambiguous(problem)

    # --- What it is among what was read

    def _found(self) -> Finding:
        """The verdict over everything that was read so far."""
        lost, request = self._lost, self._lost.request
        window = lost.window(self._shelf.server_now, self._clock)
        mine, maybe = list[Item](), list[Item]()
        for item in self._shelf.candidates(request):
            if self._own.is_anothers(self._shelf.root, item["id"], lost.intent):
                continue
            verdict = judge(item, request, window)
            if verdict is not Verdict.NOT:
                (mine if verdict is Verdict.MINE else maybe).append(item)
        if mine and request.lookup is not None and request.lookup.tune_ids is not None:
            return self._found_run(mine)
        if mine and (request.identity_drawn or len(mine) <= self._twins()):
            item = mine[-1]  # the oldest: its twin takes the next one
            self._own.claim(self._shelf.root, item["id"], lost.intent)
            return Found(self._answer(item))
        if mine or maybe:
            return Ambiguous(f"as {(mine or maybe)[0]['id']}, which could be another's")
        if not self._shelf.is_in_order:
            return Ambiguous("and is not in the list, which did not come newest first")
        if request.identity is not None and not self._own.is_echoed(request.identity):
            return Ambiguous(
                f"and is not in the list, which does not show the {request.identity.value[1]} that was sent"
            )
        return Absent()

    def _found_run(self, mine: list[Item]) -> Finding:
        """The prompts of a pack's run, as the service would have answered [V]."""
        lookup = self._lost.request.lookup
        assert lookup is not None
        runs = [
            run for run in made_by_one_run(mine) if {item.get("tune_id") for item in run} <= {*(lookup.tune_ids or ())}
        ]
        if not runs:
            return Absent()
        if len(runs) > 1:
            return Ambiguous(f"as the prompts {mine[0]['id']} and others, which could be another's")
        run = sorted(runs[0], key=lambda item: item["id"])
        for item in run:
            self._own.claim(self._shelf.root, item["id"], self._lost.intent)
        answer: dict[str, Any] = {"status": 201, "prompt_ids": [item["id"] for item in run]}
        if run[0].get("order_id") is not None:
            answer["order"] = {"id": run[0]["order_id"], "tune_ids": list(lookup.tune_ids or ())}
        return Found(self._answer(answer))

    def _answer(self, item: Item) -> Response:
        date = self._shelf.server_now
        return Response.of_json(201, item, {"date": format_datetime(date, usegmt=True)} if date else None)

    def _twins(self) -> int:
        """How many creates are looked for that nothing tells from this one: each may take one of their objects."""
        mine = self._lost.request
        return sum(
            other.request.lookup == mine.lookup
            and identity_of(other.request) == identity_of(mine)
            and sent_in(other.request) == sent_in(mine)
            for other in self._shelf.lost
        )

    # --- Reading

    async def _read(self, send: Send) -> str | None:
        """Read the list down to where no lost create's object can be any more. Returns what went wrong, if anything."""
        shelf, clock = self._shelf, self._clock
        began = clock.monotonic()
        waiting = [lost for lost in shelf.lost if lost.due <= began] or [self._lost]
        for lost in waiting:
            lost.top = self._own.oldest_since(shelf.root, lost.due)
        tops = [lost.top for lost in waiting]
        before = None if None in tops else max(top for top in tops if top is not None)
        try:
            for _ in range(MAX_PAGES):
                page = await self._page(send, before)
                if page is None:
                    return "and looking for it gave no list"
                if page and before is not None and min(item["id"] for item in page) >= before:
                    return "and the list gave the same page again"
                waiting = [lost for lost in waiting if not self._is_passed(lost, page, began)]
                if not waiting:
                    return None
                before = min(item["id"] for item in page)
        except AstriaError as error:
            if self._lost.request.deadline is None or clock.monotonic() < self._lost.request.deadline:
                shelf.failure = (
                    clock.monotonic(),
                    error,
                )  # of the list, not of this call: the others need not ask again
            return f"and looking for it failed: {error}"
        if self._lost in waiting:
            return f"and is not among the newest {MAX_PAGES * PAGE}"
        return None

    def _is_passed(self, lost: _Lost, page: list[Item], began: float) -> bool:
        """Whether no later page can hold this create's object: an empty page ends a list [D], a short one does not."""
        since = lost.window(self._shelf.server_now, self._clock).since
        times = [made_at(item) for item in page]
        is_older = since is not None and bool(page) and all(made is not None and made < since for made in times)
        is_lower = lost.low is not None and bool(page) and min(item["id"] for item in page) <= lost.low
        if page and not is_older and not is_lower:
            return False
        if began >= lost.due:
            lost.readings.append(began)
        return True

    async def _page(self, send: Send, before: int | None) -> list[Item] | None:
        """One page, put on the shelf; None if it is not one."""
        create, lookup, shelf = self._lost.request, self._lost.request.lookup, self._shelf
        assert lookup is not None
        headers: Mapping[str, str] = create.headers
        if lookup.workspace is not None:
            headers = {**headers, "x-workspace-id": str(lookup.workspace)}
        request = Request(
            method="GET", url=lookup.list_url + query_string({**lookup.filters, "limit": PAGE, "before_id": before}),
            operation=f"{create.operation} (looking for it)", effect=Effect.READ, headers=headers,
            timeout=create.timeout, deadline=create.deadline, accepts=is_json, max_bytes=create.max_bytes,
        )  # fmt: skip
        response = await send(request)
        page = parsed(response, request)
        if not isinstance(page, list) or not all(
            isinstance(item, dict) and type(item.get("id")) is int for item in page
        ):
            return None
        shelf.server_now = http_date(response.headers.get("date", ""))
        numbers = [item["id"] for item in page]
        if numbers != sorted(numbers, reverse=True):
            shelf.is_in_order = False
        for item in page:
            shelf.put(item)
            self._own.check_echo(shelf.root, item)
        return page
