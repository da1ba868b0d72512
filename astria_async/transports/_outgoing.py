"""What every transport needs before it can send: headers and body as they go on the wire, the proxy, and clear words
for what went wrong.
"""

from __future__ import annotations

import functools
import os
import re
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import anyio
from anyio.lowlevel import current_token
from attrs import frozen

from .._codec import Encoded, encode
from .._wire import Headers, RandomSource, Request
from ..errors import ConfigurationError, TransportError

#: A connection idle for longer, in seconds, is not used again: a request written to one that the server has just
#: closed would leave a create's outcome unknown, which costs a minute.
IDLE = 15.0


#: A proxy's password would end in a log.
_USER_INFO = re.compile(r"//[^/@\s]*@")

T = TypeVar("T")


class Upload:
    """A body that is read from its files while it is sent; `async for` gives its chunks.

    `failure` is what went wrong with a file: libraries wrap such an error, or lose it. `aclose` closes the file; where
    a chunk is being read at that moment, that is as soon as it has been read.
    """

    def __init__(self, encoded: Encoded) -> None:
        self.failure: Exception | None = None
        self._chunks = encoded.chunks()
        self._is_reading = False
        self._is_closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        self._is_reading = True
        try:
            return await anext(self._chunks)
        except StopAsyncIteration:
            raise
        except Exception as error:
            self.failure = error
            raise
        finally:
            self._is_reading = False
            if self._is_closed:
                await self.aclose()

    async def aclose(self) -> None:
        self._is_closed = True
        if not self._is_reading:
            with anyio.CancelScope(shield=True):
                await self._chunks.aclose()


class _OneChunk:
    """Bytes that are at hand, as chunks. No generator, which httpx would leave open where an attempt fails."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        content, self._content = self._content, b""
        if not content:
            raise StopAsyncIteration
        return content


@frozen
class Outgoing:
    """Where a request goes, its headers, and its body: `content` where it is at hand (b"" for none), else an `upload`."""

    origin: str
    headers: Headers
    content: bytes
    upload: Upload | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body's chunks."""
        return self.upload or _OneChunk(self.content)

    @property
    def failure(self) -> Exception | None:
        """What went wrong with a file, if anything."""
        return None if self.upload is None else self.upload.failure

    async def aclose(self) -> None:
        """Close the file that is being read, if there is one."""
        if self.upload is not None:
            await self.upload.aclose()


def outgoing(request: Request, random: RandomSource) -> Outgoing:
    """A request made ready. `random` gives the boundary of a form. Raises ParameterError for what cannot be sent, and
    TransportError for a URL that is none.
    """
    origin, headers = origin_of(request.url), Headers(request.headers)
    headers.setdefault("accept-encoding", "gzip, deflate")
    if request.body is None:
        if request.method in ("POST", "PUT", "PATCH"):
            headers["content-length"] = "0"
        return Outgoing(origin, headers, b"")
    encoded = encode(request.body, random)
    headers.setdefault("content-type", encoded.content_type)
    if encoded.length is None:
        headers["transfer-encoding"] = "chunked"
    else:
        headers["content-length"] = str(encoded.length)
    if encoded.content is not None:
        return Outgoing(origin, headers, encoded.content)
    return Outgoing(origin, headers, b"", Upload(encoded))


def joined(pairs: Iterable[tuple[str, str]]) -> Headers:
    """Headers as a mapping with lower case names; what stands there several times is joined with commas (RFC 9110)."""
    lower = [(name.lower(), value) for name, value in pairs]
    headers = Headers(lower)
    if len(headers) < len(lower):
        for name in headers:
            headers[name] = ", ".join(value for other, value in lower if other == name)
    return headers


def parsed(parse: Callable[[str], T], url: str) -> T:
    """A URL as a library wants it. Raises TransportError for what it takes for none."""
    try:
        return parse(url)
    except Exception as error:  # noqa: BLE001 -- each library has an error of its own for it
        problem = str(error)
    raise TransportError(f"{url[:200]!r} is no URL: {problem}", request_was_sent=False)


@functools.lru_cache(maxsize=256)
def origin_of(url: str) -> str:
    """`scheme://host:port` of a URL, as it stands there. Raises TransportError for what is no http or https URL."""
    return parsed(_origin, url)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.netloc.isprintable() or parts.port == 0:
        raise ValueError("it has to begin with http:// or https:// and a host")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class Proxies:
    """The environment's proxies, as the standard library reads them: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY."""

    def __init__(self) -> None:
        self._by_scheme = getproxies()

    def for_origin(self, origin: str) -> str | None:
        """The URL of the proxy for an origin; None where it is reached directly."""
        if not self._by_scheme:
            return None
        parts = urlsplit(origin)
        if parts.hostname is None or proxy_bypass(parts.netloc):
            return None
        return self._by_scheme.get(parts.scheme) or self._by_scheme.get("all")


def ca_file() -> Path | None:
    """The file that SSL_CERT_FILE names; None where it names none. Raises ConfigurationError where it is not there."""
    named = os.environ.get("SSL_CERT_FILE")
    if not named:
        return None
    path = Path(named)
    if not path.is_file():
        raise ConfigurationError(f"SSL_CERT_FILE: there is no file {named}; correct it, or unset it")
    return path


def ssl_context(make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """What `make` gives, which reads SSL_CERT_FILE and SSL_CERT_DIR itself. Raises ConfigurationError, as `ca_file` does."""
    return _made_once(make, ca_file(), os.environ.get("SSL_CERT_DIR"))


@functools.lru_cache(maxsize=16)
def _made_once(make: Callable[[], ssl.SSLContext], file: Path | None, folder: str | None) -> ssl.SSLContext:
    """Reading 140 certificates takes 20 ms, so it is done once for each setting."""
    del file, folder  # what the certificates are read from: they are here as the cache's key
    return make()


def open_or_raise(is_closed: bool) -> None:
    """Raise ConfigurationError if a transport is closed."""
    if is_closed:
        raise ConfigurationError("the transport is closed: make a new client, or keep this one open for longer")


def on_asyncio_or_raise(name: str) -> None:
    """Raise ConfigurationError on another event loop than asyncio's."""
    library = type(current_token().native_token).__module__.partition(".")[0]
    if library == "trio":
        raise ConfigurationError(f"transport: {name} runs on asyncio only; on trio use 'httpx', which is the default")


def no_answer(origin: str, error: BaseException, *, was_sent: bool, said: str = "") -> TransportError:
    """The TransportError for a library's own error; it holds no reference to that, as it may hold the request.

    `said` is what the library says of it, where its text alone says too little.
    """
    what = f"{type(error).__name__}: {said or error}" if said or str(error) else type(error).__name__
    what = _USER_INFO.sub("//", what)
    texts = [what, *map(str, _causes(error))]
    remedy = _remedy(" ".join(texts).lower().replace(origin.rpartition("//")[2].partition(":")[0], ""))
    return TransportError(f"{origin} gave no answer: {what}{remedy}", request_was_sent=was_sent)


def _remedy(whole: str) -> str:
    if "certificate" in whole:
        return " (its certificate is not trusted; for a certificate authority of your own set SSL_CERT_FILE)"
    if "proxy" in whole or "tunnel" in whole:
        return " (check the proxy: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY; hosts in NO_PROXY are reached directly)"
    return ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    for _ in range(8):
        seen = (seen.__cause__ or seen.__context__) if seen is not None else None
        if seen is None:
            return
        if isinstance(seen, (OSError, ssl.SSLError)):
            yield seen
