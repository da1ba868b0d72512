"""Closing a client: it lets creates end, but holds up nobody who ends the program."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

import anyio
import pytest

from astria_async import AsyncAstria, ConfigurationError, Request, Response, Timeout
from astria_async.testing import MockTransport, VirtualClock

pytestmark = pytest.mark.anyio


def busy(clock: VirtualClock, seconds: float) -> MockTransport:
    """A service that takes so long for a create."""

    async def slow(request: Request) -> Response:
        if request.method == "POST":
            await clock.sleep(seconds)
        return Response.from_json(200, {"id": 3})

    return MockTransport(slow)


def client(transport: MockTransport, clock: VirtualClock) -> AsyncAstria:
    """One that does not give a create up because of its silence."""
    return AsyncAstria(
        "sd_test", transport=transport, clock=clock, random=random.Random(1), timeout=Timeout(attempt=None)
    )


async def create(astria: AsyncAstria) -> None:
    await astria.tunes.create(name="woman", image_urls=["https://x.y/1"])


@pytest.mark.parametrize(("seconds", "closed_after"), [(0.0, 0.0), (20.0, 20.0), (500.0, 30.0)])
async def test_closing_lets_creates_in_flight_end(seconds: float, closed_after: float) -> None:
    clock = VirtualClock()
    transport = busy(clock, seconds)
    astria = client(transport, clock)
    async with anyio.create_task_group() as tasks:
        if seconds:
            tasks.start_soon(create, astria)
            await clock.sleep(0.01)
        began = clock.monotonic()
        await astria.aclose()
        assert clock.monotonic() - began == pytest.approx(closed_after, abs=0.1)
        tasks.cancel_scope.cancel()
    with pytest.raises(ConfigurationError, match="closed"):
        await transport.send(Request(method="GET", url="https://x.y"))


async def test_closing_lets_a_create_end_that_a_view_began() -> None:
    clock, done = VirtualClock(), list[int]()
    astria = client(busy(clock, 20.0), clock)

    async def call() -> None:
        await create(astria.with_options(workspace_id=5))
        done.append(1)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await clock.sleep(0.01)
        await astria.aclose()
        await clock.sleep(0.01)
        assert done == [1]


async def test_closing_that_is_cancelled_closes_nevertheless() -> None:
    clock = VirtualClock()
    transport = busy(clock, 500.0)
    astria = client(transport, clock)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(create, astria)
        await clock.sleep(0.01)
        with pytest.raises(TimeoutError), clock.fail_after(5):
            await astria.aclose()
        with pytest.raises(ConfigurationError, match="closed"):
            await transport.send(Request(method="GET", url="https://x.y"))
        tasks.cancel_scope.cancel()


async def closed_by_the_context(astria: AsyncAstria, work: Awaitable[object]) -> None:
    async with astria:
        await work


async def closed_in_a_finally(astria: AsyncAstria, work: Awaitable[object]) -> None:
    try:
        await work
    finally:
        await astria.aclose()


async def closed_by_a_stack(astria: AsyncAstria, work: Awaitable[object]) -> None:
    async with AsyncExitStack() as stack:
        stack.push_async_callback(astria.aclose)
        await work


async def closing_already(astria: AsyncAstria, work: Awaitable[object]) -> None:
    async with astria:
        asyncio.ensure_future(work).cancel()


WAYS_TO_CLOSE = [closed_by_the_context, closed_in_a_finally, closed_by_a_stack, closing_already]


@pytest.mark.parametrize("close", WAYS_TO_CLOSE)
def test_ctrl_c_does_not_wait_for_another_tasks_create(
    close: Callable[..., Coroutine[Any, Any, None]],
) -> None:
    """As `asyncio.run` does it: it cancels the main task, once, and all others after that has ended."""
    clock = VirtualClock()
    transport = busy(clock, 500.0)
    astria = client(transport, clock)

    async def program() -> None:
        creating = asyncio.create_task(create(astria))
        main = asyncio.create_task(close(astria, asyncio.Event().wait()))
        await clock.sleep(0.01)
        began = clock.monotonic()
        main.cancel()
        with pytest.raises(asyncio.CancelledError):
            await main
        assert clock.monotonic() - began < 1
        assert not creating.done()
        with pytest.raises(ConfigurationError, match="closed"):
            await transport.send(Request(method="GET", url="https://x.y"))

    asyncio.run(program())


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
async def test_the_end_of_the_program_does_not_wait_for_creates(stop: type[BaseException]) -> None:
    clock = VirtualClock()
    astria = client(busy(clock, 500.0), clock)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(create, astria)
        await clock.sleep(0.01)
        began = clock.monotonic()
        with pytest.raises(stop):
            async with astria:
                raise stop
        assert clock.monotonic() == began
        tasks.cancel_scope.cancel()


async def test_an_error_in_the_body_lets_creates_end() -> None:
    clock, done = VirtualClock(), list[int]()
    astria = client(busy(clock, 20.0), clock)

    async def call() -> None:
        await create(astria)
        done.append(1)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await clock.sleep(0.01)
        with pytest.raises(KeyError):
            async with astria:
                raise KeyError("x")
        await clock.sleep(0.01)
        assert done == [1]


async def test_a_create_on_a_closed_client_was_not_sent() -> None:
    clock = VirtualClock()
    transport = busy(clock, 0.0)
    astria = client(transport, clock)
    await astria.aclose()
    with pytest.raises(ConfigurationError, match="closed") as caught:
        await create(astria)
    assert caught.value.outcome == "not_sent"
    assert transport.requests == []
