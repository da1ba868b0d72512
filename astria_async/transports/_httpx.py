"""The default transport, on httpx.

httpx's pool looks through all its connections at every request, and loses a slot for ever when a task is cancelled
while it connects (0.28.1). So each connection here is a lane of its own: a pool of one. How many there are at once is
the limiter's business, above; a lane that saw an error or a cancellation is thrown away, the others are used again,
the last used first.
"""

from __future__ import annotations

import functools
import os
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import anyio
import httpx
from attrs import define, field

from .._clock import SystemClock
from .._codec import Encoded, encode
from .._loops import PerLoop
from .._wire import Clock, RandomSource, Request, Response
from ..errors import ConfigurationError, TransportError

#: A connection idle for longer, in seconds, is not used again: a request written to one that the server has just
#: closed would leave a create's outcome unknown, which costs a minute.
IDLE = 15.0

#: Raised by httpx before a byte of the request is written: looking up the name, connecting, TLS, the proxy's refusal.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


_NO_BODY = Encoded(content_type="", length=0, content=b"")


@define
class _Lane:
    http: httpx.AsyncHTTPTransport
    used: float = 0.0


@define
class _Lanes:
    """The idle lanes of one event loop, by origin; the last of a list was used last."""

    idle: dict[str, list[_Lane]] = field(factory=dict)


class HttpxTransport:
    """Carries requests over httpx, on asyncio and on trio.

    Proxies and CA files come from the environment, as with httpx: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY,
    SSL_CERT_FILE, SSL_CERT_DIR. `verify` is an `ssl.SSLContext` of your own; None means the usual one.
    """

    def __init__(
        self,
        *,
        verify: ssl.SSLContext | None = None,
        clock: Clock | None = None,
        random: RandomSource | None = None,
    ) -> None:
        self._verify = verify or _ssl_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        self._proxies = getproxies()
        self._clock = clock or SystemClock()
        self._random = random or _system_random()
        self._lanes = PerLoop(_Lanes)
        self._closed = False
        # Imports all that httpx imports with its first connection (and trio, where that is installed): 80 ms, for which
        # the first call would hold up the event loop.
        httpx.AsyncHTTPTransport(verify=self._verify)

    async def send(self, request: Request, /) -> Response:
        """Send, and read the answer to its end."""
        async with self._answer(request) as (answer, _):
            body = await answer.aread()
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
            if not stream.ended:
                lane.used = float("-inf")  # what is left of the body is not worth reading: not used again

    async def aclose(self) -> None:
        """Close the connections of the running event loop; the transport cannot be used afterwards."""
        self._closed = True
        lanes = self._lanes.pop()
        for idle in lanes.idle.values() if lanes else ():
            for lane in idle:
                await lane.http.aclose()

    @asynccontextmanager
    async def _answer(self, request: Request) -> AsyncIterator[tuple[httpx.Response, _Lane]]:
        """One request on a lane, its answer's head read. Whatever goes wrong here becomes a TransportError."""
        if self._closed:
            raise ConfigurationError("the transport is closed: make a new client, or keep this one open for longer")
        upload = _Upload(encode(request.body, self._random) if request.body is not None else None)
        outgoing = self._outgoing(request, upload)
        origin = f"{outgoing.url.scheme}://{outgoing.url.netloc.decode()}"
        lane = self._take(origin)
        failure: TransportError
        try:
            answer = await lane.http.handle_async_request(outgoing)
            yield answer, lane
        except httpx.HTTPError as error:
            # Raised below, outside this handler: httpx's errors hold the request, and with it the key.
            failure = TransportError(_explained(error, origin), request_was_sent=not isinstance(error, _NEVER_SENT))
            await self._throw_away(lane)
        except BaseException:
            await self._throw_away(lane)
            raise
        else:
            await answer.aclose()
            await self._give_back(origin, lane)
            return
        finally:
            with anyio.CancelScope(shield=True):
                await upload.aclose()
        raise failure

    @staticmethod
    def _outgoing(request: Request, upload: _Upload) -> httpx.Request:
        url = httpx.URL(request.url)
        headers = {"host": url.netloc.decode("ascii"), "accept-encoding": "gzip, deflate", **request.headers}
        if (encoded := upload.encoded) is not None:
            headers.setdefault("content-type", encoded.content_type)
            known = encoded.length is not None
            headers["content-length" if known else "transfer-encoding"] = str(encoded.length) if known else "chunked"
        elif request.method in ("POST", "PUT", "PATCH"):
            headers["content-length"] = "0"
        extensions = {"timeout": {"connect": request.timeout.connect, "pool": request.timeout.connect}}
        return httpx.Request(request.method, url, headers=headers, stream=upload, extensions=extensions)

    def _take(self, origin: str) -> _Lane:
        """The lane of this origin that was used last, unless it has been idle for too long; else a new one."""
        idle = self._lanes.get().idle.get(origin)
        if idle and self._clock.monotonic() - idle[-1].used < IDLE:
            return idle.pop()
        one = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE)
        return _Lane(httpx.AsyncHTTPTransport(verify=self._verify, limits=one, proxy=self._proxy_for(origin)))

    async def _give_back(self, origin: str, lane: _Lane) -> None:
        if self._closed or lane.used == float("-inf"):
            await self._throw_away(lane)
            return
        idle = self._lanes.get().idle.setdefault(origin, [])
        lane.used = self._clock.monotonic()
        idle.append(lane)
        if lane.used - idle[0].used > IDLE:  # the one that has been idle for longest; one at a time is enough
            await self._throw_away(idle.pop(0))

    @staticmethod
    async def _throw_away(lane: _Lane) -> None:
        with anyio.CancelScope(shield=True):
            await lane.http.aclose()

    def _proxy_for(self, origin: str) -> str | None:
        if not self._proxies:
            return None
        parts = urlsplit(origin)
        if parts.hostname is None or proxy_bypass(parts.netloc):
            return None
        return self._proxies.get(parts.scheme) or self._proxies.get("all")

    def __repr__(self) -> str:
        return f"<HttpxTransport{' closed' if self._closed else ''}>"


class _Upload(httpx.AsyncByteStream):
    """A body that is read from its files while it is sent, or none. Closing it closes the file it stopped at."""

    def __init__(self, encoded: Encoded | None) -> None:
        self.encoded = encoded
        self._chunks = (encoded or _NO_BODY).chunks()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks

    async def aclose(self) -> None:
        await self._chunks.aclose()


class _Stream:
    """An answer whose body is still on its way."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer
        self.status = answer.status_code
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


def _explained(error: httpx.HTTPError, origin: str) -> str:
    name = type(error).__name__
    return f"{origin} gave no answer: {name}: {error}" if str(error) else f"{origin} gave no answer: {name}"


@functools.cache
def _ssl_context(cert_file: str | None, cert_dir: str | None) -> ssl.SSLContext:
    """Reading the CA certificates takes 20 ms, so it is done once for each setting."""
    del cert_file, cert_dir  # httpx reads them itself: they are here as the cache's key
    return httpx.create_ssl_context()


def _system_random() -> RandomSource:
    from random import SystemRandom

    return SystemRandom()
