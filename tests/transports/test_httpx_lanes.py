"""HttpxTransport's connections: used again where they can be, thrown away where they may not be, never leaked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from astria_async import ConfigurationError, HttpxTransport, Request, TransportError
from astria_async.transports import _httpx

pytestmark = [pytest.mark.anyio, pytest.mark.network]


@pytest.fixture
async def transport() -> AsyncIterator[HttpxTransport]:
    transport = HttpxTransport()
    yield transport
    await transport.aclose()


def get(url: str, **more: Any) -> Request:
    return Request(method="GET", url=url, **more)


async def always(connection: Any) -> None:
    while True:
        await connection.request()
        await connection.answer()


async def half_an_answer(connection: Any) -> None:
    await connection.request()
    await connection.stream.send(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"id"')


async def test_one_connection_serves_one_call_after_the_other(serve: Any, transport: HttpxTransport) -> None:
    async with serve(always) as server:
        for _ in range(5):
            await transport.send(get(server.url))
        assert server.connections == 1


async def test_as_many_connections_as_calls_at_once_and_all_are_used_again(
    serve: Any, transport: HttpxTransport
) -> None:
    async with serve(always) as server:
        for _ in range(3):
            async with anyio.create_task_group() as tasks:
                for _ in range(4):
                    tasks.start_soon(transport.send, get(server.url))
        assert server.connections == 4


async def test_a_cancelled_calls_connection_is_thrown_away_and_the_next_call_works(
    serve: Any, transport: HttpxTransport
) -> None:
    arrived = anyio.Event()

    async def silent_first(connection: Any) -> None:
        await connection.request()
        if connection.number == 1:
            arrived.set()
            await connection.stream.receive()
        await connection.answer()

    async with serve(silent_first) as server:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(transport.send, get(server.url))
            await arrived.wait()
            tasks.cancel_scope.cancel()
        assert (await transport.send(get(server.url))).status == 200
        assert server.connections == 2


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


async def test_a_connection_that_was_idle_for_long_is_not_used_again(serve: Any) -> None:
    class Time:
        now = 0.0

        def monotonic(self) -> float:
            return self.now

    time: Any = Time()
    transport = HttpxTransport(clock=time)
    async with serve(always) as server:
        await transport.send(get(server.url))
        time.now = _httpx.IDLE + 1
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


async def test_a_stream_hands_over_the_body_as_it_comes(serve: Any, transport: HttpxTransport) -> None:
    go_on = anyio.Event()

    async def slowly(connection: Any) -> None:
        await connection.request()
        await connection.stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
        await go_on.wait()
        await connection.stream.send(b"def")

    async with serve(slowly) as server, transport.stream(get(server.url)) as stream:
        chunks = stream.chunks()
        assert (stream.status, await anext(chunks)) == (200, b"abc")
        go_on.set()
        assert [chunk async for chunk in chunks] == [b"def"]


async def test_a_stream_that_was_left_early_gives_its_connection_up(serve: Any, transport: HttpxTransport) -> None:
    async with serve(always) as server:
        async with transport.stream(get(server.url)):
            pass
        await transport.send(get(server.url))
        assert server.connections == 2


async def test_a_stream_that_breaks_off_is_a_transport_error(serve: Any, transport: HttpxTransport) -> None:
    async with serve(half_an_answer) as server:
        with pytest.raises(TransportError):
            async with transport.stream(get(server.url)) as stream:
                assert [chunk async for chunk in stream.chunks()]


async def test_a_closed_transport_says_so(transport: HttpxTransport) -> None:
    await transport.aclose()
    with pytest.raises(ConfigurationError, match="closed"):
        await transport.send(get("http://127.0.0.1:9/"))
    assert repr(transport) == "<HttpxTransport closed>"


def test_a_transport_works_on_a_second_event_loop() -> None:
    transport = HttpxTransport()

    async def once() -> int:
        async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
            port = listener.extra(anyio.abc.SocketAttribute.local_port)

            async def answer(stream: Any) -> None:
                async with stream:
                    await stream.receive()
                    await stream.send(b"HTTP/1.1 204 No Content\r\n\r\n")

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(listener.serve, answer)
                status = (await transport.send(get(f"http://127.0.0.1:{port}/"))).status
                tasks.cancel_scope.cancel()
        return status

    assert [anyio.run(once), anyio.run(once)] == [204, 204]
