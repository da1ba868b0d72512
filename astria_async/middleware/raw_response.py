"""Lets a caller see the answers behind what a method returned."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from contextvars import ContextVar
from inspect import isawaitable
from typing import Generic, TypeVar

from attrs import frozen

from .._wire import Request, Response, Send
from ..errors import ParameterError

T = TypeVar("T")

_seen: ContextVar[list[Response] | None] = ContextVar("astria_async_responses", default=None)


@frozen
class RawResponse(Generic[T]):
    """What a method returned, with the last response that it was made of. `parsed` is what the method returned."""

    parsed: T
    _response: Response | None

    def parse(self) -> T:
        """What the method returned: `parsed`, as a method."""
        return self.parsed

    @property
    def response(self) -> Response:
        """The response: `status`, `headers`, `text`, `json()`, `attempts`.

        Raises LookupError if none was seen: the call needed no request, or was a task already.
        """
        if self._response is None:
            raise LookupError(
                "with_raw_response saw no response: the call needed no request, or was a task; pass the call itself"
            )
        return self._response

    @property
    def status(self) -> int:
        """The HTTP status of the response."""
        return self.response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the response. Their names are lower case."""
        return self.response.headers


def responses_seen() -> list[Response] | None:
    """Where the answers go of the `with_raw_response` around the running call; None if there is none."""
    return _seen.get()


def capture(request: Request, call_next: Send) -> Awaitable[Response]:
    """Keeps each call's answer for the `with_raw_response` around it, if there is one."""
    seen = _seen.get()
    return call_next(request) if seen is None else _captured(request, call_next, seen)


async def _captured(request: Request, call_next: Send, seen: list[Response]) -> Response:
    response = await call_next(request)
    seen.append(response)
    return response


async def with_response(call: Awaitable[T]) -> RawResponse[T]:
    """Await `call`, and return what it returned with its last answer. Raises what it raises."""
    if not isawaitable(call):
        raise ParameterError(
            f"call: {type(call).__name__} cannot be awaited; pass the call itself, without await, such as tunes.retrieve(1)"
        )
    seen: list[Response] = []
    token = _seen.set(seen)
    try:
        parsed = await call
    finally:
        _seen.reset(token)
    return RawResponse(parsed, seen[-1] if seen else None)  # whatever was seen, `parsed` may be paid for
