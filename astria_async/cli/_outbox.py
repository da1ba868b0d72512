"""Callbacks of the mock: to addresses on this machine only, one after the other, while it goes on answering."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio

from ..errors import TransportError

if TYPE_CHECKING:
    from .._wire import Transport
    from ..testing.callbacks import Callback

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Outbox:
    """Takes callbacks in at once, and delivers them beside the server: `sink` is the stand-in's, `run` the server's.

    A receiver that calls the mock while it is called is thus answered. As with the service, a callback that fails is
    not tried again [D]. `transport` is closed when the server ends.
    """

    def __init__(self, transport: Transport) -> None:
        from ..testing.receivers import http_receiver

        self._transport = transport
        self._deliver = http_receiver(transport)
        self._calls: deque[Callback] = deque()
        self._arrived: anyio.Event | None = None

    async def sink(self, call: Callback) -> int | None:
        """Take one in. One that would leave this machine is left out."""
        if urlsplit(call.url).hostname in _LOOPBACK:
            self._calls.append(call)
            if self._arrived is not None:
                self._arrived.set()
        return None

    async def run(self) -> None:
        """Deliver, until cancelled."""
        try:
            while True:
                while self._calls:
                    with suppress(TransportError):  # nobody was there: the service would not say so either
                        await self._delivered(self._calls.popleft())
                self._arrived = anyio.Event()
                await self._arrived.wait()
        finally:
            with anyio.CancelScope(shield=True):
                await self._transport.aclose()

    async def _delivered(self, call: Callback) -> None:
        delivery = self._deliver(call)
        if delivery is not None:
            await delivery
