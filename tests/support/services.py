"""A client whose transport is a function of the test's."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from astria_async import AsyncAstria, Request, Response, RetryPolicy
from astria_async.testing import MockTransport, VirtualClock


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def client(clock: VirtualClock) -> Callable[..., AsyncAstria]:
    """`client(handler)`: everything real but the transport, the time and the dice."""

    def make(handler: Callable[[Request], Any], **more: Any) -> AsyncAstria:
        given: dict[str, Any] = {
            "transport": MockTransport(handler),
            "retry": RetryPolicy(jitter=0.0),
            "clock": clock,
            "random": random.Random(7),
            **more,
        }
        return AsyncAstria("sd_test", **given)

    return make


class Shelf:
    """A service of a few lines: creates go onto a shelf, lists come off it. Each create's fate is set by the test."""

    def __init__(self, clock: VirtualClock, *fates: str, root: str = "tune") -> None:
        self.clock = clock
        self.fates = list(fates)
        self.root = root
        self.items: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.skew = timedelta(0)
        self.list_status = 200
        self.hidden = set[str]()  # names that the list does not show
        self.lag = 0.0  # seconds after which an object is in the list

    def __call__(self, request: Request) -> Response:
        self.calls.append(f"{request.method} {request.path}")
        headers = {"Date": format_datetime(self.clock.now() + self.skew, usegmt=True)}
        if request.method == "GET":
            before, limit = int(request.query.get("before_id", 10**9)), int(request.query["limit"])
            late = (self.clock.now() + self.skew - timedelta(seconds=self.lag)).isoformat()
            seen = [item for item in reversed(self.items) if item["id"] < before and item["created_at"] <= late]
            page = [{name: None if name in self.hidden else item[name] for name in item} for item in seen][:limit]
            return Response.from_json(self.list_status, page, headers)
        fate = self.fates.pop(0) if self.fates else "made"
        if "made" in fate and request.body is not None:
            self.put(
                tune_id=self._tune_in(request.path), **json.loads(json.dumps(request.body.tree, default=str))[self.root]
            )
        if "lost" in fate:
            return Response(status=504, headers=headers, body=b"<html><title>504</title></html>")
        return Response.from_json(201, self.items[-1], headers)

    @staticmethod
    def _tune_in(path: str) -> int | None:
        parts = path.split("/")
        return int(parts[2]) if parts[-1] == "prompts" else None

    def put(self, **fields: Any) -> dict[str, Any]:
        """Put an object on the shelf, as old as the test says."""
        age = fields.pop("age", 0.0)
        moment = self.clock.now() + self.skew - timedelta(seconds=age)
        item = {"id": len(self.items) + 1, "created_at": moment.isoformat(), **fields}
        self.items.append(item)
        return item


@pytest.fixture
def shelf(clock: VirtualClock) -> Callable[..., Shelf]:
    return lambda *fates, **more: Shelf(clock, *fates, **more)


class Answers:
    """Gives the answers in turn, the last one for ever, and keeps the requests."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer if isinstance(answer, Response) else Response.from_json(200, answer)

    @property
    def sent(self) -> list[str]:
        return [f"{request.method} {request.path}" for request in self.requests]


@pytest.fixture
def answers() -> type[Answers]:
    """`answers(*these)`: a service that says these, one after the other."""
    return Answers


@pytest.fixture
def account(shelf: Any) -> Callable[..., Any]:
    """A service that also says whose the key is: `account("lost", root="prompt")`."""

    def make(*fates: str, user: int = 5, **more: Any) -> Any:
        service = shelf(*fates, **more)

        def answer(request: Request) -> Response:
            if request.path == "/users":
                return Response.from_json(200, {"id": user})
            found: Response = service(request)
            return found

        answer.shelf = service  # type: ignore[attr-defined]
        return answer

    return make
