"""Callbacks of the mock: to addresses on this machine only, one after the other, while the mock goes on answering."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import anyio

from ...errors import TransportError
from .loopback import is_loopback_url

if TYPE_CHECKING:
    from ..._wire import Transport
    from ...testing import Callback

#: Called with a callback's URL, and why it was not delivered.
OnFailure = Callable[[str, str], object]


class CallbackQueue:
    """Takes callbacks at once, and delivers them beside the server: `receive` is for the fake, `run` for the server.

    So a receiver may call the mock while the mock calls it. As with the service, a callback that fails is not tried again
    [D].

    Args:
        transport: sends the callbacks. It is closed when `run` ends.
        on_failure: called for each callback that no receiver accepted.
    """

    def __init__(self, transport: Transport, on_failure: OnFailure = lambda url, reason: None) -> None:
        from ...testing import http_receiver

        self._transport = transport
        self._send = http_receiver(transport)
        self._on_failure = on_failure
        self._waiting: deque[Callback] = deque()
        self._arrived: anyio.Event | None = None

    async def receive(self, callback: Callback) -> int | None:
        """Take one. A callback that would leave this machine is not delivered."""
        if not is_loopback_url(callback.url):
            self._on_failure(callback.url, "the mock calls only addresses on this machine")
            return None
        self._waiting.append(callback)
        if self._arrived is not None:
            self._arrived.set()
        return None

    async def run(self) -> None:
        """Deliver, until cancelled."""
        try:
            while True:
                while self._waiting:
                    await self._deliver(self._waiting.popleft())
                self._arrived = anyio.Event()
                await self._arrived.wait()
        finally:
            with anyio.CancelScope(shield=True):
                await self._transport.aclose()

    async def _deliver(self, callback: Callback) -> None:
        answer = self._send(callback)
        try:
            status = None if answer is None else await answer
        except TransportError as error:
            self._on_failure(callback.url, str(error))
            return
        if status is not None and not 200 <= status < 300:
            self._on_failure(callback.url, f"the receiver answered {status}")
