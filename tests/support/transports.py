"""Every transport over real sockets: each test of a transport runs on each of these."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
import httpx
import httpx2
import httpx_aiohttp
import pytest
from attrs import frozen

from astria_async import Clock, HttpxTransport, Request, Response, Transport
from astria_async.transports import AiohttpTransport, PyreqwestTransport


@frozen(kw_only=True)
class Carrier:
    """A way to make a transport, and what is true of it.

    `backends` are the event loops that it runs on. `cuts`: a request that is cancelled is cut off at once; else it is
    abandoned, and its connection lives on. `is_ours`: its connections are the transport's own.
    """

    name: str
    make: Callable[[Clock | None], Transport]
    backends: tuple[str, ...] = ("asyncio", "trio")
    cuts: bool = True
    is_ours: bool = True
    client: Callable[[], httpx.AsyncClient | httpx2.AsyncClient] | None = None

    def __str__(self) -> str:
        return self.name

    @asynccontextmanager
    async def opened(self, clock: Clock | None = None) -> AsyncIterator[Transport]:
        """A transport, closed in the end, with the client that it uses."""
        if self.client is not None:
            async with self.client() as client:
                transport = HttpxTransport(client=client)
                yield transport
                await transport.aclose()
            return
        made = self.make(clock)
        yield made
        await made.aclose()


class HoldsTime:
    """A transport that works in threads which a virtual clock does not see, seen by it as a thread at work."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.stream = inner.stream
        self.aclose = inner.aclose

    async def send(self, request: Request, /) -> Response:
        answered = threading.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.to_thread.run_sync, answered.wait)
            try:
                return await self._inner.send(request)
            finally:
                answered.set()


def _lent(name: str, client: Callable[[], httpx.AsyncClient | httpx2.AsyncClient], *backends: str) -> Carrier:
    return Carrier(
        name=name, make=lambda clock: HttpxTransport(client=client()), backends=backends, is_ours=False, client=client
    )


def _untrusting() -> ssl.SSLContext:
    """As a client makes by default, but without reading 140 certificates each time."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


OURS = (
    Carrier(name="httpx", make=lambda clock: HttpxTransport(clock=clock)),
    Carrier(name="aiohttp", make=lambda clock: AiohttpTransport(), backends=("asyncio",)),
    Carrier(name="pyreqwest", make=lambda clock: PyreqwestTransport(), backends=("asyncio",), cuts=False),
)
LENT = (
    _lent("client of httpx", lambda: httpx.AsyncClient(verify=_untrusting()), "asyncio", "trio"),
    _lent("client of httpx2", lambda: httpx2.AsyncClient(verify=_untrusting()), "asyncio", "trio"),
    _lent("client of httpx-aiohttp", lambda: httpx_aiohttp.HttpxAiohttpClient(verify=_untrusting()), "asyncio"),
)
ALL = OURS + LENT


def over(carriers: tuple[Carrier, ...]) -> list[pytest.MarkDecorator]:
    """The marks of a module whose tests run over each of these carriers, on each event loop that it runs on."""
    pairs = [
        pytest.param(carrier, backend, id=f"{carrier.name}-{backend}", marks=_marks(carrier, backend))
        for carrier in carriers
        for backend in carrier.backends
    ]
    return [
        pytest.mark.anyio,
        pytest.mark.network,
        pytest.mark.usefixtures("no_proxy"),
        pytest.mark.parametrize(("carrier", "anyio_backend"), pairs, indirect=["anyio_backend"], scope="module"),
    ]


def _marks(carrier: Carrier, backend: str) -> list[pytest.MarkDecorator]:
    """A client of httpx leaves a generator of its own open where an attempt fails, of which trio warns."""
    is_so = carrier.client is not None and backend == "trio"
    return [pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")] if is_so else []


@asynccontextmanager
async def nobody_listening() -> AsyncIterator[int]:
    """A port that refuses: bound, so that nobody else gets it, but not listening."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
