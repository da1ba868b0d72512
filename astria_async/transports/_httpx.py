"""The default transport, on httpx: on httpcore, which it brings, for connections of our own.

httpx's pool looks through all its connections at every request, and loses a slot for ever when a task is cancelled
while it connects (0.28.1). So connections are kept here. How many there are at once is the limiter's business, above; one
that saw an error or a cancellation is thrown away, the others are used again, the last used first.
"""

from __future__ import annotations

import functools
import ssl
from contextlib import suppress
from random import SystemRandom
from typing import Any

import anyio
import httpx

from .._clock import SystemClock
from .._runtime.loops import PerLoop
from .._values.spelling import explain_misspelt
from .._wire import Clock, RandomSource, Request
from ..errors import ConfigurationError
from ._base import Answer, BaseTransport
from ._certificates import context_of, ssl_context
from ._connections import IDLE, UNSEEN
from ._failures import header_text, joined, no_answer
from ._httpcore import Body, Connection, as_httpcore, is_timeout
from ._lifetime import CloseWithLoop
from ._proxies import Proxies
from ._request import EncodedRequest
from ._url import Target
from ._user_client import UserClient

_SOCKS_REMEDY = "SOCKS 5 needs pip install 'httpx[socks]', SOCKS 4 is not supported; or set a proxy of http"


class HttpxTransport(BaseTransport):
    """Carries requests over httpx, on asyncio and on trio.

    Proxies and CA files come from the environment: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE,
    SSL_CERT_DIR. `verify` is an `ssl.SSLContext` of your own; None means the usual one.

    `client` is an `AsyncClient` of your own that carries them instead: of httpx, of httpx2, or one derived from these,
    such as httpx-aiohttp's. Its proxies, certificates, hooks and pool are used, its timeouts, its redirects and its
    `auth` are not. It stays yours: `aclose` leaves it open. None makes connections of the transport's own. With a pool
    that is smaller than `Limits.max_in_flight`, requests wait for it while their attempt's time runs.

    Raises ConfigurationError for a client of another kind, a file of certificates that holds none, and a proxy's URL that
    is not one.

    Args:
        client: An `AsyncClient` of your own; None makes connections of the transport's own.
        verify: An `ssl.SSLContext` of your own; None means the usual one.
        clock: Where time comes from; None means real time.
        random: Where multipart boundaries are drawn from; None means the system's randomness.
    """

    #: Downloads check the addresses of a host before this transport asks the same resolver.
    resolves_names = True

    @explain_misspelt
    def __init__(
        self,
        *,
        client: Any = None,
        verify: ssl.SSLContext | None = None,
        clock: Clock | None = None,
        random: RandomSource | None = None,
    ) -> None:
        if client is not None and verify is not None:
            raise ConfigurationError("verify: a client of your own has its own certificates; give one or the other")
        super().__init__(random or SystemRandom())
        self._clock = clock or SystemClock()
        self._user_client = None if client is None else UserClient(client)
        self._idle = PerLoop(_IdleConnections)
        if self._user_client is None:
            self._proxies = Proxies(("socks5", "socks5h") if _has_socks() else (), remedy=_SOCKS_REMEDY)
            self._verify = context_of(verify) or ssl_context(httpx.create_ssl_context)
            _import_what_is_imported_late()

    async def aclose(self) -> None:
        """Close the connections of the running event loop; the transport cannot be used afterwards."""
        self._closed = True
        idle = self._idle.pop()
        if idle is not None:
            await idle.aclose()

    async def _open(self, request: Request, encoded: EncodedRequest) -> Answer:
        if self._user_client is not None:
            return await self._user_client.open(request, encoded)
        connection = self._take(encoded.target)
        if encoded.upload is not None:
            # What is written is counted below, more closely than by the pieces that are asked for.
            encoded.upload.counts, encoded.upload.piece_size, encoded.upload.unseen = False, 1 << 20, UNSEEN
            connection.network.listens, connection.network.progress = True, request.progress
        body = Body(encoded, request.timeout.connect)
        connection.body, connection.network.handshake = body, request.timeout.connect
        try:
            response = await connection.http.handle_async_request(as_httpcore(request.method, encoded, body))
            return _Answer(self, encoded.target, connection, response)
        except BaseException as error:
            await connection.aclose()
            if isinstance(error, Exception):
                raise _UnansweredError(error, connection) from error
            raise

    def _failure(self, encoded: EncodedRequest, error: Exception) -> Exception:
        if self._user_client is not None:
            return self._user_client.failure(encoded, error)
        proxy = None
        was_sent = True
        if isinstance(error, _UnansweredError):
            proxy = error.connection.proxy
            was_sent = error.connection.was_sent(error.error)
            error = error.error
        return no_answer(encoded.target, error, was_sent=was_sent, is_timeout=is_timeout(error), proxy=proxy)

    def _take(self, target: Target) -> Connection:
        """The connection to this target that was used last, unless it was idle for too long; else a new one."""
        connections = self._idle.get().by_origin.get(target.origin)
        if connections:
            connection = connections[-1]
            if self._clock.monotonic() - connection.used < IDLE:
                connections.pop()
                if not connection.is_stale():
                    return connection
                self._idle.get().forgotten.append(connection)
        return Connection(target, self._proxies.for_target(target), self._verify)

    async def _give_back(self, target: Target, connection: Connection) -> None:
        idle = self._idle.get()
        if self._closed or not connection.is_available():
            await connection.aclose()
            return
        connection.used, connection.network.listens = self._clock.monotonic(), False
        connections = idle.by_origin.setdefault(target.origin, [])
        connections.append(connection)
        if (
            connection.used - connections[0].used > IDLE
        ):  # the one that has been idle for longest; one at a time is enough
            idle.forgotten.append(connections.pop(0))
        while idle.forgotten:
            await idle.forgotten.pop().aclose()


class _UnansweredError(Exception):
    """httpcore's error, with the connection that it happened on."""

    def __init__(self, error: Exception, connection: Connection) -> None:
        self.error = error
        self.connection = connection


class _IdleConnections:
    """Idle connections of one event loop, by origin; the last of a list was used last. Closed with the loop."""

    def __init__(self) -> None:
        self.by_origin: dict[str, list[Connection]] = {}
        self.forgotten: list[Connection] = []
        self.aclose = CloseWithLoop(functools.partial(_close_all, self.by_origin, self.forgotten)).aclose


async def _close_all(by_origin: dict[str, list[Connection]], forgotten: list[Connection]) -> None:
    connections = [*forgotten, *(connection for of_one in by_origin.values() for connection in of_one)]
    by_origin.clear()
    forgotten.clear()
    for connection in connections:
        await connection.aclose()


class _Answer(Answer):
    """An answer over a connection of our own."""

    __slots__ = ("_connection", "_pieces", "_response", "_target", "_transport")

    def __init__(self, transport: HttpxTransport, target: Target, connection: Connection, response: Any) -> None:
        self._transport = transport
        self._target = target
        self._connection = connection
        self._response = response
        self._pieces = aiter(response.stream)
        self.status = response.status
        self.headers = joined((name.decode("latin-1"), header_text(value)) for name, value in response.headers)

    async def read(self) -> bytes:
        return await anext(self._pieces, b"")

    async def close(self, *, is_whole: bool) -> None:
        with anyio.CancelScope(shield=True):
            if is_whole:
                with suppress(Exception):  # the answer is read
                    await self._response.aclose()
                await self._transport._give_back(self._target, self._connection)
                return
            await self._connection.aclose()
            with suppress(Exception):  # httpcore's generators, one in another, end by the connection's end alone
                while await anext(self._pieces, b""):
                    pass


@functools.cache
def _has_socks() -> bool:
    try:
        import socksio  # noqa: F401 -- what `httpx[socks]` brings
    except ImportError:
        return False
    return True


@functools.cache
def _import_what_is_imported_late() -> None:
    """Import what a first call would import, for which it would hold up the event loop."""
    "localhost".encode("idna")  # looking up a name
