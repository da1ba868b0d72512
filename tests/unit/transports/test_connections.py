"""Each transport's connections: used again where they can be, cut off where a call is cancelled, closed with the loop."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from astria_async import ConfigurationError, Transport, TransportError

from ...support.transports import ALL, Carrier, over
from .conftest import always, get, half_an_answer

pytestmark = over(ALL)


async def test_one_connection_serves_one_call_after_the_other(serve: Any, transport: Transport) -> None:
    async with serve(always) as server:
        for _ in range(5):
            await transport.send(get(server.url))
        assert server.connections == 1


async def test_calls_at_once_have_a_connection_each(serve: Any, transport: Transport) -> None:
    all_are_here = anyio.Event()

    async def together(connection: Any) -> None:
        await connection.request()
        if connection.server.connections == 4:
            all_are_here.set()
        await all_are_here.wait()
        await connection.answer()

    async with serve(together) as server:
        async with anyio.create_task_group() as tasks:
            for _ in range(4):
                tasks.start_soon(transport.send, get(server.url))
        assert server.connections == 4


async def test_cancelled_call_ends_at_once_and_the_next_one_works(
    serve: Any, carrier: Carrier, transport: Transport
) -> None:
    arrived, cut_off = anyio.Event(), anyio.Event()

    async def silent_first(connection: Any) -> None:
        await connection.request()
        if connection.number == 1:
            arrived.set()
            try:
                await connection.stream.receive()
            finally:
                cut_off.set()
        await connection.answer()

    async with serve(silent_first) as server:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(transport.send, get(server.url))
            await arrived.wait()
            tasks.cancel_scope.cancel()
        if carrier.cuts:
            await cut_off.wait()
        assert (await transport.send(get(server.url))).status == 200
        assert server.connections == 2


async def test_a_cancel_scope_around_a_call_ends_there(serve: Any, transport: Transport) -> None:
    async def silent(connection: Any) -> None:
        await connection.request()
        scope.cancel()
        await connection.stream.receive()

    async with serve(silent) as server:
        with anyio.CancelScope() as scope:
            await transport.send(get(server.url))
        assert scope.cancelled_caught


async def test_cancel_scope_around_call_ends_there_while_body_is_read(serve: Any, transport: Transport) -> None:
    class Progress:
        def moved(self, size: int, /) -> None:
            scope.cancel()

        def sent(self, unseen: int, /) -> None:
            raise AssertionError("there is no upload")

    async def half(connection: Any) -> None:
        await connection.request()
        await connection.stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        await connection.stream.receive()

    async with serve(half) as server:
        with anyio.CancelScope() as scope:
            await transport.send(get(server.url, progress=Progress()))
        assert scope.cancelled_caught
        with anyio.CancelScope() as scope:
            async with transport.stream(get(server.url)) as stream:
                async for _ in stream.chunks():
                    scope.cancel()
        assert scope.cancelled_caught


async def test_a_stream_hands_over_the_body_as_it_comes(serve: Any, transport: Transport) -> None:
    go_on = anyio.Event()

    async def slowly(connection: Any) -> None:
        await connection.request()
        await connection.stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
        await go_on.wait()
        await connection.stream.send(b"def")

    async with serve(slowly) as server, transport.stream(get(server.url)) as stream:
        chunks = stream.chunks()
        assert (stream.status, stream.headers["content-length"], await anext(chunks)) == (200, "6", b"abc")
        go_on.set()
        assert [chunk async for chunk in chunks] == [b"def"]


async def test_after_stream_that_was_read_its_connection_is_used_again(serve: Any, transport: Transport) -> None:
    async with serve(always) as server:
        for _ in range(3):
            async with transport.stream(get(server.url)) as stream:
                assert b"".join([chunk async for chunk in stream.chunks()]) == b"{}"
        assert server.connections == 1


# On trio, which warns of it, httpx leaves generators of its own open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_stream_that_was_left_early_gives_its_connection_up(serve: Any, transport: Transport) -> None:
    left = anyio.Event()

    async def for_ever(connection: Any) -> None:
        await connection.request()
        try:
            await connection.stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            while True:
                await connection.stream.send(b"x" * 65536)
        finally:
            left.set()

    async with serve(for_ever) as server:
        async with transport.stream(get(server.url)) as stream:
            assert await anext(stream.chunks())
        await left.wait()


async def test_a_stream_that_breaks_off_is_a_transport_error(serve: Any, transport: Transport) -> None:
    async with serve(half_an_answer) as server:
        with pytest.raises(TransportError) as caught:
            async with transport.stream(get(server.url)) as stream:
                assert [chunk async for chunk in stream.chunks()]
    assert caught.value.request_was_sent


async def test_exceptions_of_a_streams_reader_come_out_unchanged(serve: Any, transport: Transport) -> None:
    async with serve(always) as server:
        with pytest.raises(OSError, match="the disk is full"):
            async with transport.stream(get(server.url)):
                raise OSError("the disk is full")


async def test_a_closed_transport_says_so(transport: Transport) -> None:
    await transport.aclose()
    with pytest.raises(ConfigurationError, match="closed: make a new client"):
        await transport.send(get("http://127.0.0.1:9/"))
    with pytest.raises(ConfigurationError, match="closed"):
        async with transport.stream(get("http://127.0.0.1:9/")):
            pass
    assert repr(transport).endswith("Transport closed>")


async def test_clients_own_connections_stay_open_when_the_transport_is_closed(
    serve: Any, carrier: Carrier, transport: Transport
) -> None:
    async with serve(always) as server:
        await transport.send(get(server.url))
        await transport.aclose()
        if carrier.is_ours:
            return
        client = transport._user_client._client  # type: ignore[attr-defined]
        assert (await client.get(server.url)).status_code == 200
        assert server.connections == 1
