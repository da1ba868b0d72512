"""A service whose lists are as bad as a list may be, and other clients that order what looks alike.

It knows which call made each object: a context variable says so, which the service reads in the caller's own task, so
that two orders with the same parameters can be told apart here, and nowhere else.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import count
from random import Random
from typing import Any

from attrs import define, field, frozen

from astria_async import Request, Response, TransportError
from astria_async.testing import VirtualClock

caller: ContextVar[str] = ContextVar("caller")
BASE = 1504944
#: Of a prompt that everybody may duplicate.
ORIGINAL = 50


@define
class BrokenClock(VirtualClock):
    """A machine's clocks: its wall clock may be set, and its monotonic clock stands still while the machine sleeps."""

    jumped: float = 0.0
    slept: float = 0.0

    def __init__(self) -> None:
        super().__init__(auto=False)
        self.jumped = self.slept = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.jumped + self.slept)

    def server_now(self) -> datetime:
        return super().now() + timedelta(seconds=self.slept)


@frozen(kw_only=True)
class Fate:
    """What becomes of a create: it acts after so many seconds (None: never), and is answered, or not, after `takes`."""

    acts: float | None = 0.0
    takes: float = 0.0
    answer: str = "its own"  # "another's", "504", "lost", "303", "half"


@frozen(kw_only=True)
class Manners:
    """How lists behave. `lag` is in seconds; `cut` is the most items a page; `hides` are ids' remainders whose identity
    is null in lists, or in answers as well.
    """

    lag: float = 0.0
    cut: int = 120
    shuffles: bool = False
    strips: bool = False
    nulls_in_lists: bool = False
    nulls_in_answers: bool = False


@define(eq=False)
class Service:
    """The service. `fates` are those of the next creates; a create that has none goes well."""

    clock: BrokenClock
    manners: Manners = field(factory=Manners)
    fates: list[Fate] = field(factory=list)
    objects: list[dict[str, Any]] = field(factory=list)
    made_by: dict[int, str] = field(factory=dict)
    random: Random = field(factory=lambda: Random(5))
    later: list[tuple[datetime, str, str, dict[str, Any]]] = field(factory=list)
    ids: Any = field(factory=lambda: count(1000))

    def put(self, root: str, mark: str, fields: dict[str, Any], at: datetime | None = None) -> dict[str, Any]:
        """An object is made, now or at a moment that is over."""
        for _ in range(self.random.randrange(3)):
            next(self.ids)  # of other accounts
        item = {"id": next(self.ids), "root": root, "created_at": (at or self.clock.server_now()).isoformat(), **fields}
        self.objects.append(item)
        self.made_by[item["id"]] = mark
        return item

    def catch_up(self) -> None:
        """Make what was put off until now."""
        now = self.clock.server_now()
        for entry in sorted([one for one in self.later if one[0] <= now], key=lambda one: one[0]):
            self.later.remove(entry)
            self.put(*entry[1:], at=entry[0])

    async def __call__(self, request: Request) -> Response:
        self.catch_up()
        if request.method == "GET":
            return self._read(request)
        fate = self.fates.pop(0) if self.fates else Fate()
        root, fields = self._fields(request)
        item: dict[str, Any] | None = None
        if fate.acts == 0:
            item = self.put(root, caller.get(), fields)
        elif fate.acts is not None:
            moment = self.clock.server_now() + timedelta(seconds=fate.acts)
            self.later.append((moment, root, caller.get(), fields))
        if fate.takes:
            await self.clock.sleep(fate.takes)
        return self._end(fate, item)

    def _end(self, fate: Fate, item: dict[str, Any] | None) -> Response:
        if fate.answer == "lost":
            raise TransportError("reset", request_was_sent=True)
        if fate.answer == "303":
            return self._answer(303, None, {"location": "/elsewhere"})
        if fate.answer == "another's":
            other: dict[str, Any] = {"id": 7, "title": "x", "seed": 3, "tune_id": 4, "orig_prompt_id": 6}
            other["created_at"] = self.clock.server_now().isoformat()
            return self._answer(201, other)
        if fate.answer == "its own" and item is not None:
            shown = {name: value for name, value in item.items() if name != "root"}
            if self.manners.nulls_in_answers:
                shown |= {"title": None, "seed": None}
            return self._answer(201, shown)
        if fate.answer == "half" and item is not None:
            return Response(status=201, body=json.dumps(item).encode()[:20])
        return self._answer(504, None)

    def _read(self, request: Request) -> Response:
        if request.path == "/users":
            return self._answer(200, {"id": 3})
        root = "tune" if request.path == "/tunes" else "prompt"
        query, manners = request.query, self.manners
        before, since = int(query.get("before_id", 10**9)), self.clock.server_now() - timedelta(seconds=manners.lag)
        page = [
            self._listed(item)
            for item in reversed(self.objects)
            if item["root"] == root
            and item["id"] < before
            and datetime.fromisoformat(item["created_at"]) <= since
            and query.get("orig_prompt_id") in (None, str(item.get("orig_prompt_id")))
        ][: min(int(query["limit"]), manners.cut)]
        if manners.shuffles:
            self.random.shuffle(page)
        return self._answer(200, page)

    def _listed(self, item: dict[str, Any]) -> dict[str, Any]:
        shown = {name: value for name, value in item.items() if name != "root"}
        if self.manners.strips and isinstance(shown.get("title"), str):
            shown["title"] = shown["title"].strip().upper()
        if self.manners.nulls_in_lists:
            shown |= {name: None for name in ("title", "seed") if name in shown}
        return shown

    def _fields(self, request: Request) -> tuple[str, dict[str, Any]]:
        tree: Any = request.body.tree if request.body is not None else {}
        match request.path.strip("/").split("/"):
            case ["tunes"]:
                return "tune", dict(tree["tune"])
            case ["tunes", number, "prompts"]:
                return "prompt", {**tree["prompt"], "tune_id": int(number)}
            case ["prompts", number, "duplicate"]:
                return "prompt", {"text": "as before", "seed": 11, "tune_id": BASE, "orig_prompt_id": int(number)}
        raise AssertionError(request.path)

    def _answer(self, status: int, data: object, headers: dict[str, str] | None = None) -> Response:
        date = {"date": format_datetime(self.clock.server_now(), usegmt=True)}
        return Response.from_json(status, data, {**date, **(headers or {})})
