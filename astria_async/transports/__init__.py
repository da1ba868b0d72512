"""WHO carries a request: the only room that names an HTTP library. Each transport is imported once it is asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Literal, TypeAlias

from .._wire import Clock, RandomSource, Transport
from ..errors import ConfigurationError

if TYPE_CHECKING:
    from ._aiohttp import AiohttpTransport
    from ._httpx import HttpxTransport
    from ._pyreqwest import PyreqwestTransport

__all__ = ["AiohttpTransport", "HttpxTransport", "PyreqwestTransport"]

TransportName: TypeAlias = Literal["httpx", "aiohttp", "pyreqwest"]

_MODULES = {"AiohttpTransport": "_aiohttp", "HttpxTransport": "_httpx", "PyreqwestTransport": "_pyreqwest"}


def transport_named(name: str, *, clock: Clock, random: RandomSource) -> Transport:
    """The transport of a name, with its defaults. Raises ConfigurationError, naming the extra where one is missing."""
    problem: str
    try:
        if name == "httpx":
            from ._httpx import HttpxTransport

            return HttpxTransport(clock=clock, random=random)
        if name == "aiohttp":
            from ._aiohttp import AiohttpTransport

            return AiohttpTransport(random=random)
        if name == "pyreqwest":
            from ._pyreqwest import PyreqwestTransport

            return PyreqwestTransport(random=random)
        problem = f"{name!r} is not a transport; give 'httpx', 'aiohttp', 'pyreqwest', or a Transport"
    except ImportError as error:
        problem = str(error)
    raise ConfigurationError(f"transport: {problem}")


def is_user_client(value: object) -> bool:
    """True for an `AsyncClient` of httpx, of httpx2, or of a library derived from either: what
    `HttpxTransport(client=...)` takes. No library is imported for the answer.
    """
    return any(kind.__name__ == "AsyncClient" for kind in type(value).__mro__)


def __getattr__(name: str) -> object:
    """A transport's class. Raises ImportError where the extra that it needs is not installed."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)
