"""One connection of httpcore's, direct or through a proxy, and what is sent over it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import anyio
import httpcore

from ._connections import IDLE
from ._network import Network
from ._proxies import Proxy
from ._request import EncodedRequest
from ._url import Target

#: Raised by httpcore before a byte of the request is written: looking up the name, connecting, TLS, the proxy's refusal.
_NEVER_SENT = (
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpcore.PoolTimeout,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


class Connection:
    """One connection, direct or through a proxy."""

    __slots__ = ("_is_direct", "body", "http", "network", "proxy", "used")

    def __init__(self, target: Target, proxy: Proxy | None, verify: ssl.SSLContext) -> None:
        self.network = Network()
        self.proxy = proxy
        self.used = 0.0
        self.body: Body | None = None
        self._is_direct = proxy is None
        origin = httpcore.Origin(target.scheme.encode(), target.host.encode(), target.port)
        more: Any = {"ssl_context": verify, "keepalive_expiry": IDLE, "network_backend": self.network}
        if proxy is None:
            self.http: Any = httpcore.AsyncHTTPConnection(origin, **more)
            return
        auth = None if proxy.auth is None else (proxy.auth[0].encode(), proxy.auth[1].encode())
        url = httpcore.URL(scheme=proxy.scheme, host=proxy.host, port=proxy.port, target="/")
        more |= {"proxy_url": url, "proxy_auth": auth, "max_connections": 1, "max_keepalive_connections": 1}
        if proxy.scheme.startswith("socks"):
            self.http = httpcore.AsyncSOCKSProxy(**more)
        else:
            # Of one proxy's TLS; the authorities are the same.
            more["proxy_ssl_context"] = verify if proxy.scheme == "https" else None
            self.http = httpcore.AsyncHTTPProxy(**more)

    def is_stale(self) -> bool:
        """Whether the server has closed it meanwhile. A proxy's pool finds that out itself."""
        return self._is_direct and self.http.has_expired()

    def is_available(self) -> bool:
        """Whether it can carry another request."""
        return not self._is_direct or self.http.is_available()

    def was_sent(self, error: Exception) -> bool:
        """False only if it is certain that the server saw nothing of the request.

        Through a proxy the head is held back until the body is asked for (`Network`). Before that there is only talk
        with the proxy.
        """
        is_proxy_talk = self.proxy is not None and self.body is not None and not self.body.is_begun
        return not isinstance(error, _NEVER_SENT) and not is_proxy_talk

    async def aclose(self) -> None:
        with anyio.CancelScope(shield=True):
            with suppress(Exception):  # it is given up in any case
                await self.http.aclose()
            if self.proxy is not None:
                with suppress(Exception):
                    await self.network.aclose()


class Body:
    """A body as httpcore wants it. It is asked for once the head is written: a proxy's tunnel stands by then."""

    __slots__ = ("_encoded", "is_begun", "timeouts")

    def __init__(self, encoded: EncodedRequest, connect: float | None) -> None:
        self._encoded = encoded
        self.is_begun = False
        #: For httpcore. `read` bounds what a proxy says to CONNECT, and is taken out before the server's answer.
        self.timeouts = {"connect": connect, "pool": connect, "read": connect}

    def __aiter__(self) -> AsyncIterator[bytes]:
        self.is_begun = True
        self.timeouts.pop("read", None)
        return self._encoded.upload or _Pieces(self._encoded.content)

    async def aclose(self) -> None:
        """httpcore asks for it; the upload is closed by whoever made it."""


class _Pieces:
    """Bytes that are at hand, as pieces. No generator, which would be left open if an attempt fails."""

    __slots__ = ("_content",)

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        content, self._content = self._content, b""
        if not content:
            raise StopAsyncIteration
        return content


def as_httpcore(method: str, encoded: EncodedRequest, body: Body) -> httpcore.Request:
    """A request for httpcore."""
    target = encoded.target
    port = target.port if target.netloc.endswith(f":{target.port}") else None  # a proxy is told no port that is usual
    return httpcore.Request(
        method,
        httpcore.URL(scheme=target.scheme, host=target.host, port=port, target=target.path),
        headers=[(name.encode("ascii"), value.encode()) for name, value in encoded.headers.items()],
        content=body,
        extensions={"timeout": body.timeouts},
    )


def is_timeout(error: Exception) -> bool:
    """Whether a time limit ended it. That of the operating system is not one: it is not ours."""
    return isinstance(error, httpcore.TimeoutException)
