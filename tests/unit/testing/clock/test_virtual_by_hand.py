"""VirtualClock moved by `advance`, and under either plugin for async tests."""

from __future__ import annotations

from datetime import timedelta

import anyio
import pytest

from astria_async.testing import VirtualClock


@pytest.mark.asyncio
async def test_it_works_under_pytest_asyncio() -> None:
    clock = VirtualClock()
    with pytest.raises(TimeoutError), clock.fail_after(60):
        await clock.sleep(61)
    await clock.advance(60)
    assert clock.monotonic() == 120


@pytest.mark.anyio
async def test_a_clock_that_is_moved_by_hand_stands_still_otherwise() -> None:
    clock = VirtualClock(auto=False)
    woken: list[float] = []

    async def sleeper(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(clock.monotonic())
        await clock.sleep(1)
        woken.append(clock.monotonic())

    async with anyio.create_task_group() as group:
        group.start_soon(sleeper, 10)
        group.start_soon(sleeper, 20)
        await clock.advance(9.5)
        assert (woken, clock.monotonic()) == ([], 9.5)
        await clock.advance(1)
        assert (woken, clock.monotonic()) == ([10], 10.5)
        await clock.advance(100)
    assert woken == [10, 11, 20, 21]
    assert clock.now() == VirtualClock().now() + timedelta(seconds=110.5)


@pytest.mark.anyio
async def test_advancing_an_automatic_clock_stops_where_it_was_told() -> None:
    clock = VirtualClock()
    async with anyio.create_task_group() as group:
        group.start_soon(clock.sleep, 60)
        await clock.advance(30)
        assert (clock.monotonic(), clock.waiting) == (30, 1)
        await clock.advance(0)
        assert clock.monotonic() == 30
    assert clock.monotonic() == 60


@pytest.mark.anyio
async def test_two_tasks_may_advance_at_once() -> None:
    clock = VirtualClock(auto=False)
    async with anyio.create_task_group() as group:
        group.start_soon(clock.sleep, 25)
        group.start_soon(clock.advance, 10)
        group.start_soon(clock.advance, 30)
    assert clock.monotonic() == 30


@pytest.mark.anyio
async def test_an_advance_that_is_cancelled_leaves_the_clock_in_order() -> None:
    clock = VirtualClock()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await clock.advance(10)
    assert scope.cancelled_caught
    await clock.sleep(5)
    assert clock.monotonic() == 5
