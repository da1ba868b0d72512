"""A service that has nothing but objects which are done at some moment: quick enough for ten thousand of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from attrs import define, field, frozen

from astria_async import Clock, Request, Response
from astria_async.testing.clock._virtual import START

_HEADERS = {"content-type": "application/json"}


@frozen
class Notice:
    """What a callback says."""

    id: int
    kind: str = "prompt"


@define(eq=False)
class Jobs:
    """Prompts and tunes by their ids. `done_at` and `created_at` are moments of the clock; a missing `done_at` is never.

    `others` are ids of the account's objects that nobody waits for. `failure` is the answer to everything, if there is one:
    an exception is raised. `hides` are ids that the list does not show; `fails` those that end with a `user_error`.
    """

    clock: Clock
    done_at: dict[int, float] = field(factory=dict)
    created_at: dict[int, float] = field(factory=dict)
    others: list[int] = field(factory=list)
    failure: Response | Exception | None = None
    hides: set[int] = field(factory=set)
    gone: set[int] = field(factory=set)
    fails: set[int] = field(factory=set)
    takes: float = 0.0
    noun: str = "prompt"
    more: dict[int, dict[str, Any]] = field(factory=dict)
    pages: list[float] = field(factory=list)  # when each was asked for
    singles: list[tuple[float, int]] = field(factory=list)
    _ids: list[int] | None = None

    def add(self, ids: Iterable[int], *, done_at: float = float("inf"), created_at: float = 0.0) -> list[int]:
        """More objects, which are done at that moment."""
        ids = list(ids)
        self.done_at.update(dict.fromkeys(ids, done_at))
        self.created_at.update(dict.fromkeys(ids, created_at))
        self._ids = None
        return ids

    @property
    def requests(self) -> int:
        return len(self.pages) + len(self.singles)

    def is_done(self, number: int) -> bool:
        return self.done_at.get(number, 0.0) <= self.clock.monotonic()

    def item(self, number: int) -> dict[str, Any]:
        """An object as the service shows it now."""
        shown: dict[str, Any] = {"id": number, "created_at": _moment(self.created_at.get(number, 0.0))}
        if self.is_done(number):
            shown["trained_at"] = _moment(self.done_at.get(number, 0.0))
            if number in self.fails:
                shown["user_error"] = "no face"
            else:
                shown["images"] = [f"https://x.y/{number}"]
        return {**shown, **self.more.get(number, {})}

    async def __call__(self, request: Request) -> Response:
        now, path = self.clock.monotonic(), request.path
        is_page = path == f"/{self.noun}s"
        if is_page:
            self.pages.append(now)
        else:
            self.singles.append((now, int(path.rpartition("/")[2])))
        if self.takes:
            await self.clock.sleep(self.takes)
        if isinstance(self.failure, Exception):
            raise self.failure.with_traceback(None)
        if self.failure is not None:
            return self.failure
        if is_page:
            return _answer([self.item(number) for number in self._page(request)])
        number = self.singles[-1][1] if not self.takes else int(path.rpartition("/")[2])
        if number in self.gone or number not in self.done_at:
            return Response(status=404, headers=_HEADERS, body=b'{"status": 404, "error": "Not Found"}')
        return _answer(self.item(number))

    def _page(self, request: Request) -> Iterator[int]:
        before, left = int(request.query["before_id"]), int(request.query["limit"])
        if self._ids is None:
            self._ids = sorted([*self.done_at, *self.others], reverse=True)
        low, high = 0, len(self._ids)
        while low < high:  # the first below `before`
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._ids[middle] >= before else (low, middle)
        for number in self._ids[low:]:
            if number in self.hides or number in self.gone:
                continue
            if not left:
                return
            left -= 1
            yield number


def _answer(data: object) -> Response:
    return Response(status=200, headers=_HEADERS, body=json.dumps(data).encode())


def _moment(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()
