"""HttpxTransport's connections: used again where they can be, thrown away where they may not be, never leaked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from astria_async import HttpxTransport
from astria_async.transports._connections import IDLE

from .conftest import always, get

pytestmark = [pytest.mark.anyio, pytest.mark.network]


@pytest.fixture
async def transport(no_proxy: None) -> AsyncIterator[HttpxTransport]:
    transport = HttpxTransport()
    yield transport
    await transport.aclose()


async def test_as_many_connections_as_calls_and_all_are_used_again(serve: Any, transport: HttpxTransport) -> None:
    async with serve(always) as server:
        for _ in range(3):
            async with anyio.create_task_group() as tasks:
                for _ in range(4):
                    tasks.start_soon(transport.send, get(server.url))
        assert server.connections == 4


async def test_cancelling_while_connecting_a_thousand_times_leaks_nothing(
    serve: Any, transport: HttpxTransport
) -> None:
    async with serve(always) as server:
        for turn in range(120):
            async with anyio.create_task_group() as tasks:
                for _ in range(10):
                    tasks.start_soon(transport.send, get(server.url))
                for _ in range(turn % 12):
                    await checkpoint()
                tasks.cancel_scope.cancel()
        assert (await transport.send(get(server.url))).status == 200


async def test_connection_that_was_idle_for_long_is_not_used_again(serve: Any) -> None:
    class Time:
        now = 0.0

        def monotonic(self) -> float:
            return self.now

    time: Any = Time()
    transport = HttpxTransport(clock=time)
    async with serve(always) as server:
        await transport.send(get(server.url))
        time.now = IDLE + 1
        await transport.send(get(server.url))
        assert server.connections == 2
        await transport.aclose()


async def test_a_connection_the_server_closed_while_idle_is_replaced(serve: Any, transport: HttpxTransport) -> None:
    closed = anyio.Event()

    async def once(connection: Any) -> None:
        await connection.request()
        await connection.answer()
        if connection.number == 1:
            await connection.stream.aclose()
            closed.set()

    async with serve(once) as server:
        await transport.send(get(server.url))
        await closed.wait()
        assert (await transport.send(get(server.url))).status == 200
