"""A step of a job: it waits for nothing, and pays for nothing twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest

from astria_async import (
    AsyncAstria,
    GenerationFailedError,
    InsufficientBalanceError,
    Limits,
    ParameterError,
    RequestTimeoutError,
    ValidationError,
)
from astria_async.jobs import Done, Generation, Later, advance
from astria_async.testing import FakeAstria, MockTransport, VirtualClock, drop, fail, processed_later, processed_then

pytestmark = pytest.mark.anyio
PROMPTS = "POST /tunes/*/prompts"


class World:
    """A client and a service on one clock."""

    def __init__(self, **options: Any) -> None:
        self.clock = VirtualClock()
        self.fake = FakeAstria(clock=self.clock, **options)
        self.astria = self.client()

    def client(self, **options: Any) -> AsyncAstria:
        """A client of its own, as another process would have it."""
        return AsyncAstria("sd_test", transport=MockTransport(self.fake), clock=self.clock, **options)

    async def job(self, text: str = "a garden", folder: Path | None = None) -> Generation:
        prepared = await self.astria.prompts.prepare(690204, text=text, idempotency_key="order-1")
        return Generation(key="order-1", prepared=prepared, folder=None if folder is None else str(folder))

    async def run(self, job: Generation, *, fresh: bool = True, steps: int = 60) -> Done:
        """Step by step, each by a client that knows nothing of the others, with the job as JSON in between."""
        for _ in range(steps):
            began = self.clock.monotonic()
            taken = await advance(self.client(), Generation.from_json(job.to_json()), fresh=fresh)
            assert self.clock.monotonic() == began, "a step has waited"
            if isinstance(taken, Done):
                return taken
            job, fresh = taken.job, job == taken.job and fresh
            await self.clock.sleep(taken.seconds)
        raise AssertionError("it did not end")

    @property
    def made(self) -> int:
        return len(self.fake.prompts)


async def test_job_ends_with_its_files(tmp_path: Path) -> None:
    world = World()
    done = await world.run(await world.job(folder=tmp_path))
    assert [path.parent for path in done.files] == [tmp_path] * len(done.prompt.images)
    assert all(path.is_file() for path in done.files)
    assert world.made == 1


@pytest.mark.parametrize(
    "fault", [processed_then(504), processed_then(500), drop(processed=True), processed_later(504, 2.5), fail(500)]
)
async def test_lost_answer_makes_one_prompt(fault: Any) -> None:
    world = World()
    world.fake.script(PROMPTS, fault)
    done = await world.run(await world.job())
    assert world.made == 1
    assert done.prompt.text == "a garden"


async def test_job_that_was_sent_before_is_found_at_once() -> None:
    world = World()
    job = await world.job()
    first = await advance(world.client(), job, fresh=True)
    assert isinstance(first, Later)
    again = await advance(world.client(), job, fresh=False)
    assert isinstance(again, Later)
    assert again.job.prompt == first.job.prompt is not None
    assert world.made == 1


async def test_doubt_outlives_a_step_that_failed() -> None:
    world = World()
    job = await world.job()
    await world.astria.send(job.prepared)
    world.fake.script("GET /users", fail(500))
    failed = await advance(world.client(), job, fresh=False)
    assert isinstance(failed, Later)
    assert failed.why is not None
    await world.run(failed.job, fresh=True)
    assert world.made == 1


async def test_job_of_a_dead_process_is_sent_after_two_looks() -> None:
    world = World()
    job = await world.job()
    began = world.clock.monotonic()
    steps = []
    for _ in range(3):
        taken = await advance(world.client(), job, fresh=False)
        assert isinstance(taken, Later)
        steps.append((world.clock.monotonic() - began, world.made))
        job = taken.job
        await world.clock.sleep(taken.seconds)
    assert [made for _, made in steps] == [0, 0, 1]
    assert steps[1][0] >= 60
    assert steps[2][0] >= 70


@pytest.mark.parametrize("fault", [fail(429), fail(503), drop(request_was_sent=False)])
async def test_refusal_of_the_moment_is_told_as_later(fault: Any) -> None:
    world = World()
    world.fake.script(PROMPTS, fault)
    taken = await advance(world.astria, await world.job(), fresh=True)
    assert isinstance(taken, Later)
    assert taken.seconds > 0
    assert taken.why is not None
    assert world.made == 0


async def test_step_without_a_slot_comes_again() -> None:
    world = World()
    astria = world.client(limits=Limits(max_in_flight=1, adaptive=False))
    job = await world.job()
    await astria.service_time()
    world.fake.script("GET /tunes/*", fail(404, after=5))
    async with anyio.create_task_group() as tasks:

        async def hold() -> None:
            with pytest.raises(Exception, match="404"):
                await astria.tunes.retrieve(1)

        tasks.start_soon(hold)
        await world.clock.sleep(1)
        taken = await advance(astria, job, fresh=True)
    assert isinstance(taken, Later)
    assert isinstance(taken.why, RequestTimeoutError)
    assert taken.job.attempted_at is None
    assert world.made == 0


async def test_refusals_for_good_are_raised() -> None:
    world = World()
    world.fake.script(PROMPTS, fail(422, {"text": ["is bad"]}))
    with pytest.raises(ValidationError, match="is bad"):
        await advance(world.astria, await world.job(), fresh=True)
    world = World(balance_mc=0)
    with pytest.raises(InsufficientBalanceError):
        await advance(world.astria, await world.job(), fresh=True)


async def test_prompt_that_failed_is_raised() -> None:
    world = World()
    with pytest.raises(GenerationFailedError):
        await world.run(await world.job("a [[fail]]"))


async def test_lost_list_does_not_count_as_a_look() -> None:
    world = World()
    world.fake.script("GET /prompts", fail(500), fail(500), fail(500))
    await world.run(await world.job(), fresh=False)
    assert world.made == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "key": "a"}'])
def test_job_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="^job: "):
        Generation.from_json(text)


async def test_arguments_of_another_kind_are_refused() -> None:
    world = World()
    job = await world.job()
    with pytest.raises(ParameterError, match="^job: a dict is not a job"):
        await advance(world.astria, {}, fresh=True)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="^fresh: 1 is not True or False"):
        await advance(world.astria, job, fresh=1)  # type: ignore[arg-type]


async def test_many_lost_jobs_share_one_reading() -> None:
    world = World()
    jobs = [
        Generation(key=str(n), prepared=await world.astria.prompts.prepare(690204, text=f"garden {n}"))
        for n in range(50)
    ]
    for job in jobs:
        await world.astria.send(job.prepared)
    astria = world.client()
    await astria.service_time()
    before = len(world.fake.requests)
    async with anyio.create_task_group() as tasks:
        for job in jobs:
            tasks.start_soon(lambda job=job: advance(astria, job, fresh=False))
    assert len(world.fake.requests) - before <= 12
    assert world.made == 50
