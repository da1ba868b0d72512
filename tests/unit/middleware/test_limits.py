"""The limiter: as many at once as the service takes, first come first served."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from astria_async import ConfigurationError, Limits, Request, RequestTimeoutError, Response, TransportError
from astria_async._wire import Send
from astria_async.middleware import Limiter
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio


class Server:
    """Takes a second for each request, and notes how many it had at once and in which order they came."""

    def __init__(self, clock: VirtualClock, *, status: int = 200) -> None:
        self.clock = clock
        self.status = status
        self.now = self.most = 0
        self.order: list[str] = []
        self.times: list[float] = []

    async def __call__(self, request: Request) -> Response:
        self.now += 1
        self.most = max(self.most, self.now)
        self.order.append(request.url)
        self.times.append(self.clock.monotonic())
        try:
            await self.clock.sleep(1)
        finally:
            self.now -= 1
        return Response(status=self.status)


def answering(what: int | TransportError) -> Send:
    """A `Send` that answers at once with this status, or raises this error."""

    async def send(request: Request) -> Response:
        if isinstance(what, TransportError):
            raise what
        return Response(status=what)

    return send


def numbered(number: int, **more: Any) -> Request:
    return Request(method="GET", url=f"https://x.y/{number}", **more)


async def test_limit_bounds_what_is_in_flight_and_keeps_order(clock: VirtualClock) -> None:
    limiter, server = Limiter(Limits(max_in_flight=3, adaptive=False), clock=clock), Server(clock)
    async with anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(limiter, numbered(number), server)
            await clock.advance(0)  # until every other task waits
    assert server.most == 3
    assert server.order == [f"https://x.y/{number}" for number in range(10)]
    assert clock.monotonic() == 4


async def test_slot_is_given_back_after_error_and_after_cancellation(clock: VirtualClock) -> None:
    limiter = Limiter(Limits(max_in_flight=1, adaptive=False), clock=clock)

    async def broken(request: Request) -> Response:
        raise TransportError("reset", request_was_sent=True)

    with pytest.raises(TransportError):
        await limiter(numbered(1), broken)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await limiter(numbered(2), Server(clock))
    assert limiter.statistics().in_flight == 0
    assert (await limiter(numbered(3), Server(clock))).status == 200


async def test_task_cancelled_in_the_queue_lets_the_next_one_through(clock: VirtualClock) -> None:
    limiter, server = Limiter(Limits(max_in_flight=1, adaptive=False), clock=clock), Server(clock)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(limiter, numbered(0), server)
        await clock.advance(0)  # until every other task waits
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as inner:
                inner.start_soon(limiter, numbered(1), server)
                await clock.sleep(0.5)
                assert limiter.statistics().waiting == 1
                scope.cancel()
        tasks.start_soon(limiter, numbered(2), server)
    assert server.order == ["https://x.y/0", "https://x.y/2"]
    assert limiter.statistics().waiting == limiter.statistics().in_flight == 0


async def test_it_begins_with_few_and_doubles_each_round(clock: VirtualClock) -> None:
    limiter, server = Limiter(Limits(max_in_flight=64, start=4), clock=clock), Server(clock)
    async with anyio.create_task_group() as tasks:
        for number in range(200):
            tasks.start_soon(limiter, numbered(number), server)
    started = [server.times.count(float(second)) for second in range(5)]
    assert started[:4] == [4, 8, 16, 32]
    assert server.most == 64


async def test_429_halves_the_limit_and_pauses_all(clock: VirtualClock) -> None:
    limiter = Limiter(Limits(start=8), clock=clock)
    server = Server(clock)

    async def refuse(request: Request) -> Response:
        return Response(status=429, headers={"Retry-After": "20"})

    await limiter(numbered(0), refuse)
    assert limiter.statistics().limit == 4
    assert limiter.statistics().cooling_down == 20
    async with anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(limiter, numbered(number), server)
    assert min(server.times) == 20


async def test_one_round_of_429s_halves_it_once(clock: VirtualClock) -> None:
    limiter, server = Limiter(Limits(start=8), clock=clock), Server(clock, status=429)
    async with anyio.create_task_group() as tasks:
        for number in range(8):
            tasks.start_soon(limiter, numbered(number), server)
    assert limiter.statistics().limit == 4
    assert limiter.statistics().cooling_down == 1


async def test_after_a_503_it_grows_by_one_a_round(clock: VirtualClock) -> None:
    limiter, server = Limiter(Limits(start=4), clock=clock), Server(clock)
    await limiter(numbered(0), answering(503))
    assert limiter.statistics().limit == 2
    assert limiter.statistics().cooling_down == 0
    async with anyio.create_task_group() as tasks:
        for number in range(12):
            tasks.start_soon(limiter, numbered(number), server)
    started = [server.times.count(float(second)) for second in range(4)]
    assert started[:3] == [2, 2, 3]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 408, 425])
async def test_an_answer_that_shows_no_room_never_grows_it(status: int, clock: VirtualClock) -> None:
    limiter, server = Limiter(Limits(start=4), clock=clock), Server(clock, status=status)
    async with anyio.create_task_group() as tasks:
        for number in range(60):
            tasks.start_soon(limiter, numbered(number), server)
    assert server.most == 4


@pytest.mark.parametrize("status", [200, 201, 302, 401, 404, 422])
async def test_an_answer_of_the_service_itself_grows_it(status: int, clock: VirtualClock) -> None:
    limiter, server = Limiter(Limits(start=4), clock=clock), Server(clock, status=status)
    async with anyio.create_task_group() as tasks:
        for number in range(60):
            tasks.start_soon(limiter, numbered(number), server)
    assert server.most > 8


async def lose_some(limiter: Limiter, clock: VirtualClock, lost: Any, *, every: int) -> None:
    """A hundred calls one after the other; of `every` so many, one is lost."""
    for number in range(1, 101):
        try:
            await limiter(numbered(number), answering(200 if number % every else lost))
        except TransportError:
            pass
        await clock.sleep(1)


LOST = [502, 504, 520, 524, TransportError("timed out", request_was_sent=True)]


@pytest.mark.parametrize("lost", LOST)
async def test_a_tenth_of_lost_answers_does_not_shrink_it(lost: Any, clock: VirtualClock) -> None:
    limiter = Limiter(Limits(start=8), clock=clock)
    await lose_some(limiter, clock, lost, every=10)
    assert limiter.statistics().limit == 8


@pytest.mark.parametrize("lost", LOST)
async def test_more_than_a_tenth_of_lost_answers_halve_it(lost: Any, clock: VirtualClock) -> None:
    limiter = Limiter(Limits(start=8), clock=clock)
    await lose_some(limiter, clock, lost, every=8)
    assert limiter.statistics().limit == 2  # twice: after 48 and after 96 answers, each counted from then
    assert limiter.statistics().cooling_down == 0


async def test_attempts_that_were_never_sent_are_not_among_the_answers(clock: VirtualClock) -> None:
    limiter, unsent = Limiter(Limits(start=8), clock=clock), TransportError("refused", request_was_sent=False)
    for number in range(6 * 20):
        try:
            await limiter(numbered(number), answering(unsent if number % 20 else 504))
        except TransportError:
            pass
        await clock.sleep(1)
    assert limiter.statistics().limit == 4  # all of the answers were lost


async def test_answers_lost_together_halve_it_once(clock: VirtualClock) -> None:
    limiter, server = Limiter(Limits(start=40), clock=clock), Server(clock, status=504)
    async with anyio.create_task_group() as tasks:
        for number in range(40):
            tasks.start_soon(limiter, numbered(number), server)
    assert limiter.statistics().limit == 20


async def test_what_was_never_sent_says_nothing_about_the_service(clock: VirtualClock) -> None:
    limiter = Limiter(Limits(start=8), clock=clock)

    async def refused(request: Request) -> Response:
        raise TransportError("refused", request_was_sent=False)

    with pytest.raises(TransportError):
        await limiter(numbered(0), refused)
    assert limiter.statistics().limit == 8


async def test_a_call_whose_time_is_over_leaves_the_queue(clock: VirtualClock) -> None:
    limiter, server = Limiter(Limits(max_in_flight=1, adaptive=False), clock=clock), Server(clock)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(limiter, numbered(0), server)
        await clock.advance(0)  # until every other task waits
        with pytest.raises(RequestTimeoutError, match="before there was a slot") as caught:
            await limiter(numbered(1, deadline=0.5), server)
    assert caught.value.request_was_sent is False
    assert server.order == ["https://x.y/0"]


def test_statistics_outside_of_event_loop_are_refused_with_remedy(clock: VirtualClock) -> None:
    with pytest.raises(ConfigurationError, match="call it while one is running"):
        Limiter(Limits(), clock=clock).statistics()


def test_each_event_loop_has_slots_of_its_own(clock: VirtualClock) -> None:
    limiter = Limiter(Limits(max_in_flight=1, adaptive=False), clock=clock)

    async def once() -> int:
        await limiter(numbered(0), Server(clock))
        return limiter.statistics().in_flight

    assert [anyio.run(once), anyio.run(once)] == [0, 0]
