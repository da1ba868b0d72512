"""Hundreds of creates whose answers are lost at once: all are found, by a few requests, in minutes."""

from __future__ import annotations

import random
from typing import Any

import anyio
import pytest

from astria_async import AstriaError, AsyncAstria, Prompt
from astria_async.testing import (
    FakeAstria,
    MockTransport,
    Timings,
    VirtualClock,
    drop,
    fail,
    processed_later,
    processed_then,
    truncated,
)

pytestmark = pytest.mark.anyio

CREATES, LISTS, SECONDS = 600, 30, 300
BASE = 690204


class Orders:
    """A client with the limits that it has by default, and what became of each of its creates."""

    def __init__(self, fault: Any) -> None:
        self.clock = VirtualClock()
        self.fake = FakeAstria(clock=self.clock)
        self.fake.script("POST /tunes/:id/prompts", *[fault] * CREATES)
        self.made: list[Prompt] = []
        self.failed: list[AstriaError] = []

    async def run(self) -> None:
        transport = MockTransport(self.fake)
        astria = AsyncAstria("sd_test", transport=transport, clock=self.clock, random=random.Random(3))
        async with astria, anyio.create_task_group() as tasks:
            for number in range(CREATES):
                tasks.start_soon(self._create, astria, number)

    async def _create(self, astria: AsyncAstria, number: int) -> None:
        try:
            self.made.append(await astria.prompts.create(BASE, text=f"a garden, {number}"))
        except AstriaError as error:
            self.failed.append(error)


@pytest.mark.parametrize(
    "fault",
    [processed_then(504), drop(processed=True), truncated(), processed_later(503, 20), drop(processed=False)],
    ids=str,
)
async def test_hundreds_of_lost_creates_are_found_by_one_reading(fault: Any) -> None:
    orders = Orders(fault)
    await orders.run()
    assert orders.failed == []
    assert len({prompt.id for prompt in orders.made}) == len(orders.fake.prompts) == CREATES
    assert len(orders.fake.requests.matching("GET *")) <= LISTS
    assert orders.clock.monotonic() <= SECONDS


async def test_new_creates_do_not_keep_a_look_up_waiting() -> None:
    """Every create is answered with a 504, after the service's own 30 s: the queue for a slot is never empty."""
    orders = Orders(processed_then(504, after=30))
    await orders.run()
    assert len(orders.made) > 50
    assert {prompt.id for prompt in orders.made} <= {stored.id for stored in orders.fake.prompts}
    known = len(orders.made) + sum(error.outcome == "unknown" for error in orders.failed)
    assert known == len(orders.fake.prompts)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_a_list_tells_nothing_of_another_workspaces_lost_create(seed: int) -> None:
    clock = VirtualClock()
    fake = FakeAstria(clock=clock)
    astria = AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock, random=random.Random(seed))
    views = [
        astria.with_options(workspace_id=(await astria.account.workspaces.create(title=title)).id)
        for title in ("one", "two")
    ]
    fake.script("POST /tunes/:id/prompts", fail(504), processed_then(504))
    async with anyio.create_task_group() as tasks:
        for view in views:
            tasks.start_soon(lambda view=view: view.prompts.create(BASE, text="a garden"))
            await clock.sleep(0.001)
    assert len(fake.prompts) == 2


async def test_a_page_read_by_a_wait_serves_a_look_up() -> None:
    clock = VirtualClock()
    fake = FakeAstria(clock=clock, timings=Timings(prompt_trained=80))
    astria = AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock, random=random.Random(1))
    prompts = [await astria.prompts.create(BASE, text=f"a garden, {number}") for number in range(2)]
    fake.script("POST /tunes/:id/prompts", processed_then(504))
    found: list[Prompt] = []

    async def create() -> None:
        found.append(await astria.prompts.create(BASE, text="a lake"))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(create)
        await clock.sleep(1)
        newest = await astria.prompts.list().first()
        assert newest is not None
        await astria.prompts.wait_all([*prompts, newest])
    assert [prompt.id for prompt in found] == [newest.id]
    assert len(fake.prompts) == 3
    pages = [request for request in fake.requests if request.path == "/prompts"]
    assert all("before_id" in request.query for request in pages[1:]), "a look-up begins with the newest"


class NoJitter:
    """A source of randomness that lengthens no wait."""

    def random(self) -> float:
        return 0.0

    def getrandbits(self, k: int, /) -> int:
        return random.Random(k).getrandbits(k)


async def test_a_reading_counts_only_after_the_creates_own_wait() -> None:
    """The second create is made 59 s after its 504; the first one's look-up reads the list 48 and 58 s after it."""
    clock = VirtualClock()
    fake = FakeAstria(clock=clock)
    fake.script("POST /tunes/:id/prompts", drop(processed=False), processed_later(504, 59))

    async def create(after: float) -> None:
        await clock.sleep(after)
        await astria.prompts.create(BASE, text=f"a garden, after {after}")

    astria = AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock, random=NoJitter())
    async with astria, anyio.create_task_group() as tasks:
        tasks.start_soon(create, 0.0)
        tasks.start_soon(create, 12.0)
    assert len(fake.prompts) == 2
