"""A `Send` that plays a script, and requests to send through a layer."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from astria_async import Body, Effect, Request, Response, RetryPolicy
from astria_async._codec import is_created
from astria_async._wire import Identity, Lookup
from astria_async.middleware import Retry
from astria_async.middleware.recovery.lost_creates import LostCreates
from astria_async.testing import VirtualClock

Step = Response | Exception | int


class Script:
    """Answers each request with the next step: a status, a Response, or an error to be raised."""

    def __init__(self, steps: tuple[Step, ...], clock: VirtualClock) -> None:
        self.steps = list(steps)
        self.clock = clock
        self.requests: list[Request] = []
        self.times: list[float] = []

    async def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        self.times.append(self.clock.monotonic())
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return Response.from_json(step, {"id": 7}) if isinstance(step, int) else step


class Service:
    """Makes objects, loses answers, and lists what it made. `fates` say what becomes of each create, in turn: "made",
    "lost" (a 504), both, or an exception to be raised.
    """

    def __init__(self, clock: VirtualClock, *fates: str | Exception, root: str = "prompt") -> None:
        self.clock, self.fates, self.root = clock, list(fates), root
        self.items: list[dict[str, Any]] = []
        self.calls: list[Request] = []
        self.ahead = timedelta(0)  # of the server's clock
        self.change: Callable[[list[dict[str, Any]]], Any] = lambda page: page
        self.list_fails: list[Response | Exception | None] = []

    @property
    def lists(self) -> list[Request]:
        return [request for request in self.calls if request.method == "GET"]

    @property
    def posts(self) -> list[Request]:
        return [request for request in self.calls if request.method == "POST"]

    async def __call__(self, request: Request) -> Response:
        if request.record is not None:
            request.record.reached = True
        self.calls.append(request)
        fate = (self.fates.pop(0) if self.fates else "made") if request.method == "POST" else ""
        await self.clock.sleep(0)
        headers = {"Date": format_datetime(VirtualClock.now(self.clock) + self.ahead, usegmt=True)}
        if request.method == "GET":
            failure = self.list_fails.pop(0) if self.list_fails else None
            if isinstance(failure, Exception):
                raise failure
            if failure is not None:
                return failure
            before, limit = int(request.query.get("before_id", 10**12)), int(request.query["limit"])
            page = [dict(item) for item in sorted(self.items, key=lambda item: -item["id"]) if item["id"] < before]
            return Response.from_json(200, self.change(page[:limit]), headers)
        if isinstance(fate, Exception):
            raise fate
        item: dict[str, Any] = {}
        if "made" in fate:
            tree = request.body.tree[self.root] if request.body is not None else {}
            item = self.put(**tree)
        return Response(status=504, headers=headers) if "lost" in fate else Response.from_json(201, item, headers)

    def put(self, *, age: float = 0.0, **fields: Any) -> dict[str, Any]:
        moment = VirtualClock.now(self.clock) + self.ahead - timedelta(seconds=age)
        item = {"id": len(self.items) + 1, "created_at": moment.isoformat(), "tune_id": 3, **fields}
        self.items.append(item)
        return item


@pytest.fixture
def service(clock: VirtualClock) -> Callable[..., Service]:
    def make(*fates: str | Exception, time: VirtualClock = clock, **more: Any) -> Service:
        return Service(time, *fates, **more)

    return make


@pytest.fixture
def order() -> Callable[..., Request]:
    """A create of a prompt: `order(7)` with a drawn seed, `order(7, drawn=False)` with a chosen one."""

    def make(
        seed: int | None, *, drawn: bool = True, text: str = "a garden", expect: Any = None, **more: Any
    ) -> Request:
        tree = {"text": text, **({} if seed is None else {"seed": seed})}
        lookup = Lookup(list_url="https://api.astria.ai/prompts", root="prompt", expect=expect or {"tune_id": 3})
        given: dict[str, Any] = {
            "method": "POST",
            "url": "https://api.astria.ai/tunes/3/prompts",
            "operation": "prompts.create",
            "effect": Effect.CREATE,
            "body": Body({"prompt": tree}),
            "identity": Identity.PROMPT_SEED,
            "identity_drawn": drawn,
            "accepts": is_created,
            "lookup": lookup,
        }
        return Request(**{**given, **more})

    return make


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def script(clock: VirtualClock) -> Callable[..., Script]:
    return lambda *steps: Script(steps, clock)


@pytest.fixture
def dice() -> random.Random:
    return random.Random(4)


@pytest.fixture
def get() -> Request:
    return Request(method="GET", url="https://api.astria.ai/tunes/1", operation="tunes.retrieve")


@pytest.fixture
def create() -> Callable[..., Request]:
    """A create of a tune, with what the test adds to it."""

    def make(**more: Any) -> Request:
        given: dict[str, Any] = {
            "method": "POST",
            "url": "https://api.astria.ai/tunes",
            "operation": "tunes.create",
            "effect": Effect.CREATE,
            "body": Body({"tune": {"name": "woman", "title": "t"}}),
            "identity": Identity.TUNE_TITLE,
        }
        return Request(**{**given, **more})

    return make


@pytest.fixture
def retry(clock: VirtualClock, dice: random.Random) -> Callable[..., Retry]:
    """`retry()`: the loop of one client, with waits that are not lengthened at random."""
    lost_creates = LostCreates(clock)

    def make(jitter: float = 0.0, **more: Any) -> Retry:
        given = {"lost_creates": lost_creates, "clock": clock, "random": dice, "is_told_when_sent": True, **more}
        return Retry(RetryPolicy(jitter=jitter), **given)

    return make
