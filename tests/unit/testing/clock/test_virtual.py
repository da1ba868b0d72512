"""VirtualClock: hours in a moment, and in the right order."""

from __future__ import annotations

import gc
import math
import time
import weakref
from datetime import UTC, datetime

import anyio
import pytest
import trio.testing  # noqa: F401 -- here, so that no test is measured with its import

from astria_async._wire import Clock
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio


async def test_backoff_of_three_and_a_half_minutes_takes_no_time() -> None:
    clock = VirtualClock()
    began = time.perf_counter()
    for seconds in (30, 60, 120):
        await clock.sleep(seconds)
    assert clock.monotonic() == 210
    assert time.perf_counter() - began < 1  # it takes 0.2 ms; the bound leaves room for a busy machine


async def test_time_of_day_is_aware_and_goes_with_the_clock() -> None:
    clock: Clock = VirtualClock()
    assert clock.now() == datetime(2026, 1, 1, 12, tzinfo=UTC)
    await clock.sleep(90.5)
    assert clock.now() == datetime(2026, 1, 1, 12, 1, 30, 500_000, tzinfo=UTC)
    start = datetime(2030, 6, 1, tzinfo=UTC)
    assert VirtualClock(start=start).now() == start


async def test_sleepers_wake_in_the_order_of_their_deadlines() -> None:
    clock = VirtualClock()
    woken: list[tuple[int, float]] = []

    async def sleeper(seconds: int) -> None:
        await clock.sleep(seconds)
        woken.append((seconds, clock.monotonic()))

    async with anyio.create_task_group() as group:
        for seconds in range(300, 0, -1):
            group.start_soon(sleeper, seconds)
    assert woken == [(seconds, float(seconds)) for seconds in range(1, 301)]


async def test_sleepers_with_the_same_deadline_wake_at_the_same_time() -> None:
    clock = VirtualClock()
    times: list[float] = []

    async def sleeper() -> None:
        await clock.sleep(5)
        times.append(clock.monotonic())
        await clock.sleep(5)

    async with anyio.create_task_group() as group:
        for _ in range(200):
            group.start_soon(sleeper)
    assert times == [5.0] * 200
    assert clock.monotonic() == 10


async def test_time_stands_still_while_a_task_is_busy() -> None:
    clock = VirtualClock()
    async with anyio.create_task_group() as group:
        group.start_soon(clock.sleep, 60)
        for _ in range(50):
            await anyio.lowlevel.checkpoint()
            assert clock.monotonic() == 0


async def test_a_sleep_of_nothing_gives_others_a_turn() -> None:
    clock = VirtualClock()
    turns: list[str] = []

    async def other() -> None:
        turns.append("other")

    async with anyio.create_task_group() as group:
        group.start_soon(other)
        await clock.sleep(0)
        await clock.sleep(-1)
        turns.append("main")
    assert turns == ["other", "main"]
    assert clock.monotonic() == 0


async def test_a_sleep_without_end_holds_nothing_up() -> None:
    clock = VirtualClock()
    async with anyio.create_task_group() as group:
        group.start_soon(clock.sleep, math.inf)
        await clock.sleep(3600)
        group.cancel_scope.cancel()
    assert clock.monotonic() == 3600


async def test_what_is_no_time_is_refused() -> None:
    clock = VirtualClock()
    with pytest.raises(ValueError, match="nan"):
        await clock.sleep(math.nan)
    with pytest.raises(ValueError, match="nan"), clock.fail_after(math.nan):
        pass
    for seconds in (-1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="finite seconds"):
            await clock.advance(seconds)


# --- Deadlines


async def test_a_block_that_takes_too_long_ends_in_a_timeout() -> None:
    clock = VirtualClock()
    with pytest.raises(TimeoutError), clock.fail_after(10):
        await clock.sleep(11)
    assert clock.monotonic() == 10
    assert clock.waiting == 0


async def test_block_that_takes_exactly_its_time_is_in_time() -> None:
    clock = VirtualClock()
    with clock.fail_after(10):
        await clock.sleep(10)
    assert clock.monotonic() == 10


async def test_without_a_bound_nothing_times_out() -> None:
    clock = VirtualClock()
    with clock.fail_after(None):
        await clock.sleep(1e9)
    assert clock.monotonic() == 1e9


async def test_bound_of_nothing_ends_the_block_where_it_first_waits() -> None:
    clock = VirtualClock()
    reached: list[str] = []
    with pytest.raises(TimeoutError), clock.fail_after(0):
        reached.append("inside")
        await clock.sleep(1)
        reached.append("behind")
    assert reached == ["inside"]
    assert clock.monotonic() == 0


async def test_of_nested_bounds_the_tighter_one_counts() -> None:
    clock = VirtualClock()
    with clock.fail_after(60):
        with pytest.raises(TimeoutError), clock.fail_after(5):
            await clock.sleep(100)
        await clock.sleep(5)
    with pytest.raises(TimeoutError), clock.fail_after(5), clock.fail_after(60):
        await clock.sleep(100)
    assert clock.monotonic() == 15


async def test_an_error_of_the_block_passes_through() -> None:
    clock = VirtualClock()
    with pytest.raises(LookupError), clock.fail_after(5):
        raise LookupError
    assert clock.waiting == 0


async def test_a_cancellation_from_outside_is_no_timeout() -> None:
    clock = VirtualClock()
    with anyio.CancelScope() as scope:
        with clock.fail_after(60):
            scope.cancel()
            await clock.sleep(30)
    assert scope.cancelled_caught
    assert (clock.monotonic(), clock.waiting) == (0, 0)


async def test_a_block_cancelled_by_hand_is_no_timeout() -> None:
    clock = VirtualClock()
    with clock.fail_after(60) as scope:
        scope.cancel()
        await clock.sleep(30)
    assert clock.monotonic() == 0


# --- Threads


def block(seconds: float) -> None:
    """Keep a thread busy for so long, in real time."""
    anyio.run(anyio.sleep, seconds)


async def test_work_in_a_thread_holds_the_clock() -> None:
    clock = VirtualClock()
    seen: list[float] = []

    async def worker() -> None:
        await anyio.to_thread.run_sync(block, 0.02, limiter=anyio.CapacityLimiter(1))
        seen.append(clock.monotonic())

    async with anyio.create_task_group() as group:
        group.start_soon(worker)
        group.start_soon(worker)
        group.start_soon(clock.sleep, 60)
    assert seen == [0.0, 0.0]
    assert clock.monotonic() == 60


async def test_a_thread_that_has_finished_holds_nothing() -> None:
    clock = VirtualClock()
    await anyio.to_thread.run_sync(block, 0)
    with pytest.raises(TimeoutError), clock.fail_after(60):
        await anyio.Event().wait()


# --- Cancellation, garbage, several clocks and loops


async def test_cancelled_sleepers_leave_nothing_behind() -> None:
    clock = VirtualClock()
    async with anyio.create_task_group() as group:
        group.start_soon(clock.sleep, 5)
        async with anyio.create_task_group() as sleepers:
            for seconds in range(500):
                sleepers.start_soon(clock.sleep, 1000 + seconds)
            await anyio.lowlevel.checkpoint()
            sleepers.cancel_scope.cancel()
        assert clock.waiting == 1
        assert len(clock._timers) <= 2
    assert clock.monotonic() == 5


async def test_a_long_run_of_met_deadlines_does_not_grow() -> None:
    clock = VirtualClock()
    for _ in range(1000):
        with clock.fail_after(1000):
            await clock.sleep(0.001)
        assert len(clock._timers) <= 2


async def test_a_clock_and_its_sleepers_are_freed() -> None:
    clock = VirtualClock()
    await clock.sleep(5)
    with anyio.move_on_after(0):
        await clock.sleep(5)
    reference = weakref.ref(clock)
    del clock
    await VirtualClock().sleep(1)  # by then the loop has been at rest
    gc.collect()
    assert reference() is None


async def test_two_clocks_in_one_loop_do_not_disturb_each_other() -> None:
    one, two = VirtualClock(), VirtualClock()
    async with anyio.create_task_group() as group:
        group.start_soon(one.sleep, 10)
        group.start_soon(two.sleep, 20)
    assert (one.monotonic(), two.monotonic()) == (10, 20)
