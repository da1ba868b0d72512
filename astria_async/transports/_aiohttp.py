"""A transport on aiohttp: asyncio only, with less to do in Python than httpx has."""

from __future__ import annotations

import functools
import ssl
import types
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Mapping
from contextlib import asynccontextmanager
from random import SystemRandom
from typing import Any

try:
    import aiohttp
except ModuleNotFoundError as missing:
    raise ImportError("AiohttpTransport needs aiohttp: pip install 'astria-async[aiohttp]'") from missing
from yarl import URL

from .._loops import PerLoop
from .._wire import RandomSource, Request, Response
from ._outgoing import (
    IDLE,
    Outgoing,
    Proxies,
    joined,
    no_answer,
    on_asyncio_or_raise,
    open_or_raise,
    outgoing,
    parsed,
    ssl_context,
)

#: Raised by aiohttp while it connects: looking up the name, connecting, TLS, the proxy's refusal. Besides these a URL
#: that it does not take.
_NEVER_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
)
#: Takes a URL as it is: quoting it anew would change signed ones.
_url = functools.lru_cache(maxsize=256)(functools.partial(URL, encoded=True))


class AiohttpTransport:
    """Carries requests over aiohttp, on asyncio only. Needs the extra `aiohttp`.

    Proxies come from the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY), certificate authorities from
    SSL_CERT_FILE and SSL_CERT_DIR, else from the system. `verify` is an `ssl.SSLContext` of your own; None means the
    usual one.
    """

    #: Downloads check the addresses of a host before this transport asks the same resolver.
    resolves_names = True

    def __init__(self, *, verify: ssl.SSLContext | None = None, random: RandomSource | None = None) -> None:
        self._verify = verify or ssl_context(ssl.create_default_context)
        self._random = random or SystemRandom()
        self._proxies = Proxies()
        self._sessions = PerLoop(self._new_session, forget=aiohttp.ClientSession.detach)
        self._closed = False

    async def send(self, request: Request, /) -> Response:
        """Send, and read the answer to its end."""
        going, session = self._outgoing(request), self._sessions.get()
        await _hang_ups_seen()
        failure: Exception
        try:
            async with self._asked(session, request, going) as answer:
                body = await answer.read()
                return Response(status=answer.status, headers=joined(answer.headers.items()), body=body)
        except aiohttp.ClientError as error:
            failure = _told(going, error)
        finally:
            await going.aclose()
        raise failure

    @asynccontextmanager
    async def stream(self, request: Request, /) -> AsyncIterator[_Stream]:
        """Send, and leave the body to be read."""
        going, session = self._outgoing(request), self._sessions.get()
        await _hang_ups_seen()
        failure: Exception
        try:
            async with self._asked(session, request, going) as answer:
                stream = _Stream(answer)
                try:
                    yield stream
                finally:
                    if not answer.content.at_eof():
                        answer.close()  # what is left of the body is not worth reading
                return
        except aiohttp.ClientError as error:
            failure = _told(going, error)
        finally:
            await going.aclose()
        raise failure

    async def aclose(self) -> None:
        """Close the connections of the running event loop; the transport cannot be used afterwards."""
        self._closed = True
        session = self._sessions.pop()
        if session is not None:
            await session.close()

    def _outgoing(self, request: Request) -> Outgoing:
        open_or_raise(self._closed)
        going = outgoing(request, self._random)
        going.headers.pop("transfer-encoding", None)  # aiohttp sets it itself where no length is known
        return going

    def _asked(self, session: aiohttp.ClientSession, request: Request, going: Outgoing) -> Any:
        return session.request(
            request.method,
            parsed(_url, request.url),
            headers=going.headers,
            data=going.upload or going.content or None,
            allow_redirects=False,
            proxy=self._proxies.for_origin(going.origin),
            timeout=_timeout(request.timeout.connect),
            middlewares=_ONCE,
        )

    def _new_session(self) -> aiohttp.ClientSession:
        """Connections of one event loop. How many there are at once is the limiter's business."""
        on_asyncio_or_raise("aiohttp")
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=self._verify, keepalive_timeout=IDLE),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    def __repr__(self) -> str:
        return f"<AiohttpTransport{' closed' if self._closed else ''}>"


class _Stream:
    """An answer whose body is still on its way."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer
        self.status = answer.status
        self.headers: Mapping[str, str] = joined(answer.headers.items())

    async def chunks(self) -> AsyncGenerator[bytes]:
        while chunk := await self._answer.content.readany():
            yield chunk


@types.coroutine
def _hang_ups_seen() -> Generator[None, None, None]:
    """Two turns of the event loop: in the first it asks the sockets, in the second aiohttp hears of idle connections that
    the server has closed. Where the loop was busy since, a request would go to one of these, and be lost.
    """
    yield
    yield


@functools.cache
def _timeout(connect: float | None) -> aiohttp.ClientTimeout:
    """An attempt's time is bounded above, by the client's own clock."""
    return aiohttp.ClientTimeout(total=None, sock_connect=connect)


async def _once(
    request: aiohttp.ClientRequest, handler: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]]
) -> aiohttp.ClientResponse:
    """Keeps aiohttp from sending a GET, PUT or DELETE again by itself: that is for the retry policy to decide, and a
    DELETE that is sent twice unseen would be answered with 404.
    """
    lost: _LostError
    try:
        return await handler(request)
    except _NEVER_SENT:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        lost = _LostError(str(error) or "the server hung up")
    raise lost


class _LostError(aiohttp.ClientError):
    """The connection broke off after the request, or some of it, was written."""


_ONCE = (_once,)


def _told(going: Outgoing, error: aiohttp.ClientError) -> Exception:
    """What to raise: of a file that could not be read, its own error."""
    was_sent = not isinstance(error, _NEVER_SENT)
    return going.failure or no_answer(going.origin, error, was_sent=was_sent)
