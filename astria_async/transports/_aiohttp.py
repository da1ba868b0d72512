"""A transport on aiohttp: asyncio only, with less to do in Python than httpx has."""

from __future__ import annotations

import functools
import re
import socket
import ssl
import types
from collections.abc import Awaitable, Callable, Generator
from random import SystemRandom
from typing import Any

try:
    import aiohttp
    from aiohttp.client_proto import ResponseHandler
except ModuleNotFoundError as missing:
    raise ImportError("AiohttpTransport needs aiohttp: pip install 'astria-async[aiohttp]'") from missing
from yarl import URL

from .._runtime.loops import PerLoop
from .._values.spelling import explain_misspelt
from .._wire import RandomSource, Request
from ._base import Answer, BaseTransport
from ._certificates import context_of, ssl_context
from ._connections import IDLE, SOCKET_OPTIONS, UNSEEN
from ._failures import joined, no_answer
from ._lifetime import CloseWithLoop, asyncio_or_raise
from ._proxies import Proxies
from ._request import EncodedRequest

#: Raised by aiohttp while it connects: looking up the name, connecting, TLS, the proxy's refusal. Besides these a URL
#: that it does not take.
_NEVER_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
)
#: Of an answer's head, as httpcore and hyper have them, more or less: bytes of one header, and how many there are.
_HEADER_SIZE, _HEADERS = 256 * 1024, 1000
#: Takes a URL as it is: quoting it anew would change signed ones.
_url = functools.lru_cache(maxsize=256)(functools.partial(URL, encoded=True))


class AiohttpTransport(BaseTransport):
    """Carries requests over aiohttp, on asyncio only. Needs the extra `aiohttp`.

    Proxies come from the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY), certificate authorities from
    SSL_CERT_FILE and SSL_CERT_DIR, else from the system. `verify` is an `ssl.SSLContext` of your own; None means the
    usual one. It cannot use a SOCKS proxy, and says so.

    Raises ConfigurationError for a file of certificates that holds none, and a proxy's URL that is not one.

    Args:
        verify: An `ssl.SSLContext` of your own; None means the usual one.
        random: Where multipart boundaries are drawn from; None means the system's randomness.
    """

    #: Downloads check the addresses of a host before this transport asks the same resolver.
    resolves_names = True

    @explain_misspelt
    def __init__(self, *, verify: ssl.SSLContext | None = None, random: RandomSource | None = None) -> None:
        super().__init__(random or SystemRandom())
        self._verify = context_of(verify) or ssl_context(ssl.create_default_context)
        self._proxies = Proxies(
            remedy="aiohttp does not speak SOCKS; set a proxy of http, or take transport='httpx' or 'pyreqwest'"
        )
        self._sessions = PerLoop(self._new_session, forget=_Session.detach)

    async def aclose(self) -> None:
        """Close the connections of the running event loop; the transport cannot be used afterwards."""
        self._closed = True
        session = self._sessions.pop()
        if session is not None:
            await session.aclose()

    async def _open(self, request: Request, encoded: EncodedRequest) -> Answer:
        session = self._sessions.get()
        proxy = self._proxies.for_target(encoded.target)
        await _hang_ups_seen()
        if encoded.upload is not None:
            encoded.upload.lets_others_read, encoded.upload.unseen = True, UNSEEN
        asked = session.http.request(
            request.method,
            _url(encoded.target.url),
            headers=_headers(encoded),
            data=encoded.upload or encoded.content or None,
            allow_redirects=False,
            proxy=None if proxy is None else _url(proxy.url),
            timeout=_timeout(request.timeout.connect),
            middlewares=_ONCE,
        )
        return _Answer(await asked)

    def _failure(self, encoded: EncodedRequest, error: Exception) -> Exception:
        was_sent = not isinstance(error, (*_NEVER_SENT, _UnreachedError))
        is_timeout = isinstance(error, aiohttp.ServerTimeoutError)  # of connecting, the only time that it is given
        proxy = self._proxies.for_target(encoded.target)
        return no_answer(encoded.target, error, was_sent=was_sent, is_timeout=is_timeout, proxy=proxy)

    def _new_session(self) -> _Session:
        asyncio_or_raise("aiohttp")
        return _Session(self._verify)


class _Session:
    """Connections of one event loop, closed with it. How many there are at once is the limiter's business."""

    def __init__(self, verify: ssl.SSLContext) -> None:
        connector = _Connector(limit=0, ssl=verify, keepalive_timeout=IDLE, socket_factory=_socket)
        connector._factory = functools.partial(_Lenient, loop=connector._loop)  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
        self.http = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            max_line_size=_HEADER_SIZE,
            max_field_size=_HEADER_SIZE,
            max_headers=_HEADERS,
        )
        self.aclose = CloseWithLoop(self.http.close).aclose

    def detach(self) -> None:
        """Let go of connections that cannot be closed any more, as their loop is."""
        self.http.detach()


class _UnreachedError(aiohttp.ClientError):
    """Something went wrong while it connected, such as a proxy that hung up or talked nonsense."""


class _Connector(aiohttp.TCPConnector):
    """Tells what fails while it connects from what fails later: by then nothing of the request was sent."""

    async def _create_connection(self, *given: Any, **more: Any) -> Any:
        unreached: _UnreachedError
        try:
            return await super()._create_connection(*given, **more)
        except _NEVER_SENT:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is, nothing of the request was sent yet
            unreached = _UnreachedError(_said(error))
        raise unreached


class _Lenient(ResponseHandler):
    """Takes what the other transports' libraries take, and llhttp refuses: the same Content-Length more than once
    (RFC 9110, 8.6), and one beside chunks, which count then (RFC 9112, 6.3).
    """

    def data_received(self, data: bytes) -> None:
        if data[:7] == b"HTTP/1." and getattr(self, "_payload", None) is None:
            lower = data[:_HEADER_SIZE].lower()
            if lower.count(b"\ncontent-length:") > 1 or b"\ntransfer-encoding:" in lower:
                data = _without_needless_lengths(data)
        super().data_received(data)


_LENGTH = re.compile(rb"\ncontent-length:[ \t]*([^\r\n]*?)[ \t]*\r(?=\n)", re.IGNORECASE)


def _without_needless_lengths(data: bytes) -> bytes:
    head, end, body = data.partition(b"\r\n\r\n")
    lengths = _LENGTH.findall(head + b"\r\n")
    is_chunked = re.search(rb"\ntransfer-encoding:[^\r\n]*chunked[ \t]*(\r|$)", head, re.IGNORECASE)
    if not lengths or (len(set(lengths)) > 1 and not is_chunked):
        return data
    bare = _LENGTH.sub(b"", head + b"\r\n").removesuffix(b"\r\n")
    if not is_chunked:
        bare += b"\r\ncontent-length: " + lengths[0]
    return bare + end + body


class _Answer(Answer):
    """An answer over aiohttp."""

    __slots__ = ("_response",)

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers = joined((name, _text(value)) for name, value in response.headers.items())

    async def read(self) -> bytes:
        return await self._response.content.readany()

    async def close(self, *, is_whole: bool) -> None:
        if is_whole:
            self._response.release()
        else:
            self._response.close()  # what is left of the body is not worth reading


def _headers(encoded: EncodedRequest) -> Any:
    if encoded.upload is None or "transfer-encoding" not in encoded.headers:
        return encoded.headers
    return {
        name: value for name, value in encoded.headers.items() if name != "transfer-encoding"
    }  # it sets that itself


def _text(value: str) -> str:
    """A header's value: what is not UTF-8 has each byte as a character, as with the other transports."""
    if value.isascii():
        return value
    try:
        value.encode()
        return value
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogateescape").decode("latin-1")


def _socket(address: Any) -> socket.socket:
    family, kind, protocol, *_ = address
    made = socket.socket(family=family, type=kind, proto=protocol)
    for option in SOCKET_OPTIONS:
        made.setsockopt(*option)
    return made


@types.coroutine
def _hang_ups_seen() -> Generator[None, None, None]:
    """Two turns of the event loop: in the first it asks the sockets, in the second aiohttp hears of idle connections that
    the server has closed. If the loop was busy since, a request would go to one of these, and be lost.
    """
    yield
    yield


@functools.lru_cache(maxsize=64)
def _timeout(connect: float | None) -> aiohttp.ClientTimeout:
    """`connect` bounds looking up the name, connecting, TLS and a proxy's tunnel. An attempt's time is bounded above, by
    the client's own clock.
    """
    return aiohttp.ClientTimeout(total=None, connect=connect, ceil_threshold=float("inf"))


async def _once(
    request: aiohttp.ClientRequest, handler: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]]
) -> aiohttp.ClientResponse:
    """Keeps aiohttp from sending a GET, PUT or DELETE again by itself: that is for the retry policy to decide, and a
    DELETE that is sent twice unseen would be answered with 404.
    """
    lost: _LostError
    try:
        return await handler(request)
    except (*_NEVER_SENT, _UnreachedError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        lost = _LostError(_said(error))
    raise lost


def _said(error: Exception) -> str:
    is_half_a_head = isinstance(error, aiohttp.ServerDisconnectedError) and not isinstance(error.message, str)
    return "the server hung up in its answer's head" if is_half_a_head else str(error) or "the server hung up"


class _LostError(aiohttp.ClientError):
    """The connection broke off after the request, or some of it, was written."""


_ONCE = (_once,)
