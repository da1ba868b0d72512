"""The protocols at the doors: who sends a request, who changes it on its way, who carries it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeAlias, runtime_checkable

from .messages import Request, Response


class ResponseStream(Protocol):
    """An answer whose body is still on its way: `chunks()` may be iterated once."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    def chunks(self) -> AsyncIterator[bytes]: ...


Send: TypeAlias = Callable[[Request], Awaitable[Response]]
"""Returns a Response for every HTTP answer, 4xx and 5xx included; raises TransportError only when none came."""


@runtime_checkable
class Middleware(Protocol):
    """A layer around `Send`: a function or an object. It may change the request, the answer, or call more than once.

    A create passes a second time only if its first pass certainly made nothing; else the second call raises TransportError,
    and the retry policy looks for what was made. A refusal in place of a lost answer is not believed.
    """

    def __call__(self, request: Request, call_next: Send, /) -> Awaitable[Response]: ...


class Transport(Protocol):
    """Carries requests. Implement these three methods, and everything else of the SDK works on top.

    `send` raises TransportError if no response came, and RequestTimeoutError if a time limit ended the request. Set
    `request_was_sent=False` only if you are sure that no byte of the request reached the server. If in doubt, use True.
    """

    async def send(self, request: Request, /) -> Response: ...
    def stream(self, request: Request, /) -> AbstractAsyncContextManager[ResponseStream]: ...
    async def aclose(self) -> None: ...


class Observer(Protocol):
    """Told of what a client does: one event at a time, in the thread of the event loop that it happens on.

    A plain function, which must be quick and must not wait. What it raises is logged once, and fails no call. The events
    are the classes of `astria_async.telemetry`.
    """

    def __call__(self, event: Any, /) -> object: ...


class Trace(Protocol):
    """The events of one call: the layers that it passes tell it what happens. A request has one only if somebody listens."""

    def emit(self, kind: Callable[..., Any], /, **fields: object) -> None: ...


class CallRecord(Protocol):
    """What is known of one call: kept by Retry, marked by the layer that hands a request to the transport."""

    reached: bool
