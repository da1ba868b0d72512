"""A client of the user's own: of httpx, httpx2, or derived from either. Its library is never imported here: the client
brings it along.

What such a client says of a failure is not believed, as its transport may be anybody's (httpx-aiohttp 0.2.0 calls a
request that was fully sent a ConnectTimeout). Only its trace is evidence: what httpcore reports while it goes along.
Where it reports nothing, the request counts as sent.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import anyio

from .._wire import Request
from ..errors import AstriaError, ConfigurationError
from ._outgoing import Outgoing, parsed


class ForeignError(Exception):
    """An error of neither the client's library nor ours."""


class Borrowed:
    """One request over a user's client; `for_one_request` gives a fresh one."""

    def __init__(self, client: Any, library: ModuleType | None = None) -> None:
        self._client = client
        self._library: Any = library or _library_of(client)
        self.errors: tuple[type[Exception], ...] = (self._library.HTTPError, ForeignError)
        self.is_spent = False
        self._is_traced = False
        self._has_begun = False
        self._answer: Any = None

    def for_one_request(self) -> Borrowed:
        """The same client, nothing seen yet."""
        return Borrowed(self._client, self._library)

    async def ask(self, request: Request, going: Outgoing) -> Any:
        """The answer, its head read."""
        outgoing = parsed(
            lambda url: self._client.build_request(
                request.method,
                url,
                headers=going.headers,
                content=going.upload or going.content or None,
                extensions={"timeout": {"connect": request.timeout.connect}, "trace": self._saw},
            ),
            request.url,
        )
        failure: ForeignError
        try:
            self._answer = await self._client.send(outgoing, stream=True, auth=None, follow_redirects=False)
            return self._answer
        except (self._library.HTTPError, AstriaError):
            raise
        except Exception as error:  # noqa: BLE001 -- some adapters let the errors of their library through
            failure = ForeignError(f"{type(error).__name__}: {error}")
        raise failure

    def was_sent(self, error: Exception) -> bool:
        """False only where the client was seen to connect, and not seen to write."""
        del error
        return self._has_begun or not self._is_traced

    async def aclose(self) -> None:
        """Give the connection back to the client, which stays open."""
        if self._answer is not None:
            with anyio.CancelScope(shield=True):
                await self._answer.aclose()

    async def _saw(self, event: str, info: dict[str, Any]) -> None:
        """httpcore's trace: "connection.connect_tcp.started", "http11.send_request_headers.started", ..."""
        self._is_traced = True
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self._has_begun = True


def _library_of(client: Any) -> ModuleType:
    """The package whose AsyncClient this is."""
    for kind in type(client).__mro__:
        if kind.__name__ == "AsyncClient":
            return sys.modules[kind.__module__.partition(".")[0]]
    kind_name = f"{type(client).__module__}.{type(client).__qualname__}"
    raise ConfigurationError(f"client: {kind_name} is no AsyncClient of httpx or httpx2; pass one of these")
