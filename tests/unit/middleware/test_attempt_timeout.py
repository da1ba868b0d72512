"""An attempt's time: given by what moves, at a least rate, and never more than the call has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from astria_async import Request, RequestTimeoutError, Response, Timeout
from astria_async.middleware import AttemptTimeout
from astria_async.middleware.attempt_timeout import BUFFERED_RATE, LEAST_RATE
from astria_async.testing import ScaledClock, VirtualClock

pytestmark = pytest.mark.anyio

URL = "https://api.example/tunes/1"
Script = Callable[[Any], Awaitable[None]]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


async def attempt(clock: Any, script: Script, *, total: float | None = None, seconds: float | None = 60) -> Response:
    """One attempt that does what the script says; it is given the request's progress."""

    async def send(request: Request) -> Response:
        await script(request.progress)
        return Response(status=200)

    deadline = None if total is None else clock.monotonic() + total
    request = Request(method="POST", url=URL, timeout=Timeout(attempt=seconds), deadline=deadline)
    return await AttemptTimeout(clock)(request, send)


def moving(clock: Any, *, size: int, every: float, times: int) -> Script:
    """So many bytes at a time."""

    async def script(progress: Any) -> None:
        for _ in range(times):
            await clock.sleep(every)
            progress.moved(size)

    return script


async def test_an_attempt_that_moves_is_not_cut(clock: VirtualClock) -> None:
    assert (await attempt(clock, moving(clock, size=64_000, every=20, times=50))).status == 200
    assert clock.monotonic() == 1000


async def test_an_attempt_that_stops_moving_ends_after_its_time(clock: VirtualClock) -> None:
    async def script(progress: Any) -> None:
        await moving(clock, size=1_000_000, every=10, times=3)(progress)
        await clock.sleep(1000)

    with pytest.raises(
        RequestTimeoutError, match="3000000 bytes moved, then less than 1000 a second for 60 s"
    ) as caught:
        await attempt(clock, script)
    assert caught.value.request_was_sent is True
    assert clock.monotonic() == 90


async def test_a_drip_does_not_go_on_for_ever(clock: VirtualClock) -> None:
    with pytest.raises(RequestTimeoutError, match="then less than 1000 a second"):
        await attempt(clock, moving(clock, size=1, every=0.1, times=100_000))
    assert 60 < clock.monotonic() < 61


async def test_half_the_least_rate_ends_after_twice_the_time(clock: VirtualClock) -> None:
    with pytest.raises(RequestTimeoutError):
        await attempt(clock, moving(clock, size=int(LEAST_RATE / 2), every=1, times=100_000))
    assert clock.monotonic() == pytest.approx(120, abs=2)


async def test_the_least_rate_is_enough(clock: VirtualClock) -> None:
    assert (await attempt(clock, moving(clock, size=int(LEAST_RATE), every=1, times=600))).status == 200


async def test_what_came_quickly_saves_up_no_more_than_attempts_time(clock: VirtualClock) -> None:
    async def script(progress: Any) -> None:
        progress.moved(10**9)
        await clock.sleep(1000)

    with pytest.raises(RequestTimeoutError):
        await attempt(clock, script)
    assert clock.monotonic() == 60


async def test_the_calls_deadline_is_moved_by_nothing(clock: VirtualClock) -> None:
    with pytest.raises(RequestTimeoutError, match="no answer within 90 s"):
        await attempt(clock, moving(clock, size=1_000_000, every=1, times=1000), total=90)
    assert clock.monotonic() == 90


async def test_after_an_upload_the_answer_has_the_attempts_time(clock: VirtualClock) -> None:
    async def script(progress: Any) -> None:
        await moving(clock, size=1000, every=1, times=100)(progress)
        progress.sent(0)
        await clock.sleep(59)

    assert (await attempt(clock, script)).status == 200


async def test_what_lies_in_buffers_has_time_at_pace_seen(clock: VirtualClock) -> None:
    async def script(progress: Any) -> None:
        await moving(clock, size=50_000, every=1, times=40)(progress)
        progress.sent(1_000_000)
        await clock.sleep(1000)

    with pytest.raises(RequestTimeoutError):
        await attempt(clock, script)
    assert clock.monotonic() == pytest.approx(40 + 60 + 1_000_000 / 50_000)


async def test_buffered_bytes_are_believed_to_go_at_the_rate(clock: VirtualClock) -> None:
    async def script(progress: Any) -> None:
        progress.moved(3_000_000)
        progress.sent(8_000_000)
        await clock.sleep(1000)

    with pytest.raises(RequestTimeoutError):
        await attempt(clock, script)
    assert clock.monotonic() == pytest.approx(60 + 3_000_000 / BUFFERED_RATE)


async def test_a_scaled_clock_moves_its_deadlines_too(clock: VirtualClock) -> None:
    scaled = ScaledClock(10, clock=clock)
    assert (await attempt(scaled, moving(scaled, size=64_000, every=20, times=50))).status == 200
    with pytest.raises(RequestTimeoutError):
        await attempt(scaled, moving(scaled, size=1, every=1, times=1000))
    assert clock.monotonic() == pytest.approx(106, abs=0.5)


async def test_without_bound_of_its_own_attempt_ends_with_call(clock: VirtualClock) -> None:
    async def script(progress: Any) -> None:
        assert progress is None
        await clock.sleep(1000)

    with pytest.raises(RequestTimeoutError, match="no answer within 90 s"):
        await attempt(clock, script, total=90, seconds=None)


async def test_clock_that_cannot_move_a_deadline_bounds_the_whole_attempt(clock: VirtualClock) -> None:
    class Own:
        """The four methods of the protocol, and nothing more."""

        monotonic, now, sleep = clock.monotonic, clock.now, clock.sleep

        def fail_after(self, seconds: float | None, /) -> AbstractContextManager[object]:
            class Bare:
                def __enter__(self) -> None:
                    inner.__enter__()

                def __exit__(self, *error: object) -> bool | None:
                    return inner.__exit__(*error)

            inner: Any = clock.fail_after(seconds)
            return Bare()

    async def script(progress: Any) -> None:
        assert progress is None
        await clock.sleep(61)

    with pytest.raises(RequestTimeoutError, match="no answer within 60 s"):
        await attempt(Own(), script)
