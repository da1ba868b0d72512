"""One of the service's lists, as far as it was read, and the creates that are looked for in it.

A list is read newest first, down to where none of these creates' objects can be any more: one reading serves all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import anyio
from attrs import define, field

from ..._codec import http_date, is_json, parsed, query_string
from ..._wire import Clock, Effect, Request, Send
from ...errors import AstriaError
from ..record import CallRecord
from .lookup import MARGIN, ROUNDING, Item, Window, keys_of, made_at, wanted_keys, window_of
from .own_objects import OwnObjects, intent_of

#: The most items that the service gives in one page [D], and so the fewest requests.
PAGE = 120
#: Pages read before a reading is given up: 12,000 objects.
MAX_PAGES = 100


@define(eq=False)
class LostCreate:
    """A create that is looked for. The service is done with it at `over`; a reading counts if it began at `due` or later.
    `low` and `top` are ids of this client's own objects that are certainly older, and newer; None: not known.
    `has_twin`: another one was looked for at the same time from which nothing tells it.
    """

    request: Request
    record: CallRecord
    over: float
    due: float
    low: int | None
    top: int | None = None
    since: datetime | None = None  # by the server's clock: when it was prepared, maybe by another process
    has_twin: bool = False
    readings: list[float] = field(factory=list)  # when those readings began that went far enough for this one

    @property
    def intent(self) -> object:
        return intent_of(self.request, self.record)


@define(eq=False)
class KnownList:
    """Every object that was read of a list, by what it is told by."""

    root: str
    clock: Clock
    own: OwnObjects
    lock: anyio.Lock = field(factory=anyio.Lock)
    items: dict[int, Item] = field(factory=dict)
    by_key: dict[object, set[int]] = field(factory=dict)
    without_key: set[int] = field(factory=set)
    lost: list[LostCreate] = field(factory=list)
    server_now: datetime | None = None  # by the Date of the last page,
    read_at: float = 0.0  # which came then
    is_in_order: bool = True
    failure: tuple[float, AstriaError] | None = None  # when the last reading failed, and how

    def put(self, item: Item) -> None:
        """Keep an object, under what it is told by now: a field may have been filled in since it was read last."""
        number = item["id"]
        if number in self.items:
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

    def window(self, lost: LostCreate) -> Window:
        """When its object can have been made: counted back from the moment at which the server told its time."""
        if lost.since is not None:
            return Window(
                since=lost.since - timedelta(seconds=MARGIN), exactly=lost.since - timedelta(seconds=ROUNDING)
            )
        return window_of(self.server_now, lost.record.age(), self.read_at - lost.record.began)

    async def read(self, send: Send, mine: LostCreate) -> str | None:
        """Read it down to where no lost create's object can be any more. Returns what went wrong, if anything."""
        began = self.clock.monotonic()
        waiting = [lost for lost in self.lost if lost.due <= began] or [mine]
        for lost in waiting:
            lost.top = self.own.oldest_since(self.root, lost.over)
        tops = [lost.top for lost in waiting]
        before = None if None in tops else max(top for top in tops if top is not None)
        try:
            for _ in range(MAX_PAGES):
                page = await self._page(send, before, mine.request)
                if page is None:
                    return "and looking for it gave no list"
                if page and before is not None and min(item["id"] for item in page) >= before:
                    return "and the list gave the same page again"
                waiting = [lost for lost in waiting if not self._is_passed(lost, page, began)]
                if not waiting:
                    return None
                before = min(item["id"] for item in page)
        except AstriaError as error:
            if mine.request.deadline is None or self.clock.monotonic() < mine.request.deadline:
                self.failure = (self.clock.monotonic(), error)  # of the list: the others need not ask again
            return f"and looking for it failed: {error}"
        return f"and is not among the newest {MAX_PAGES * PAGE}" if mine in waiting else None

    def _is_passed(self, lost: LostCreate, page: list[Item], began: float) -> bool:
        """Whether no later page can hold this create's object: an empty page ends a list [D], a short one does not."""
        since = self.window(lost).since
        times = [made_at(item) for item in page]
        is_older = since is not None and bool(page) and all(made is not None and made < since for made in times)
        is_lower = lost.low is not None and bool(page) and min(item["id"] for item in page) <= lost.low
        if page and not is_older and not is_lower:
            return False
        if began >= lost.due:
            lost.readings.append(began)
        return True

    async def _page(self, send: Send, before: int | None, create: Request) -> list[Item] | None:
        """One page, kept; None if it is not one."""
        lookup = create.lookup
        assert lookup is not None
        headers: Mapping[str, str] = create.headers
        if lookup.workspace is not None:
            headers = {**headers, "x-workspace-id": str(lookup.workspace)}
        request = Request(
            method="GET", url=lookup.list_url + query_string({**lookup.filters, "limit": PAGE, "before_id": before}),
            operation=f"{create.operation} (looking for it)", effect=Effect.READ, headers=headers,
            timeout=create.timeout, deadline=create.deadline, accepts=is_json, max_bytes=create.max_bytes, is_poll=True,
            trace=create.trace,
        )  # fmt: skip
        response = await send(request)
        page = parsed(response, request)
        if not isinstance(page, list) or not all(
            isinstance(item, dict) and type(item.get("id")) is int for item in page
        ):
            return None
        self.server_now, self.read_at = http_date(response.headers.get("date", "")), self.clock.monotonic()
        numbers = [item["id"] for item in page]
        if numbers != sorted(numbers, reverse=True):
            self.is_in_order = False
        for item in page:
            self.put(item)
            self.own.check_echo(self.root, item)
        return page
