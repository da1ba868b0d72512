"""A clock that runs faster than the one it goes by."""

from __future__ import annotations

import math
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
import uvicorn

from astria_async import AsyncAstria, Timeout
from astria_async._wire import Clock
from astria_async.testing import FakeAstria, ScaledClock, Timings, VirtualClock

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


async def test_clock_begins_at_its_start_or_the_other_clocks_time() -> None:
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


async def test_advance_wakes_only_whoever_has_slept_long_enough() -> None:
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


async def test_the_fake_lives_by_it() -> None:
    real = VirtualClock(auto=False)
    clock = ScaledClock(100, clock=real)
    fake = FakeAstria(clock=clock, timings=Timings())
    assert not fake.tunes
    before = clock.now()
    await real.advance(1)
    clock.advance(20)
    assert clock.now() - before == timedelta(seconds=120)


def test_the_factor_for_sockets_leaves_the_default_deadlines_enough_time() -> None:
    connect, attempt = Timeout().connect, Timeout().attempt
    assert connect is not None and attempt is not None
    assert connect / ScaledClock.FACTOR_OVER_SOCKETS >= 0.5
    assert attempt / ScaledClock.FACTOR_OVER_SOCKETS >= 3


@contextmanager
def served(fake: FakeAstria) -> Iterator[str]:
    """Where a fake listens, in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        fake.images_origin = f"http://localhost:{port}"
        server = uvicorn.Server(uvicorn.Config(fake.asgi(), log_level="critical"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join()


@pytest.mark.network
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_fast_client_reaches_a_real_server(tmp_path: Path) -> None:
    clock = ScaledClock(ScaledClock.FACTOR_OVER_SOCKETS)
    fake = FakeAstria(clock=clock, timings=Timings(fast_tune_trained=4, prompt_trained=4))
    with served(fake) as base_url:
        astria = AsyncAstria("sd_test", base_url=base_url, clock=clock)
        tune = await astria.tunes.create(name="woman", branch="fast", image_urls=["https://e.com/1"])
        prompt = await astria.prompts.wait(await astria.prompts.create(tune, text="sks woman", num_images=2))
        assert len(await astria.prompts.download(prompt, tmp_path)) == 2
        await astria.aclose()
    assert all(record.status in (200, 201) for record in fake.requests)
