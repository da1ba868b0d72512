"""One watch for all waiters: one leads, the others follow, and nobody notices when the leader goes."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import pytest

from astria_async import (
    NotFoundError,
    Request,
    Response,
    WaitTimeoutError,
)
from astria_async.testing import VirtualClock

from ...support.jobs import Jobs

pytestmark = pytest.mark.anyio


# --- Who leads


async def test_waiters_of_one_object_share_each_look(wait: Any, jobs: Jobs, ended: dict[int, float]) -> None:
    jobs.add([1], done_at=9.0)
    async with anyio.create_task_group() as tasks:
        for _ in range(50):
            tasks.start_soon(wait, 1)
    assert [moment for moment, _ in jobs.singles] == [0, 2, 4, 6, 8, 10]
    assert ended == {1: 10}


async def test_a_cancelled_leader_is_followed_without_a_gap(
    wait: Any, astria: Any, jobs: Jobs, clock: VirtualClock, ended: dict[int, float]
) -> None:
    jobs.add([1, 2, 3], done_at=7.0)
    async with anyio.create_task_group() as tasks:
        async with anyio.create_task_group() as leader:
            leader.start_soon(wait, 1)
            await clock.sleep(0.5)
            tasks.start_soon(wait, 2)
            tasks.start_soon(wait, 3)
            await clock.sleep(2.6)
            leader.cancel_scope.cancel()
        await clock.sleep(0.01)
        assert astria._parts.watches.here().leader is not None
    assert ended[1] == 3.1
    assert ended[2] == ended[3] <= 9.0


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_follower_cancelled_as_it_would_lead_is_followed(
    astria: Any, wait: Any, jobs: Jobs, clock: VirtualClock, ended: dict[int, float]
) -> None:
    """By asyncio itself: anyio's scopes cancel nobody that is woken already."""
    jobs.add([1], done_at=4.0)
    jobs.add([2, 3], done_at=7.0)

    async def lead() -> None:
        await astria.prompts.wait(1)
        second.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lead)
        await clock.sleep(0.1)
        second = asyncio.create_task(wait(2))
        await clock.sleep(0.1)
        tasks.start_soon(wait, 3)
    with pytest.raises(asyncio.CancelledError):
        await second
    assert ended[2] <= 4.5
    assert 7 <= ended[3] <= 9


async def test_a_leader_whose_time_is_over_is_followed(wait: Any, jobs: Jobs, ended: dict[int, float]) -> None:
    jobs.add([1, 2], done_at=30.0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: wait(1, timeout=5.5))
        tasks.start_soon(wait, 2)
    assert ended[1] == 5.5
    assert 30 <= ended[2] <= 33


async def test_a_leader_that_fails_takes_nobody_with_it(client: Any, clock: VirtualClock, jobs: Jobs) -> None:
    jobs.add([1], created_at=-100.0)
    jobs.add([2], done_at=20.0)
    jobs.gone, astria = {1}, client(jobs)

    async def lead() -> None:
        with pytest.raises(NotFoundError):
            await astria.prompts.wait(1)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lead)
        tasks.start_soon(astria.prompts.wait, 2)
    assert 20 <= clock.monotonic() <= 22


async def test_a_leader_cut_off_in_a_silent_look_is_followed(client: Any, clock: VirtualClock) -> None:
    asked: list[float] = []

    async def silent_first(request: Request) -> Response:
        asked.append(clock.monotonic())
        if len(asked) == 1:
            await clock.sleep(1000)
        return Response.from_json(200, {"id": 1, "trained_at": "2026-01-01T12:00:00Z"})

    astria = client(silent_first)

    async def lead() -> None:
        with pytest.raises(WaitTimeoutError, match="it was never read"):
            await astria.tunes.wait(1, timeout=3)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lead)
        await clock.sleep(1)
        tasks.start_soon(astria.tunes.wait, 1)
    assert asked == [0, 3]
    assert clock.monotonic() == 3


async def test_a_silent_look_at_one_holds_up_no_other(client: Any, clock: VirtualClock) -> None:
    async def handler(request: Request) -> Response:
        if request.path == "/videos/inspect/1":
            await clock.sleep(50)
        return Response.from_json(200, {"id": 2, "trained_at": "2026-01-01T12:00:00Z"})

    astria = client(handler)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(astria.videos.wait, 1)
        await clock.sleep(1)
        await astria.tunes.wait(2)
        assert clock.monotonic() == 1
        tasks.cancel_scope.cancel()


async def test_a_look_under_way_outlasts_the_leader(client: Any, clock: VirtualClock) -> None:
    asked: list[str] = []

    async def handler(request: Request) -> Response:
        asked.append(request.path)
        await clock.sleep(1 if request.path.endswith("/1") else 5)
        return Response.from_json(200, {"id": int(request.path[-1]), "description": "a man"})

    astria = client(handler)

    async def wait(number: int, until: float) -> None:
        await astria.videos.wait(number)
        assert clock.monotonic() == until

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait, 1, 1.0)
        await clock.sleep(0)
        tasks.start_soon(wait, 2, 5.0)
    assert len(asked) == 2


async def test_whoever_comes_later_is_looked_at_at_once(wait: Any, jobs: Jobs, clock: VirtualClock) -> None:
    jobs.add([1], done_at=300.0)
    jobs.add([2], done_at=0.0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait, 1)
        await clock.sleep(100.5)
        await wait(2)
        assert clock.monotonic() == 100.5


async def test_views_share_a_watch_and_workspaces_do_not(client: Any, jobs: Jobs) -> None:
    jobs.add([1], done_at=3.0)
    astria = client(jobs)
    async with anyio.create_task_group() as tasks:
        for view in (astria, astria.with_options(max_retries=0)):
            tasks.start_soon(view.prompts.wait, 1)
    assert len(jobs.singles) == 3
    async with anyio.create_task_group() as tasks:
        for view in (astria, astria.with_options(workspace_id=5)):
            tasks.start_soon(view.prompts.wait, 1)
    assert len(jobs.singles) == 5


# --- Pages and single reads


async def test_thin_ones_are_read_one_by_one(wait: Any, jobs: Jobs) -> None:
    jobs.others = [number for number in range(1, 20_000) if number % 10_000]
    jobs.add([10_000, 20_000], done_at=9.0)
    async with anyio.create_task_group() as tasks:
        for number in (10_000, 20_000):
            tasks.start_soon(wait, number)
    assert len(jobs.pages) == 1, "by which it learns how far apart they are"
    assert len(jobs.singles) == 11


async def test_what_is_not_in_its_list_is_read_by_itself(wait: Any, jobs: Jobs, ended: dict[int, float]) -> None:
    jobs.add([1, 2, 3], done_at=5.0)
    jobs.hides = {2}
    async with anyio.create_task_group() as tasks:
        for number in (1, 2, 3):
            tasks.start_soon(wait, number)
    assert {number for _, number in jobs.singles} == {2}
    assert ended == {1: 6, 2: 6, 3: 6}


async def test_a_list_that_lags_leads_to_few_reads(wait: Any, astria: Any, jobs: Jobs) -> None:
    jobs.hides = {*jobs.add(range(1, 1001), done_at=3.0)}
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: astria.prompts.wait_all(range(1, 1001), return_exceptions=True, timeout=20))
        for _ in range(1):
            await jobs.clock.sleep(1.0)
            assert len(jobs.singles) <= 30
        jobs.hides = set()


@pytest.mark.parametrize(
    "page",
    [Response(status=403), Response(status=404), Response.from_json(200, {}), Response.from_json(200, [{"id": 9}])],
)
async def test_a_list_of_no_use_is_left_for_single_reads(page: Response, client: Any, clock: VirtualClock) -> None:
    def handler(request: Request) -> Response:
        if request.path == "/prompts" and page.status != 403:
            return page
        if request.path == "/prompts":
            return Response(status=405)
        number = int(request.path.rpartition("/")[2])
        moment = "2026-01-01T12:00:00Z" if clock.monotonic() >= 3 else None
        return Response.from_json(200, {"id": number, "trained_at": moment, "images": ["https://x.y/1"]})

    found = await client(handler).prompts.wait_all([1, 2])
    assert [prompt.id for prompt in found] == [1, 2]
    assert clock.monotonic() == 4
