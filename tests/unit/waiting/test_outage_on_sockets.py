"""A wait of an hour, over each transport, through what a service can do to it."""

from __future__ import annotations

import json
import random
from collections import Counter

import anyio
import pytest
from anyio.abc import SocketStream

from astria_async import AsyncAstria
from astria_async.testing import ScaledClock

from ...support.transports import OURS, Carrier, nobody_listening, over

pytestmark = over(OURS)
#: An hour takes three seconds.
FACTOR = 1200
MINUTE = 60.0
HEAD = "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is reached directly, whatever this machine's settings are."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Service:
    """Well for ten minutes, refusing for ten, then five of 502 and five of 429, and done after an hour.

    A part in which nobody has asked yet goes on, so that a slow machine sees them all.
    """

    def __init__(self, clock: ScaledClock) -> None:
        self.clock = clock
        self.status = "200 OK"
        self.is_done = False
        self.seen: Counter[str] = Counter()

    async def run(self, port: int, listener: anyio.abc.Listener[SocketStream]) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, self._answer)
            await self._part("200 OK", 10 * MINUTE)
            tasks.cancel_scope.cancel()
        await listener.aclose()
        await self.clock.sleep(10 * MINUTE)
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=port, reuse_port=True)
        async with listener, anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, self._answer)
            await self._part("502 Bad Gateway", 5 * MINUTE)
            await self._part("429 Too Many Requests", 5 * MINUTE)
            await self._part("200 OK", 30 * MINUTE)
            self.is_done = True
            await self.clock.sleep(float("inf"))

    async def _part(self, status: str, seconds: float) -> None:
        self.status, before = status, self.seen[status]
        await self.clock.sleep(seconds)
        while self.seen[status] == before:
            await self.clock.sleep(1)

    async def _answer(self, stream: SocketStream) -> None:
        async with stream:
            try:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += await stream.receive()
                status = self.status
                self.seen[status] += 1
                ended = {"trained_at": "2026-01-01T12:00:00Z", "images": ["https://x.y/1"]} if self.is_done else {}
                body = json.dumps({"id": 7, **ended}).encode() if status.startswith("200") else b"<html>later</html>"
                await stream.send(HEAD.format(status=status, length=len(body)).encode() + body)
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                pass


async def test_a_wait_of_an_hour_outlasts_refusals_and_errors(carrier: Carrier) -> None:
    clock = ScaledClock(FACTOR)
    service = Service(clock)
    async with nobody_listening() as port:
        pass
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=port, reuse_port=True)
    async with anyio.create_task_group() as tasks, carrier.opened() as transport:
        tasks.start_soon(service.run, port, listener)
        astria = AsyncAstria(
            "sd_test", base_url=f"http://127.0.0.1:{port}", transport=transport, clock=clock, random=random.Random(1)
        )
        began = clock.monotonic()
        prompt = await astria.prompts.wait(7, timeout=None)
        assert prompt.images
        assert clock.monotonic() - began >= 60 * MINUTE
        tasks.cancel_scope.cancel()
    assert set(service.seen) == {"200 OK", "502 Bad Gateway", "429 Too Many Requests"}
