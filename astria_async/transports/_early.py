"""Connections of httpcore's that listen while they write: a server may refuse an upload long before it has all of it,
and hang up. Its answer is what counts then, not the broken pipe.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import anyio
import httpcore

from .._wire import Progress
from ._connections import SOCKET_OPTIONS, what_arrived_is_read

#: Bytes written at a time, and read.
_PIECE = 64 * 1024


class Network(httpcore.AsyncNetworkBackend):
    """anyio's sockets, on asyncio and on trio. With `listens` a body of files is written, of which `progress` is told."""

    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()
        self.listens = False
        self.progress: Progress | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._inner.connect_tcp(host, port, timeout, local_address, SOCKET_OPTIONS)
        return _Wire(stream, self)

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError  # for httpcore's own retries, which are off


class _Wire(httpcore.AsyncNetworkStream):
    """One connection, TLS or not."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, network: Network) -> None:
        self._inner = inner
        self._network = network
        self._early: bytes | None = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        early, self._early = self._early, None
        return await self._inner.read(max_bytes, timeout) if early is None else early

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not self._network.listens:
            await self._inner.write(buffer, timeout)
            return
        failure: Exception | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._listen, tasks.cancel_scope)
            try:
                await what_arrived_is_read()
                await self._write_pieces(buffer)
            except Exception as error:  # noqa: BLE001 -- raised below, as a task group would wrap it
                failure = error
            tasks.cancel_scope.cancel()
        if failure is not None:
            raise failure
        if self._early is not None and not _is_provisional(self._early):
            raise httpcore.WriteError("answered before all of the request was sent")  # httpcore reads the answer then

    async def _write_pieces(self, buffer: bytes) -> None:
        for start in range(0, len(buffer), _PIECE):
            piece = buffer[start : start + _PIECE]
            await self._inner.write(piece)
            if self._network.progress is not None:
                self._network.progress.moved(len(piece))

    async def _listen(self, writing: anyio.CancelScope) -> None:
        """Read until a final answer begins, or the server hangs up; then there is no use in writing on."""
        while self._early is None or _is_provisional(self._early):
            try:
                read = await self._inner.read(_PIECE)
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
        return _Wire(await self._inner.start_tls(ssl_context, server_hostname, timeout), self._network)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _is_provisional(read: bytes) -> bool:
    """Whether an answer goes on after this: `100 Continue`, `103 Early Hints`, or half of a head."""
    while read:
        if read[:7] != b"HTTP/1."[: len(read)] or (len(read) > 9 and read[9:10] != b"1"):
            return False
        _, end, read = read.partition(b"\r\n\r\n")
        if not end:
            return True
    return True
