"""A transport without a network: a function answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from inspect import isawaitable
from typing import TypeAlias

from anyio.lowlevel import checkpoint

from .._wire import Request, Response
from ..errors import ConfigurationError

Handler: TypeAlias = Callable[[Request], Response | Awaitable[Response]]
"""Answers a request. To answer with no answer, it raises `TransportError`."""

#: Bytes that a streamed answer hands over at a time: small, so that a test's image comes in several.
CHUNK = 1024


class MockTransport:
    """A `Transport` whose answers come from `handler`: a function, an async function, or a `FakeAstria`.

    `requests` holds every request that it was given, in order, as it would have gone out: with what the middleware added,
    credentials included. A request whose handler raised, or whose caller was cancelled, is among them.

    Args:
        handler: Answers a `Request` with a `Response`: a function, an async function, or a `FakeAstria`.
    """

    #: No network is behind it, so a client may wait for as short as it likes.
    is_in_memory = True

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._is_closed = False
        self.requests: list[Request] = []

    async def send(self, request: Request, /) -> Response:
        """The handler's answer. Raises ConfigurationError once the transport is closed."""
        self._check_open()
        await checkpoint()
        self._check_open()
        self.requests.append(request)
        answer = self._handler(request)
        return await answer if isawaitable(answer) else answer

    def stream(self, request: Request, /) -> AbstractAsyncContextManager[StreamedResponse]:
        """The same answer, its body in chunks."""
        return self._streamed(request)

    @asynccontextmanager
    async def _streamed(self, request: Request) -> AsyncIterator[StreamedResponse]:
        yield StreamedResponse(await self.send(request))

    async def aclose(self) -> None:
        """End of use. May be called again."""
        self._is_closed = True

    def _check_open(self) -> None:
        if self._is_closed:
            raise ConfigurationError("this MockTransport is closed: the client that it was given to has been closed")


class StreamedResponse:
    """An answer whose body comes in chunks. They can be iterated once, as those of a real one."""

    def __init__(self, response: Response) -> None:
        self._response = response
        self._is_read = False

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, `CHUNK` bytes at a time. Raises RuntimeError when called again."""
        if self._is_read:
            raise RuntimeError("this answer's body has been read: it can be iterated once")
        self._is_read = True
        body = self._response.body
        for start in range(0, len(body), CHUNK):
            await checkpoint()
            yield body[start : start + CHUNK]
