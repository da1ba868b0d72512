"""Layers put together, once, when a client is made."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Sequence
from functools import partial
from typing import Any

from .._wire import Middleware, Request, Response, Send
from ..errors import ConfigurationError


def _link(layer: Middleware, call_next: Send) -> Send:
    """A layer, and what it calls next."""
    by_name: Any = layer
    if _takes_name(layer):  # the SDK's own do: `partial` costs no frame
        send: Send = partial(by_name, call_next=call_next)
        return send

    def link(request: Request) -> Awaitable[Response]:
        return layer(request, call_next)

    return link


def _takes_name(layer: Middleware) -> bool:
    try:
        parameter = inspect.signature(layer).parameters.get("call_next")
    except (TypeError, ValueError):  # a builtin without a signature
        return False
    return parameter is not None and parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD


def compose(layers: Sequence[Middleware], send: Send) -> Send:
    """`send` with the layers around it, the first outermost. No layers: `send` itself.

    Args:
        layers: The middleware, the first outermost.
        send: What the innermost one calls.
    """
    for layer in reversed(layers):
        send = _link(layer, send)
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
