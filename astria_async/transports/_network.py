"""httpcore's connections, on anyio's sockets: with less on the way than its own, and listening while a body is written.

A server may refuse an upload long before it has all of it, and hang up. Its answer is what counts then, not the broken
pipe.
"""

from __future__ import annotations

import select
import ssl
from collections.abc import Iterable
from typing import Any

import anyio
import httpcore
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSAttribute, TLSStream

from .._clock import SystemClock
from .._wire import Progress
from ._connections import SOCKET_OPTIONS, what_arrived_is_read

#: Bytes written at a time, and read.
_PIECE = 64 * 1024
_LOST = (anyio.BrokenResourceError, anyio.ClosedResourceError)
#: A network's time is real, whatever the clock of the client says.
_fail_after = SystemClock().fail_after


class Network(httpcore.AsyncNetworkBackend):
    """anyio's sockets, on asyncio and on trio. With `listens` a body of files is written, of which `progress` is told."""

    def __init__(self) -> None:
        self.listens = False
        self.progress: Progress | None = None
        #: Bounds what a SOCKS proxy says before it lets anything through; httpcore waits for that without end.
        self.handshake: float | None = None
        self._socket: ByteStream | None = None

    async def aclose(self) -> None:
        """Close the connection: httpcore leaves it open if a SOCKS proxy refuses."""
        if self._socket is not None:
            await self._socket.aclose()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            with _fail_after(timeout):
                stream = await anyio.connect_tcp(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(*error.args) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        for option in SOCKET_OPTIONS:
            stream.extra(SocketAttribute.raw_socket).setsockopt(*option)
        self._socket = stream
        return _Wire(stream, self)

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError  # for httpcore's own retries, which are off


class _Wire(httpcore.AsyncNetworkStream):
    """One connection, TLS or not.

    The first write after a read is a head, which waits for the second: one always follows, if only with nothing. So both
    go out at once.
    """

    def __init__(self, inner: ByteStream, network: Network) -> None:
        self._inner = inner
        self._network = network
        self._head: bytes | None = None
        self._is_head_next = True
        self._early: bytes | None = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._head is not None:  # it was no head, but SOCKS: a word, and an answer
            head, self._head = self._head, None
            self._is_head_next = True
            return await self._shake_hands(head, max_bytes)
        self._is_head_next = True
        if self._early is not None:
            early, self._early = self._early, None
            return early
        if timeout is None:
            return await self._receive(max_bytes)
        try:
            with _fail_after(timeout):
                return await self._receive(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(*error.args) from error

    async def _shake_hands(self, word: bytes, max_bytes: int) -> bytes:
        try:
            with _fail_after(self._network.handshake):
                await self._send(word)
                return await self._receive(max_bytes)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("the proxy says nothing") from error

    async def _receive(self, max_bytes: int) -> bytes:
        try:
            return await self._inner.receive(max_bytes)
        except anyio.EndOfStream:
            return b""
        except _LOST as error:
            raise httpcore.ReadError(_why(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout  # an attempt's time is bounded above
        if self._is_head_next:
            self._is_head_next, self._head = False, buffer
            return
        if self._head is not None:
            buffer, self._head = self._head + buffer, None
        if not buffer:
            return
        if self._network.listens:
            await self._write_and_listen(buffer)
        else:
            await self._send(buffer)

    async def _send(self, buffer: bytes) -> None:
        try:
            await self._inner.send(buffer)
        except _LOST as error:
            raise httpcore.WriteError(_why(error)) from error

    async def _write_and_listen(self, buffer: bytes) -> None:
        failure: Exception | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._listen, tasks.cancel_scope)
            try:
                await what_arrived_is_read()
                for start in range(0, len(buffer), _PIECE):
                    piece = buffer[start : start + _PIECE]
                    await self._send(piece)
                    if self._network.progress is not None:
                        self._network.progress.moved(len(piece))
            except Exception as error:  # noqa: BLE001 -- raised below, as a task group would wrap it
                failure = error
            tasks.cancel_scope.cancel()
        if failure is not None:
            raise failure
        if self._early is not None and not _is_provisional(self._early):
            raise httpcore.WriteError("answered before all of the request was sent")  # httpcore reads the answer then

    async def _listen(self, writing: anyio.CancelScope) -> None:
        """Read until a final answer begins, or the server hangs up; then there is no use in writing on."""
        while self._early is None or _is_provisional(self._early):
            try:
                read = await self._receive(_PIECE)
            except httpcore.NetworkError:
                return  # the writing fails as well, or the next reading
            self._early = (self._early or b"") + read
            if not read:
                break
        writing.cancel()

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        try:
            with _fail_after(timeout):
                stream = await TLSStream.wrap(
                    self._inner, ssl_context=ssl_context, hostname=server_hostname, standard_compatible=False,
                    server_side=False,
                )  # fmt: skip
        except TimeoutError as error:
            await self.aclose()
            raise httpcore.ConnectTimeout(*error.args) from error
        except (*_LOST, anyio.EndOfStream, OSError) as error:  # ssl.SSLError is an OSError
            await self.aclose()
            raise httpcore.ConnectError(_why(error)) from error
        except BaseException:
            await self.aclose()
            raise
        return _Wire(stream, self._network)

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object":
            return self._inner.extra(TLSAttribute.ssl_object, None)
        if info == "is_readable":
            return _is_readable(self._inner.extra(SocketAttribute.raw_socket).fileno())
        return None


def _is_readable(number: int) -> bool:
    """Whether a socket has something to read, if only its end. One that is closed has."""
    if number < 0:
        return True
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([number], [], [], 0)[0])
    polling = select.poll()
    polling.register(number, select.POLLIN)
    return bool(polling.poll(0))


def _why(error: Exception) -> str:
    return str(error) or str(error.__cause__ or "") or type(error).__name__


def _is_provisional(read: bytes) -> bool:
    """Whether an answer goes on after this: `100 Continue`, `103 Early Hints`, or half of a head."""
    while read:
        if read[:7] != b"HTTP/1."[: len(read)] or (len(read) > 9 and read[9:10] != b"1"):
            return False
        _, end, read = read.partition(b"\r\n\r\n")
        if not end:
            return True
    return True
