"""Waits where programs have them: in fixtures, on session loops, on two loops in two threads. Nothing warns."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import anyio
import pytest
import pytest_asyncio

from astria_async import AsyncAstria, Prompt
from astria_async.testing import FakeAstria, MockTransport, VirtualClock

from ...support.jobs import Jobs, Notice


async def opened() -> AsyncIterator[AsyncAstria]:
    clock = VirtualClock()
    async with AsyncAstria("sd_test", transport=MockTransport(FakeAstria(clock=clock)), clock=clock) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="function")
async def of_a_function() -> AsyncIterator[AsyncAstria]:
    async for client in opened():
        yield client


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def of_a_session() -> AsyncIterator[AsyncAstria]:
    async for client in opened():
        yield client


async def wait_in_all_ways(astria: AsyncAstria) -> None:
    prompts = [await astria.prompts.create(690204, text=f"a garden {number}") for number in range(3)]
    leader = asyncio.create_task(astria.prompts.wait(prompts[0]))
    async for prompt in astria.prompts.as_completed(prompts[1:]):
        assert prompt.images
        break
    found = await astria.prompts.wait_all(prompts)
    assert [prompt.id for prompt in found] == [prompt.id for prompt in prompts]
    assert await leader == found[0]
    cancelled = asyncio.create_task(astria.prompts.wait(await astria.prompts.create(690204, text="a lake")))
    await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize("time", [1, 2])
async def test_a_client_may_live_in_a_fixture_of_a_function(of_a_function: AsyncAstria, time: int) -> None:
    await wait_in_all_ways(of_a_function)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("time", [1, 2])
async def test_a_client_may_live_in_a_fixture_of_a_session(of_a_session: AsyncAstria, time: int) -> None:
    await wait_in_all_ways(of_a_session)


def test_a_notice_wakes_the_waiters_of_two_loops() -> None:
    astria = AsyncAstria("sd_test", transport=MockTransport(_by_thread), clock=_Clocks())
    ready, results = threading.Barrier(3), dict[str, Prompt]()

    def run(backend: str) -> None:
        async def main() -> None:
            clock = _clock()
            async with anyio.create_task_group() as tasks:

                async def wait() -> None:
                    results[backend] = await astria.prompts.wait(1)

                tasks.start_soon(wait)
                await clock.sleep(100.5)
                await anyio.to_thread.run_sync(ready.wait)
                await anyio.to_thread.run_sync(ready.wait)
            assert clock.monotonic() == 100.5

        anyio.run(main, backend=backend)

    threads = [threading.Thread(target=run, args=(backend,)) for backend in ("asyncio", "trio")]
    for thread in threads:
        thread.start()
    ready.wait()
    astria.notify(Notice(1))
    ready.wait()
    for thread in threads:
        thread.join()
    assert {*results} == {"asyncio", "trio"}


_of_thread = threading.local()


def _clock() -> VirtualClock:
    """A virtual clock belongs to one event loop: each thread has its own."""
    if not hasattr(_of_thread, "clock"):
        _of_thread.clock = VirtualClock()
        _of_thread.jobs = Jobs(_of_thread.clock)
        _of_thread.jobs.add([1], done_at=100.5)
    clock: VirtualClock = _of_thread.clock
    return clock


async def _by_thread(request: object) -> object:
    _clock()
    return await _of_thread.jobs(request)


class _Clocks(VirtualClock):
    """The clock of the thread that asks."""

    def __init__(self) -> None: ...

    def __getattribute__(self, name: str) -> object:
        return getattr(_clock(), name)
