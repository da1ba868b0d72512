"""The same script on real sockets: a server on loopback that parses HTTP by hand, and ends connections as a row says."""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from anyio.abc import SocketAttribute, SocketStream
from anyio.lowlevel import checkpoint

from ..support.transports import Carrier
from .cells import Cell, played
from .clock import TurnClock
from .operations import Operation
from .script import End, Row
from .service import Call, Service

_GONE = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError)
#: Seconds after which something on loopback has gone wrong. Nothing waits so long where all is well.
_TOO_LONG = 30.0


class Server:
    """Plays the script of `service`, which is another one for each cell, to whoever connects."""

    def __init__(self, port: int, clock: TurnClock) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.clock = clock
        self.service: Service | None = None
        self.open = 0
        self._all_closed = anyio.Event()

    async def handle(self, stream: SocketStream) -> None:
        """One connection, request after request."""
        self.open += 1
        try:
            async with stream:
                await self._converse(_Connection(stream))
        except _GONE:
            pass
        finally:
            self.open -= 1
            self._all_closed.set()
            self._all_closed = anyio.Event()

    async def all_closed(self) -> None:
        """Wait until no connection is left."""
        with anyio.fail_after(_TOO_LONG):
            while self.open:
                await self._all_closed.wait()

    async def all_seen_closed(self) -> None:
        """Wait until the other side has closed its sockets, too: a client that has a thread for that does so by itself."""
        await self.all_closed()
        with anyio.fail_after(_TOO_LONG):
            while _has_client(self.url):
                await checkpoint()

    async def _converse(self, connection: _Connection) -> None:
        while True:
            method, target, headers = await connection.head()
            assert self.service is not None
            service, fault = self.service, self.service.meets(method, target)
            if fault.end is End.RESET_BEFORE:
                return await connection.reset()
            length = int(headers.get("content-length", "0"))
            if fault.end is End.RESET_DURING:
                await connection.body(length // 2)
                return await connection.reset()
            body = await connection.body(length)
            answer = service.answer(Call(method, target, headers.get("content-type", ""), body), fault)
            if fault.after and not await self.clock.passes(fault.after):
                await connection.stream.receive()  # the client does not wait any longer: until it hangs up
                continue
            if fault.end is End.RESET_AFTER:
                return await connection.reset()
            answer = service.finished(answer, fault)
            lines = [f"HTTP/1.1 {answer.status} So", f"content-length: {len(answer.body)}"]
            lines += [f"{name}: {value}" for name, value in answer.headers.items()]
            head = "\r\n".join([*lines, "\r\n"]).encode()
            if fault.end is End.RESET_IN_ANSWER:
                whole = head + answer.body
                await connection.stream.send(whole[: len(whole) - len(answer.body) // 2 - 1])
                return await connection.reset()
            await connection.stream.send(head + answer.body)
            if target.startswith("/warm") and service.row.idle == "dropped":
                return


class _Connection:
    """A connection as the server sees it."""

    def __init__(self, stream: SocketStream) -> None:
        self.stream = stream
        self._rest = b""

    async def head(self) -> tuple[str, str, dict[str, str]]:
        """(method, target, headers) of the next request."""
        while b"\r\n\r\n" not in self._rest:
            self._rest += await self.stream.receive()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        first, *lines = head.decode("ascii").split("\r\n")
        method, target, _ = first.split(" ")
        return method, target, {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}

    async def body(self, length: int) -> bytes:
        while len(self._rest) < length:
            self._rest += await self.stream.receive()
        body, self._rest = self._rest[:length], self._rest[length:]
        return body

    async def reset(self) -> None:
        """Close so that the other side sees a reset rather than an end."""
        raw = self.stream.extra(SocketAttribute.raw_socket)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await self.stream.aclose()


def _has_client(url: str) -> bool:
    """Whether a socket is still connected to this server, or has not closed yet what the server has closed (proc(5))."""
    port = f":{int(url.rpartition(':')[2]):04X}"
    try:
        lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return False
    fields = [line.split() for line in lines]
    return any(remote.endswith(port) and state in ("01", "08") for _, _, remote, state, *_ in fields)


@asynccontextmanager
async def served(clock: TurnClock) -> AsyncIterator[Server]:
    """A server that listens."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    server = Server(listener.extra(SocketAttribute.local_port), clock)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, server.handle)
        yield server
        tasks.cancel_scope.cancel()


async def on_sockets(
    row: Row, operations: tuple[Operation, ...], carrier: Carrier, clock: TurnClock, *, idempotency: bool
) -> list[Cell]:
    """A row's cells, one after the other over the same transport, which is closed in the end. No connection is left,
    but of requests that the transport abandons rather than cuts off.
    """
    cells = []
    with socket.socket() as nobody:  # bound, so that nobody else gets the port, but not listening
        nobody.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        async with served(clock) as server:
            transport = carrier.make(clock)
            for operation in operations:
                server.service = Service(
                    row, operation.is_operation, clock=clock, idempotency=idempotency, origin=server.url
                )
                seen = server.all_closed if carrier.cuts else server.all_seen_closed
                dropped = seen if row.idle == "dropped" else None
                cell = await played(
                    operation, server.service, transport=transport, clock=clock, base_url=server.url,
                    nowhere=nowhere, after_warming=dropped,
                )  # fmt: skip
                cells.append(cell)
            await transport.aclose()
            if carrier.cuts:
                await server.all_closed()
    return cells
