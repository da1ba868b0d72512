"""Many callers at once: the limit is found without wasting requests, and an outage is not made worse."""

from __future__ import annotations

import random
from statistics import median

import anyio
import pytest

from astria_async import AsyncAstria, Limits, Request, Response, RetryPolicy, Timeout
from astria_async.testing import MockTransport, VirtualClock

pytestmark = pytest.mark.anyio
ALLOWED = 20


class Service:
    """Takes a second for each create, has room for 20 at a time, and answers 429 at once beyond that."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.busy = self.requests = self.made = 0

    async def __call__(self, request: Request) -> Response:
        self.requests += 1
        if self.busy >= ALLOWED:
            return Response(status=429)
        self.busy += 1
        try:
            await self.clock.sleep(1)
        finally:
            self.busy -= 1
        self.made += 1
        return Response.of_json(201, {"id": self.made})


def client(handler: object, clock: VirtualClock, **more: object) -> AsyncAstria:
    given = {"retry": RetryPolicy(max_elapsed=1800), "clock": clock, "random": random.Random(1), **more}
    return AsyncAstria("sd_test", transport=MockTransport(handler), **given)  # type: ignore[arg-type]


async def test_a_thousand_creates_at_once_find_the_limit_and_keep_to_it(clock: VirtualClock) -> None:
    service, took = Service(clock), []
    astria = client(service, clock)

    async def create() -> None:
        began = clock.monotonic()
        await astria.prompts.create(3, text="x")
        took.append(clock.monotonic() - began)

    async with anyio.create_task_group() as tasks:
        for _ in range(1000):
            tasks.start_soon(create)
    assert service.made == 1000
    assert service.requests <= 1300
    assert clock.monotonic() <= 1000 / ALLOWED / 0.85
    assert max(took) <= 3 * median(took)
    assert astria.statistics().in_flight == astria.statistics().waiting == 0


async def test_an_outage_of_ten_minutes_is_not_made_worse_and_every_call_succeeds_after_it(clock: VirtualClock) -> None:
    during = 0

    def down(request: Request) -> Response:
        nonlocal during
        if clock.monotonic() >= 600:
            return Response.of_json(200, {"id": 3})
        during += 1
        return Response(status=500)

    astria = client(down, clock, limits=Limits(max_in_flight=200), timeout=Timeout(total=None))
    done = 0

    async def read() -> None:
        nonlocal done
        await astria.tunes.retrieve(3)
        done += 1

    async with anyio.create_task_group() as tasks:
        for _ in range(200):
            tasks.start_soon(read)
    assert done == 200
    assert during <= 600
    assert clock.monotonic() <= 1800


async def test_polls_and_creates_leave_each_other_room(clock: VirtualClock) -> None:
    seen: list[tuple[str, float]] = []

    async def slow(request: Request) -> Response:
        seen.append((request.method, clock.monotonic()))
        await clock.sleep(1)
        return Response.of_json(200, {"id": 3, "trained_at": "2026-01-01T00:00:00Z"})

    astria = client(slow, clock, limits=Limits(max_in_flight=8, adaptive=False))
    async with anyio.create_task_group() as tasks:
        for _ in range(40):
            tasks.start_soon(astria.tunes.wait, 3)
        await clock.advance(0)
        for _ in range(40):
            tasks.start_soon(lambda: astria.prompts.create(3, text="x"))
    for second in (1.0, 2.0, 3.0):
        assert seen.count(("GET", second)) == 2
        assert seen.count(("POST", second)) == 6
    assert clock.monotonic() == 10


async def test_requests_per_second_spaces_attempts_out_evenly(clock: VirtualClock) -> None:
    times: list[float] = []

    def note(request: Request) -> Response:
        times.append(clock.monotonic())
        return Response.of_json(200, {"id": 3})

    astria = client(note, clock, limits=Limits(requests_per_second=4))
    async with anyio.create_task_group() as tasks:
        for _ in range(9):
            tasks.start_soon(astria.tunes.retrieve, 3)
    assert times == [number * 0.25 for number in range(9)]
