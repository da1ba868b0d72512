"""What belongs to an event loop ends with it: connections that nobody closed by then."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress

from anyio.lowlevel import current_token

from ..errors import ConfigurationError


def is_trio() -> bool:
    """Whether the running event loop is trio's."""
    return type(current_token().native_token).__module__.partition(".")[0] == "trio"


def asyncio_or_raise(name: str) -> None:
    """Raise ConfigurationError on another event loop than asyncio's."""
    if is_trio():
        raise ConfigurationError(f"transport: {name} runs on asyncio only; on trio use 'httpx', which is the default")


class CloseWithLoop:
    """Has `close` awaited when the running event loop ends, when this is dropped, or by `aclose`, once.

    asyncio closes the asynchronous generators that are still open before it closes a loop (`asyncio.run`, anyio's and
    pytest-asyncio's runners do so too): the one moment at which connections that nobody closed can be, without a task
    that waits for it. On trio sockets are closed when they are dropped.
    """

    def __init__(self, close: Callable[[], Awaitable[object]]) -> None:
        self._closing = _closing(close)
        if not is_trio():
            with suppress(StopIteration):
                self._closing.__anext__().send(None)  # to its `yield`, without a turn of the loop
            self._close: Callable[[], Awaitable[object]] = self._closing.aclose
        else:
            self._close = close

    async def aclose(self) -> None:
        """Close now."""
        await self._close()


async def _closing(close: Callable[[], Awaitable[object]]) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        await close()
