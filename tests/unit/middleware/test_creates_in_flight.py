"""Closing waits for creates: one that is cut off may be paid, and nobody knows its object."""

from __future__ import annotations

import anyio
import pytest

from astria_async.middleware.creates_in_flight import CreatesInFlight
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio


async def busy(creates: CreatesInFlight, clock: VirtualClock, seconds: float) -> None:
    with creates.one():
        await clock.sleep(seconds)


async def test_with_none_under_way_nothing_is_waited_for(clock: VirtualClock) -> None:
    await CreatesInFlight(clock).wait()
    assert clock.monotonic() == 0


@pytest.mark.parametrize(("seconds", "waited"), [((5.0,), 5.0), ((5.0, 20.0), 20.0), ((29.0,), 29.0), ((300.0,), 30.5)])
async def test_creates_under_way_are_waited_for_with_a_bound(
    seconds: tuple[float, ...], waited: float, clock: VirtualClock
) -> None:
    creates = CreatesInFlight(clock)
    async with anyio.create_task_group() as tasks:
        for one in seconds:
            tasks.start_soon(busy, creates, clock, one)
        await clock.sleep(0.5)
        await creates.wait()
        assert clock.monotonic() == waited


async def test_creates_that_begin_meanwhile_are_waited_for_too(clock: VirtualClock) -> None:
    creates, ended = CreatesInFlight(clock), list[float]()

    async def wait() -> None:
        await creates.wait()
        ended.append(clock.monotonic())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(busy, creates, clock, 5.0)
        await clock.sleep(0.5)
        tasks.start_soon(wait)
        tasks.start_soon(wait)
        await clock.sleep(4)
        tasks.start_soon(busy, creates, clock, 5.0)
    assert ended == [9.5, 9.5]


async def test_one_that_failed_is_no_longer_under_way(clock: VirtualClock) -> None:
    creates = CreatesInFlight(clock)
    with pytest.raises(KeyError), creates.one():
        raise KeyError("x")
    await creates.wait()
    assert clock.monotonic() == 0
