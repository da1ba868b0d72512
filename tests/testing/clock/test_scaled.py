"""A clock that runs faster than the one it goes by."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import anyio
import pytest

from astria_async._wire import Clock
from astria_async.testing import FakeAstria, Timings, VirtualClock
from astria_async.testing.clock._scaled import ScaledClock

pytestmark = pytest.mark.anyio

START = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


async def test_it_runs_so_many_times_as_fast() -> None:
    real = VirtualClock()
    clock = ScaledClock(100, clock=real)
    began = clock.now()
    await real.sleep(3)
    assert clock.monotonic() == pytest.approx(300)
    assert clock.now() - began == timedelta(seconds=300)
    assert clock.factor == 100


async def test_it_begins_at_the_time_that_it_is_given_or_else_at_the_other_ones() -> None:
    real = VirtualClock()
    assert ScaledClock(2, clock=real).now() == real.now()
    assert ScaledClock(2, clock=real, start=START).now() == START
    by_itself: Clock = ScaledClock()
    assert abs(by_itself.now() - datetime.now(UTC)) < timedelta(minutes=5)


async def test_its_sleep_takes_as_many_times_less() -> None:
    real = VirtualClock()
    clock = ScaledClock(100, clock=real)
    await clock.sleep(500)
    assert real.monotonic() == pytest.approx(5)
    await clock.sleep(0)
    await clock.sleep(-1)
    assert real.monotonic() == pytest.approx(5)


async def test_its_deadlines_come_as_many_times_sooner() -> None:
    real = VirtualClock()
    clock = ScaledClock(10, clock=real)
    with pytest.raises(TimeoutError), clock.fail_after(20):
        await real.sleep(60)
    assert real.monotonic() == pytest.approx(2)
    with clock.fail_after(None):
        await real.sleep(60)


async def test_put_forward_it_wakes_whoever_has_slept_long_enough_and_no_one_else() -> None:
    real = VirtualClock(auto=False)
    clock = ScaledClock(clock=real)
    awake: list[float] = []

    async def sleeper(seconds: float) -> None:
        await clock.sleep(seconds)
        awake.append(seconds)

    async with anyio.create_task_group() as tasks:
        for seconds in (30, 100):
            tasks.start_soon(sleeper, seconds)
        await real.advance(1)
        clock.advance(60)
        await real.advance(0)
        assert awake == [30]
        await real.advance(38)
        assert awake == [30]
        await real.advance(1)
    assert awake == [30, 100]
    assert clock.monotonic() == pytest.approx(100)


@pytest.mark.parametrize("factor", [0, -1, math.inf, math.nan])
async def test_a_factor_that_makes_no_sense_is_refused(factor: float) -> None:
    with pytest.raises(ValueError, match="finite number above 0"):
        ScaledClock(factor)


@pytest.mark.parametrize("seconds", [-1, math.inf, math.nan])
async def test_it_never_goes_back(seconds: float) -> None:
    with pytest.raises(ValueError, match="0 or more finite seconds"):
        ScaledClock().advance(seconds)


async def test_the_stand_in_lives_by_it() -> None:
    real = VirtualClock(auto=False)
    clock = ScaledClock(100, clock=real)
    fake = FakeAstria(clock=clock, timings=Timings())
    assert not fake.tunes
    before = clock.now()
    await real.advance(1)
    clock.advance(20)
    assert clock.now() - before == timedelta(seconds=120)
