"""A create cancelled anywhere: no slot and no timer is held, the next call works, and there is one object at most."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint
from attrs import field, frozen

from astria_async import AsyncAstria, Limits, RetryPolicy
from astria_async.testing import (
    FakeAstria,
    Fault,
    MockTransport,
    VirtualClock,
    fail,
    ok,
    processed_later,
    processed_then,
    rate_limited,
    truncated,
)

from .calls import BASE_TUNE, PICTURE
from .cancelling import AtAwait

pytestmark = pytest.mark.anyio

LOOP_STEPS = range(41)
#: As many awaits has the shortest create: handing it over, and waiting for its answer.
AT_LEAST = 2

SCENARIOS: dict[str, tuple[Fault, ...]] = {
    "fine": (ok(after=5),),
    "504, processed": (processed_then(504, after=30),),
    "504, processed 20 s later": (processed_later(504, 20),),
    "429": (rate_limited(7), rate_limited()),
    "500": (fail(500), fail(500)),
    "half an answer": (truncated(),),
    "silence": (ok(after=100),),
}


@frozen(kw_only=True)
class Scene:
    """A client with one slot, and the service whose answers to the creates are scripted."""

    faults: tuple[Fault, ...]
    pictures: tuple[Any, ...]
    clock: VirtualClock = field(factory=VirtualClock)
    fake: FakeAstria = field(init=False)
    astria: AsyncAstria = field(init=False)
    ids: list[int] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        fake = FakeAstria(clock=self.clock)
        fake.script("POST /tunes", *self.faults)
        astria = AsyncAstria(
            "sd_test", transport=MockTransport(fake), clock=self.clock, random=random.Random(3),
            retry=RetryPolicy(jitter=0.0), limits=Limits(max_in_flight=1),
        )  # fmt: skip
        object.__setattr__(self, "fake", fake)
        object.__setattr__(self, "astria", astria)

    async def create(self) -> None:
        self.ids.append((await self.astria.tunes.create(name="woman", images=self.pictures, branch="fast")).id)

    async def hold_the_slot(self) -> None:
        self.fake.script("GET /prompts", ok(after=7))
        assert [prompt async for prompt in self.astria.prompts.list()] == []

    async def ends_well(self) -> None:
        """What has to hold, however far the create came."""
        left = self.astria.statistics()
        assert (left.in_flight, left.waiting, self.clock.waiting) == (0, 0, 0)
        self.fake.clear_faults()
        assert (await self.astria.tunes.retrieve(BASE_TUNE)).id == BASE_TUNE
        await self.clock.sleep(1000)
        made = [tune.id for tune in self.fake.tunes]
        assert len(made) <= 1
        assert self.ids in ([], made)


@pytest.fixture(params=["URLs", "files"])
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Any, ...]:
    """Uploaded files are read in threads, which takes awaits of its own."""
    if request.param == "URLs":
        return (PICTURE,)
    path = tmp_path / "1.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(1000))
    return (path,)


@pytest.fixture(params=SCENARIOS)
def scene(request: pytest.FixtureRequest, pictures: tuple[Any, ...]) -> Callable[[], Scene]:
    return lambda: Scene(faults=SCENARIOS[request.param], pictures=pictures)


async def test_creates_cancelled_after_some_turns_leave_nothing_behind(
    scene: Callable[[], Scene],
) -> None:
    for steps in LOOP_STEPS:
        one = scene()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one.create)
            for _ in range(steps):
                await checkpoint()
            tasks.cancel_scope.cancel()
        await one.ends_well()


@pytest.mark.parametrize("rivals", [0, 2])
async def test_create_cancelled_at_any_of_its_awaits_leaves_nothing_behind(
    rivals: int, scene: Callable[[], Scene]
) -> None:
    """One after the other, through the queue for the slot, all waits and look-ups, until there is none left."""
    for number in count():
        one = scene()
        async with anyio.create_task_group() as tasks:
            for _ in range(rivals):
                tasks.start_soon(one.hold_the_slot)
            await checkpoint()
            with anyio.CancelScope() as scope:
                await AtAwait(one.create(), number, scope.cancel)
        await one.ends_well()
        if not scope.cancel_called:
            break
    assert number >= AT_LEAST
    assert len(one.ids) == len(one.fake.tunes) == 1
