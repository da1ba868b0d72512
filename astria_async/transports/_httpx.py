"""The default transport, on httpx.

httpx's pool looks through all its connections at every request, and loses a slot for ever when a task is cancelled
while it connects (0.28.1). So each connection here is a lane of its own: a pool of one. How many there are at once is
the limiter's business, above; a lane that saw an error or a cancellation is thrown away, the others are used again,
the last used first.
"""

from __future__ import annotations

import functools
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from random import SystemRandom
from typing import Any

import anyio
import httpx
from attrs import define, field

from .._clock import SystemClock
from .._loops import PerLoop
from .._wire import Clock, RandomSource, Request, Response
from ..errors import ConfigurationError
from ._borrowed import Borrowed
from ._outgoing import (
    IDLE,
    Outgoing,
    Proxies,
    no_answer,
    open_or_raise,
    outgoing,
    parsed,
    ssl_context,
)

#: Raised by httpx before a byte of the request is written: looking up the name, connecting, TLS, the proxy's refusal.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
#: A client asks for the same few URLs again and again.
_url = functools.lru_cache(maxsize=256)(httpx.URL)
_ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE)


class HttpxTransport:
    """Carries requests over httpx, on asyncio and on trio.

    Proxies and CA files come from the environment, as with httpx: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY,
    SSL_CERT_FILE, SSL_CERT_DIR. `verify` is an `ssl.SSLContext` of your own; None means the usual one.

    `client` is an `AsyncClient` of your own that carries them instead: of httpx, of httpx2, or one derived from these,
    such as httpx-aiohttp's. Its proxies, certificates, hooks and pool are used, its timeouts, its redirects and its
    `auth` are not. It stays yours: `aclose` leaves it open. None makes connections of the transport's own. With a pool
    that is smaller than `Limits.max_in_flight`, requests wait for it while their attempt's time runs.

    Raises ConfigurationError for a client of another kind.
    """

    #: Downloads check the addresses of a host before this transport asks the same resolver.
    resolves_names = True

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
        self._random = random or SystemRandom()
        self._closed = False
        self._borrowed = None if client is None else Borrowed(client)
        self._clock = clock or SystemClock()
        self._proxies = Proxies()
        self._lanes = PerLoop(_Lanes)
        if self._borrowed is None:
            self._verify = verify or ssl_context(httpx.create_ssl_context)
            # Imports all that httpx imports with its first connection (and trio, where that is installed): 80 ms, for
            # which the first call would hold up the event loop.
            httpx.AsyncHTTPTransport(verify=self._verify)
            "localhost".encode("idna")  # and what looking up a name imports

    async def send(self, request: Request, /) -> Response:
        """Send, and read the answer to its end."""
        async with self._answer(request) as (answer, _):
            if "content-encoding" in answer.headers:
                body = await answer.aread()
            else:
                body = b"".join([chunk async for chunk in answer.stream])
            return Response(status=answer.status_code, headers=dict(answer.headers), body=body)

    @asynccontextmanager
    async def stream(self, request: Request, /) -> AsyncIterator[_Stream]:
        """Send, and leave the body to be read."""
        async with self._answer(request) as (answer, lane):
            stream = _Stream(answer)
            try:
                yield stream
            finally:
                await stream.aclose()
            lane.is_spent = not stream.ended  # what is left of the body is not worth reading: not used again

    async def aclose(self) -> None:
        """Close the connections of the running event loop; the transport cannot be used afterwards."""
        self._closed = True
        lanes = self._lanes.pop()
        for idle in lanes.idle.values() if lanes else ():
            for lane in idle:
                await lane.aclose()

    @asynccontextmanager
    async def _answer(self, request: Request) -> AsyncIterator[tuple[Any, _Lane | Borrowed]]:
        """One request on a lane, its answer's head read. Whatever goes wrong here becomes a TransportError."""
        open_or_raise(self._closed)
        going = outgoing(request, self._random)
        lane = self._borrowed.for_one_request() if self._borrowed is not None else self._take(going.origin)
        failure: Exception
        try:
            answer = await lane.ask(request, going)
            yield answer, lane
        except lane.errors as error:
            # Raised below, outside this handler: httpx's errors hold the request, and with it the key.
            failure = going.failure or no_answer(going.origin, error, was_sent=lane.was_sent(error))
            await lane.aclose()
        except BaseException:
            await lane.aclose()
            raise
        else:
            await answer.aclose()
            await self._give_back(going.origin, lane)
            return
        finally:
            await going.aclose()
        raise failure

    def _take(self, origin: str) -> _Lane:
        """The lane of this origin that was used last, unless it has been idle for too long; else a new one."""
        idle = self._lanes.get().idle.get(origin)
        if idle and self._clock.monotonic() - idle[-1].used < IDLE:
            return idle.pop()
        proxy = self._proxies.for_origin(origin)
        return _Lane(httpx.AsyncHTTPTransport(verify=self._verify, limits=_ONE, proxy=proxy))

    async def _give_back(self, origin: str, lane: _Lane | Borrowed) -> None:
        if isinstance(lane, Borrowed) or lane.is_spent or self._closed:
            await lane.aclose()
            return
        idle = self._lanes.get().idle.setdefault(origin, [])
        lane.used = self._clock.monotonic()
        idle.append(lane)
        if lane.used - idle[0].used > IDLE:  # the one that has been idle for longest; one at a time is enough
            await idle.pop(0).aclose()

    def __repr__(self) -> str:
        return f"<HttpxTransport{' closed' if self._closed else ''}>"


@define
class _Lane:
    """One connection."""

    http: httpx.AsyncHTTPTransport
    used: float = 0.0
    is_spent: bool = False
    errors = httpx.HTTPError

    async def ask(self, request: Request, going: Outgoing) -> httpx.Response:
        url = parsed(_url, request.url)
        headers = {"host": url.netloc.decode("ascii"), **going.headers}
        extensions = {"timeout": {"connect": request.timeout.connect, "pool": request.timeout.connect}}
        return await self.http.handle_async_request(
            httpx.Request(request.method, url, headers=headers, stream=_Chunks(going), extensions=extensions)
        )

    @staticmethod
    def was_sent(error: Exception) -> bool:
        """False only where it is certain that the server saw nothing of it."""
        return not isinstance(error, _NEVER_SENT)

    async def aclose(self) -> None:
        with anyio.CancelScope(shield=True):
            await self.http.aclose()


@define
class _Lanes:
    """The idle lanes of one event loop, by origin; the last of a list was used last."""

    idle: dict[str, list[_Lane]] = field(factory=dict)


class _Chunks(httpx.AsyncByteStream):
    """A body as httpx wants it."""

    def __init__(self, going: Outgoing) -> None:
        self._going = going

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._going)


class _Stream:
    """An answer whose body is still on its way."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self.status: int = answer.status_code
        self.headers: Mapping[str, str] = dict(answer.headers)
        self.ended = False
        self._chunks = self._read()

    def chunks(self) -> AsyncIterator[bytes]:
        return self._chunks

    async def aclose(self) -> None:
        await self._chunks.aclose()

    async def _read(self) -> AsyncGenerator[bytes]:
        async for chunk in self._answer.aiter_bytes():
            yield chunk
        self.ended = True
