"""Layers put together, once, when a client is made."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Sequence

from .._wire import Middleware, Request, Response, Send
from ..errors import ConfigurationError


class _Link:
    """A layer, and what it calls next."""

    __slots__ = ("_call_next", "_layer")

    def __init__(self, layer: Middleware, call_next: Send) -> None:
        self._layer = layer
        self._call_next = call_next

    def __call__(self, request: Request) -> Awaitable[Response]:
        return self._layer(request, self._call_next)


def compose(layers: Sequence[Middleware], send: Send) -> Send:
    """`send` with the layers around it, the first outermost. No layers: `send` itself.

    Args:
        layers: The middleware, the first outermost.
        send: What the innermost one calls.
    """
    for layer in reversed(layers):
        send = _Link(layer, send)
    return send


def checked(layers: Sequence[Middleware]) -> tuple[Middleware, ...]:
    """The layers, if each can be called as `await layer(request, call_next)`. Raises ConfigurationError."""
    for index, layer in enumerate(layers):
        problem = _problem(layer)
        if problem:
            raise ConfigurationError(f"middleware[{index}]: {problem}; write async def name(request, call_next)")
    return tuple(layers)


def _problem(layer: object) -> str | None:
    if not callable(layer):
        return f"{type(layer).__name__} cannot be called"
    if inspect.isclass(layer):
        return f"{layer.__name__} is a class; pass an instance"
    try:
        inspect.signature(layer).bind(None, None)
    except TypeError:
        return f"{inspect.signature(layer)} does not take (request, call_next)"
    except ValueError:  # a builtin without a signature
        return None
    plain = layer if inspect.isroutine(layer) else type(layer).__call__
    returns_awaitable = inspect.iscoroutinefunction(plain) or not inspect.isfunction(plain)
    return None if returns_awaitable else "it is not async"
