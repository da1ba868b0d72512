"""Many prompts in one wait: in the given order, each with what came of it, and one deadline for all."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterable
from typing import Any

import anyio
import pytest

from astria_async import (
    AstriaError,
    AuthenticationError,
    ConfigurationError,
    GenerationFailedError,
    NotFoundError,
    ParameterError,
    Prompt,
    PromptState,
    Response,
    WaitTimeoutError,
)
from astria_async.testing import VirtualClock

from ...support.jobs import Jobs

pytestmark = pytest.mark.anyio


def ids_of(prompts: Iterable[Any]) -> list[int]:
    return [prompt.id for prompt in prompts]


async def test_prompts_come_in_the_given_order(client: Any, jobs: Jobs, clock: VirtualClock) -> None:
    for number in range(1, 6):
        jobs.add([number], done_at=10.0 * number)
    found = await client(jobs).prompts.wait_all([3, 5, 1, Prompt(id=4), 2])
    assert ids_of(found) == [3, 5, 1, 4, 2]
    assert 50 <= clock.monotonic() <= 55


async def test_nothing_takes_no_request(client: Any, jobs: Jobs) -> None:
    assert await client(jobs).prompts.wait_all([]) == []
    assert jobs.requests == 0


async def test_one_that_is_given_twice_comes_twice(client: Any, jobs: Jobs) -> None:
    assert ids_of(await client(jobs).prompts.wait_all(jobs.add([7], done_at=3.0) * 2)) == [7, 7]


async def test_what_is_known_to_be_done_is_not_read(client: Any, jobs: Jobs, clock: VirtualClock) -> None:
    done = Prompt(id=9, trained_at=clock.now(), images=("https://x.y/9",))
    jobs.add([4], done_at=5.0)
    assert (await client(jobs).prompts.wait_all([done, 4]))[0] is done
    assert {number for _, number in jobs.singles} == {4}


async def test_the_first_failure_is_raised_with_what_there_is(client: Any, jobs: Jobs) -> None:
    jobs.add([1], done_at=2.0)
    jobs.add([2], done_at=8.0)
    jobs.add([3], done_at=900.0)
    jobs.fails = {2}
    with pytest.raises(GenerationFailedError, match="prompt 2 failed: no face") as caught:
        await client(jobs).prompts.wait_all([1, 2, 3])
    first, second, third = caught.value.results or ()
    assert isinstance(first, Prompt)
    assert isinstance(second, GenerationFailedError)
    assert third is None
    for other in (copy.copy(caught.value), pickle.loads(pickle.dumps(caught.value))):
        assert ids_of([other.results[0]]) == [1]


async def test_errors_may_stand_in_the_place_of_prompts(client: Any, jobs: Jobs, clock: VirtualClock) -> None:
    jobs.add([1], done_at=2.0)
    jobs.add([2], done_at=2.0)
    jobs.add([3])
    jobs.add([4], created_at=-100.0)
    jobs.fails, jobs.gone = {2}, {4}
    found = await client(jobs).prompts.wait_all([1, 2, 3, 4], return_exceptions=True, timeout=100)
    assert [type(each) for each in found] == [Prompt, GenerationFailedError, WaitTimeoutError, NotFoundError]
    assert clock.monotonic() == 100


async def test_another_error_is_raised_nevertheless(client: Any, jobs: Jobs) -> None:
    jobs.add([1, 2])
    jobs.failure = Response(status=401)
    with pytest.raises(AuthenticationError) as caught:
        await client(jobs).prompts.wait_all([1, 2], return_exceptions=True)
    assert caught.value.results is not None


async def test_a_client_that_is_closed_ends_its_waits(client: Any, jobs: Jobs, clock: VirtualClock) -> None:
    astria = client(jobs)

    async def wait() -> None:
        with pytest.raises(ConfigurationError, match="is closed"):
            await astria.prompts.wait_all([1, 2])

    jobs.add([1, 2])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await clock.sleep(1)
        await astria.aclose()
    assert clock.monotonic() == 2


async def test_a_revoked_key_ends_all_by_one_request(client: Any, jobs: Jobs) -> None:
    astria, errors = client(jobs), list[AstriaError]()

    async def wait(number: int) -> None:
        with pytest.raises(AuthenticationError) as caught:
            await astria.prompts.wait(number)
        errors.append(caught.value)

    jobs.failure = Response(status=401)
    async with anyio.create_task_group() as tasks:
        for number in jobs.add(range(1, 300)):
            tasks.start_soon(wait, number)
    assert len({id(error) for error in errors}) == 299
    assert jobs.requests == 1


async def test_the_deadline_is_for_all_of_them(client: Any, jobs: Jobs, clock: VirtualClock) -> None:
    jobs.add([1], done_at=2.0)
    jobs.add([2, 3])
    with pytest.raises(WaitTimeoutError, match=r"^2 of 3 prompts were not done in time; the first: prompt 2") as caught:
        await client(jobs).prompts.wait_all([1, 2, 3], timeout=30)
    assert clock.monotonic() == 30
    assert str(caught.value).endswith("to wait on: await astria.prompts.wait(2)")
    assert caught.value.last is not None
    assert [type(each) for each in caught.value.results or ()] == [Prompt, WaitTimeoutError, WaitTimeoutError]


async def test_the_other_prompts_are_left_alone(client: Any, jobs: Jobs) -> None:
    jobs.add([1], done_at=2.0)
    jobs.add([2], done_at=4.0)
    jobs.fails = {1}
    astria = client(jobs)
    with pytest.raises(GenerationFailedError):
        await astria.prompts.wait_all([1, 2])
    assert astria.explain().polls.pending == 0
    assert (await astria.prompts.wait(2)).state is PromptState.SUCCEEDED


@pytest.mark.parametrize(
    ("prompts", "message"),
    [
        (5, r"^prompts: give a list of prompts or their ids, not int$"),
        (["x"], r"^prompts\[0\]: 'x' is not an id"),
        ([1, 0], r"^prompts\[1\]: 0 is not an id"),
    ],
)
async def test_what_is_no_list_of_prompts_is_refused(prompts: Any, message: str, client: Any, jobs: Jobs) -> None:
    with pytest.raises(ParameterError, match=message):
        await client(jobs).prompts.wait_all(prompts)
    with pytest.raises(ParameterError, match=message):
        client(jobs).prompts.as_completed(prompts)


# --- As they end


async def test_prompts_come_as_they_end_failed_ones_too(client: Any, jobs: Jobs) -> None:
    for number in range(1, 6):
        jobs.add([number], done_at=60.0 - 10 * number)
    jobs.fails = {3}
    found = [prompt async for prompt in client(jobs).prompts.as_completed([1, 2, 3, 4, 5])]
    assert ids_of(found) == [5, 4, 3, 2, 1]
    assert found[2].state is PromptState.FAILED


async def test_only_the_deadline_is_raised_and_after_what_is_there(
    client: Any, jobs: Jobs, clock: VirtualClock
) -> None:
    jobs.add([1], done_at=5.0)
    jobs.add([2])
    jobs.add([3], created_at=-100.0)
    jobs.gone, found = {3}, list[int]()
    with pytest.raises(WaitTimeoutError, match="prompt 2 was not done within 50 s"):
        async for prompt in client(jobs).prompts.as_completed([1, 2, 3], timeout=50):
            found.append(prompt.id)
    assert (found, clock.monotonic()) == ([1], 50)


async def test_a_missing_prompt_is_told_after_the_others(client: Any, jobs: Jobs) -> None:
    jobs.add([1], done_at=5.0)
    found: list[int] = []
    with pytest.raises(NotFoundError):
        async for prompt in client(jobs).prompts.as_completed([1, 77]):
            found.append(prompt.id)
    assert found == [1]


async def test_a_loop_that_is_left_leaves_nothing_behind(client: Any, jobs: Jobs) -> None:
    jobs.add([1], done_at=5.0)
    jobs.add([2])
    astria = client(jobs)

    async def first() -> int:
        async for prompt in astria.prompts.as_completed([1, 2]):
            return int(prompt.id)
        raise AssertionError

    assert await first() == 1
    jobs.add([3], done_at=8.0)
    await astria.prompts.wait(3)
    assert astria.explain().polls.pending == 0


async def test_others_are_looked_at_while_the_loops_body_works(client: Any, jobs: Jobs, clock: VirtualClock) -> None:
    jobs.add([1], done_at=1.0)
    jobs.add([2, 3], done_at=20.0)
    astria = client(jobs)

    async def other() -> None:
        await astria.prompts.wait(3)
        assert clock.monotonic() <= 24

    async with anyio.create_task_group() as tasks:
        async for prompt in astria.prompts.as_completed([1, 2]):
            if prompt.id == 1:
                tasks.start_soon(other)
                await clock.sleep(100)
