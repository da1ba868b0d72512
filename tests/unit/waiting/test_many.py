"""Ten thousand at once: what they cost in requests, in memory and in turns of the event loop."""

from __future__ import annotations

import asyncio
import gc
import random
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import anyio
import pytest

from astria_async import AsyncAstria, Prompt
from astria_async.testing import MockTransport, VirtualClock
from astria_async.waiting import reading
from astria_async.waiting.watch import Watch

from ...support.jobs import Jobs, Notice

pytestmark = pytest.mark.anyio
N = 10_000
T = TypeVar("T")
Waiting = Callable[[AsyncAstria, list[int]], Coroutine[Any, Any, list[Prompt]]]


async def all_at_once(astria: AsyncAstria, ids: list[int]) -> list[Prompt]:
    return await astria.prompts.wait_all(ids)


async def each_by_itself(astria: AsyncAstria, ids: list[int]) -> list[Prompt]:
    found: list[Prompt] = []

    async def wait(number: int) -> None:
        found.append(await astria.prompts.wait(number))

    async with anyio.create_task_group() as tasks:
        for number in ids:
            tasks.start_soon(wait, number)
    return sorted(found, key=lambda prompt: -prompt.id)


WAITS = pytest.mark.parametrize("waits", [all_at_once, each_by_itself])


def client(jobs: Jobs, clock: VirtualClock) -> AsyncAstria:
    """One whose transport keeps no requests."""
    transport = MockTransport(jobs)
    transport.requests = _Nothing()
    return AsyncAstria("sd_test", transport=transport, clock=clock, random=random.Random(1))


class _Nothing(list[Any]):
    def append(self, item: object) -> None: ...


class Turns:
    """Counts the turns of the event loop, and what happens in each."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.number = 0
        self.pages: Counter[int] = Counter()
        self.woken: Counter[int] = Counter()
        self.is_over = False
        read_page, wake = reading.read_page, Watch._wake

        async def counted_page(*arguments: Any) -> Any:
            page = await read_page(*arguments)
            self.pages[self.number] += 1
            return page

        def counted_wake(watch: Watch, seat: Any) -> None:
            before = seat.event is not None and seat.event.is_set()
            wake(watch, seat)
            self.woken[self.number] += seat.event is not None and seat.event.is_set() and not before

        monkeypatch.setattr("astria_async.waiting.rounds.read_page", counted_page)
        monkeypatch.setattr(Watch, "_wake", counted_wake)

    def count(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count until it is over: what puts itself at the end of the queue runs once a turn."""
        self.number += 1
        if not self.is_over:
            loop.call_soon(self.count, loop)


@WAITS
async def test_a_round_takes_a_page_for_120(waits: Waiting, clock: VirtualClock) -> None:
    jobs = Jobs(clock)
    ids = jobs.add(range(1, N + 1), done_at=5.0)
    found = await waits(client(jobs, clock), ids[::-1])
    assert [prompt.id for prompt in found] == ids[::-1]
    rounds = Counter(jobs.pages) + Counter(moment for moment, _ in jobs.singles)
    assert {*rounds} == {0.0, 2.0, 4.0, 6.0}
    assert max(rounds.values()) <= 120
    assert clock.monotonic() == 6.0


@WAITS
async def test_callbacks_for_nearly_all_leave_few_requests(waits: Waiting, clock: VirtualClock) -> None:
    jobs = Jobs(clock)
    ids = jobs.add(range(1, N + 1), done_at=1.0)
    astria, dice = client(jobs, clock), random.Random(2)

    async def call_back() -> None:
        await clock.sleep(1.0)
        for number in dice.sample(ids, N * 99 // 100):
            astria.notify(Notice(number))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call_back)
        assert len(await waits(astria, ids)) == N
    assert jobs.requests <= 200
    assert clock.monotonic() <= 2.5


@pytest.fixture
def traced() -> Iterator[None]:
    tracer = sys.gettrace()
    sys.settrace(None)  # a measurement of coverage has memory of its own
    tracemalloc.start()
    yield
    tracemalloc.stop()
    sys.settrace(tracer)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize(("waits", "number", "most"), [(all_at_once, N, 60e6), (each_by_itself, 3000, 12e3 * 3000)])
async def test_waiting_takes_little_memory(waits: Waiting, number: int, most: float, clock: VirtualClock) -> None:
    jobs = Jobs(clock)
    ids = jobs.add(range(1, number + 1), done_at=3.0)
    astria = client(jobs, clock)
    await astria.prompts.wait_all(jobs.add([number + 1], done_at=0.0))
    gc.collect()
    idle, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    await waits(astria, ids)
    _, peak = tracemalloc.get_traced_memory()
    assert peak - idle <= most, f"{(peak - idle) / 1e6:.1f} MB, {(peak - idle) / number / 1e3:.1f} kB each"


async def each_three_hundred_times(astria: AsyncAstria, ids: list[int]) -> list[Prompt]:
    return await each_by_itself(astria, ids[:5] * 300)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("waits", [all_at_once, each_by_itself, each_three_hundred_times])
async def test_between_two_turns_little_happens(
    waits: Waiting, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Jobs(clock)  # done already: the loop never rests, so virtual time would not pass
    ids = jobs.add(range(1, 3001), done_at=0.0)
    turns = Turns(monkeypatch)
    turns.count(asyncio.get_running_loop())
    await waits(client(jobs, clock), ids)
    turns.is_over = True
    assert max(turns.pages.values()) == 1
    assert max(turns.woken.values(), default=0) <= 200
    if waits is not all_at_once:
        assert sum(turns.woken.values()) >= 1400
