"""A server on loopback that does to a connection whatever the test says, and the transport that is tested."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from astria_async import Body, Request, Transport

from ...support.transports import Carrier

Conversation = Callable[["Connection"], Awaitable[None]]
Serve = Callable[[Conversation], AbstractAsyncContextManager["Server"]]


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """As everywhere; a module that tests several transports says which of them run on which event loop."""
    return str(request.param)


@pytest.fixture
async def transport(carrier: Carrier, no_proxy: None) -> AsyncIterator[Transport]:
    """The transport of a `carrier`, which a module gives as a parameter."""
    async with carrier.opened() as transport:
        yield transport


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is reached directly, whatever this machine's settings are."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def get(url: str, **more: Any) -> Request:
    return Request(method="GET", url=url, **more)


def post(url: str, tree: dict[str, Any]) -> Request:
    return Request(method="POST", url=url, body=Body(tree))


class Connection:
    """One connection, as the server sees it. `number` counts from 1."""

    def __init__(self, stream: SocketStream, server: Server, number: int) -> None:
        self.stream = stream
        self.server = server
        self.number = number
        self._rest = b""

    async def request(self) -> bytes:
        """The next whole request: its head, and the body that its length announces or its chunks make up."""
        head = await self._until(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        body = b""
        if b"transfer-encoding: chunked" in lines:
            body = await self._until(b"0\r\n\r\n")
        while len(body) < length:
            if not self._rest:
                self._rest = await self.stream.receive()
            body, self._rest = body + self._rest[: length - len(body)], self._rest[length - len(body) :]
        self.server.requests.append(head + body)
        return head + body

    async def request_begins(self) -> None:
        """Return once the head of the next request came. `request` still gives all of it."""
        self._rest = await self._until(b"\r\n\r\n") + self._rest

    async def answer(self, body: bytes = b"{}", status: str = "200 OK", headers: str = "") -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        await self.stream.send(head.encode() + body)

    async def reset(self) -> None:
        """Close so that the other side sees a reset rather than an end."""
        socket = self.stream.extra(SocketAttribute.raw_socket)
        socket.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        await self.stream.aclose()

    async def _until(self, mark: bytes) -> bytes:
        while mark not in self._rest:
            self._rest += await self.stream.receive()
        found, _, self._rest = self._rest.partition(mark)
        return found + mark


class Server:
    """Where it listens, and what it saw."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.connections = 0
        self.requests: list[bytes] = []


@pytest.fixture
def serve() -> Serve:
    """`async with serve(conversation) as server`: each connection is handled by `conversation`."""

    @asynccontextmanager
    async def serving(conversation: Conversation) -> AsyncIterator[Server]:
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        server = Server(listener.extra(SocketAttribute.local_port))

        async def handle(stream: SocketStream) -> None:
            server.connections += 1
            async with stream:
                try:
                    await conversation(Connection(stream, server, server.connections))
                except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
                    pass

        async with listener, anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, handle)
            yield server
            tasks.cancel_scope.cancel()

    return serving


# --- What a server does.


async def always(connection: Connection) -> None:
    """Answers every request."""
    while True:
        await connection.request()
        await connection.answer()


async def half_an_answer(connection: Connection) -> None:
    """Says that 100 bytes come, and breaks off."""
    await connection.request()
    await connection.stream.send(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"id"')
