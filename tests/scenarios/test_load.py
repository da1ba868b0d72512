"""Many callers at once: the limit is found without wasting requests, and an outage is not made worse."""

from __future__ import annotations

import random
from collections.abc import Callable
from statistics import median
from typing import Any

import anyio
import pytest

from astria_async import AsyncAstria, Limits, Request, Response, RetryPolicy, Timeout
from astria_async.middleware import Limiter
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
        return Response.from_json(201, {"id": self.made})


def client(handler: object, clock: VirtualClock, **more: object) -> AsyncAstria:
    given = {"retry": RetryPolicy(max_elapsed=1800), "clock": clock, "random": random.Random(1), **more}
    return AsyncAstria("sd_test", transport=MockTransport(handler), **given)  # type: ignore[arg-type]


async def test_thousand_creates_at_once_find_limit_and_keep_to_it(clock: VirtualClock) -> None:
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


# --- A service with so many slots: near the most that it takes, and hardly ever above.


class Slots:
    """A service that works on so many requests at a time, and refuses one more. Notes when it answered what."""

    def __init__(
        self,
        clock: VirtualClock,
        *,
        slots: Callable[[float], int] = lambda now: ALLOWED,
        seconds: tuple[float, float] = (0.25, 0.25),
        on_the_way: float = 0.0,
        retry_after: int | None = None,
        seed: int = 1,
    ) -> None:
        self.clock = clock
        self.slots = slots
        self.seconds = seconds
        self.on_the_way = on_the_way
        self.headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        self.random = random.Random(seed)
        self.busy = 0
        self.answers: list[tuple[float, int]] = []

    async def __call__(self, request: Request) -> Response:
        await self._travel()
        status = await self._work()
        await self._travel()
        self.answers.append((self.clock.monotonic(), status))
        return Response(status=status, headers=self.headers if status == 429 else {})

    async def _travel(self) -> None:
        if self.on_the_way:
            await self.clock.sleep(self.random.uniform(0, self.on_the_way))

    async def _work(self) -> int:
        if self.busy >= self.slots(self.clock.monotonic()):
            return 429
        self.busy += 1
        try:
            await self.clock.sleep(self.random.uniform(*self.seconds))
        finally:
            self.busy -= 1
        return 200

    async def serve(self, limits: Limits, *, tasks: int, until: float) -> None:
        """So many tasks that ask one thing after the other."""
        limiter = Limiter(limits, clock=self.clock)

        async def ask() -> None:
            while self.clock.monotonic() < until:
                await limiter(Request(method="GET", url="https://x.y/"), self)

        async with anyio.create_task_group() as group:
            for _ in range(tasks):
                group.start_soon(ask)

    def shares(self, best: float, begin: float, end: float) -> tuple[float, float]:
        """Of what was answered in these seconds: the rate of good answers as a share of the best, and the share of 429."""
        found = [status for moment, status in self.answers if begin < moment <= end]
        return found.count(200) / (end - begin) / best, found.count(429) / len(found)


@pytest.mark.parametrize(
    ("slots", "tasks", "more"),
    [
        (20, 30, {}),
        (10, 30, {}),
        (40, 60, {}),
        (20, 30, {"seconds": (0.15, 0.35)}),
        (20, 30, {"retry_after": 3}),
    ],
    ids=["20 slots", "10 slots", "40 slots", "answers of different length", "a longer pause"],
)
async def test_a_service_is_used_to_its_ceiling_almost_without_429(
    slots: int, tasks: int, more: dict[str, Any], clock: VirtualClock
) -> None:
    service = Slots(clock, slots=lambda now: slots, **more)
    await service.serve(Limits(), tasks=tasks, until=18)
    rate, refused = service.shares(slots / 0.25, 5, 18)
    assert rate >= 0.95
    assert refused <= 0.005


async def test_probing_costs_less_than_a_thirtieth_of_the_rate(clock: VirtualClock) -> None:
    service = Slots(clock)
    await service.serve(Limits(cooldown=0.25), tasks=30, until=32)  # 120 cool-downs
    rate, refused = service.shares(80, 2, 32)
    assert rate >= 0.966
    assert 0 < refused <= 0.002


async def test_requests_that_overtake_each_other_do_not_mislead_it(clock: VirtualClock) -> None:
    service = Slots(clock, seconds=(0.15, 0.35), on_the_way=0.05)
    await service.serve(Limits(), tasks=40, until=18)
    rate, refused = service.shares(20 / 0.3, 5, 18)  # a slot of ours is taken for 0.25 s, and 0.05 s on the way
    assert rate >= 0.95
    assert refused <= 0.005


async def test_when_the_service_takes_half_it_settles_within_five_cooldowns(clock: VirtualClock) -> None:
    service = Slots(clock, slots=lambda now: 20 if now < 20 else 10)
    await service.serve(Limits(), tasks=30, until=45)
    rate, refused = service.shares(40, 25, 45)
    assert rate >= 0.95
    assert refused <= 0.005


async def test_limit_finds_twice_the_room_within_sixty_cooldowns(clock: VirtualClock) -> None:
    cooldown = 0.25
    service = Slots(clock, slots=lambda now: 20 if now < 5 else 40)
    await service.serve(Limits(cooldown=cooldown), tasks=60, until=26)
    rate, refused = service.shares(160, 5 + 60 * cooldown, 26)
    assert rate >= 0.9
    assert refused <= 0.005


async def test_outage_of_ten_minutes_is_outlasted_by_every_call(clock: VirtualClock) -> None:
    during = 0

    def down(request: Request) -> Response:
        nonlocal during
        if clock.monotonic() >= 600:
            return Response.from_json(200, {"id": 3})
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
        number = int(request.path.rpartition("/")[2]) if request.method == "GET" else 3
        return Response.from_json(200, {"id": number, "description": "a man"})

    astria = client(slow, clock, limits=Limits(max_in_flight=8, adaptive=False))
    async with anyio.create_task_group() as tasks:
        for number in range(1, 41):
            tasks.start_soon(astria.videos.wait, number)  # which have no list, so that each is a request
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
        return Response.from_json(200, {"id": 3})

    astria = client(note, clock, limits=Limits(requests_per_second=4))
    async with anyio.create_task_group() as tasks:
        for _ in range(9):
            tasks.start_soon(astria.tunes.retrieve, 3)
    assert times == [number * 0.25 for number in range(9)]
