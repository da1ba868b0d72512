"""Leaf: real time."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import anyio


class SystemClock:
    """The machine's clocks, and anyio's timers: on asyncio and on trio."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float, /) -> None:
        await anyio.sleep(max(0.0, seconds))

    def fail_after(self, seconds: float | None, /) -> AbstractContextManager[object]:
        return anyio.fail_after(seconds)
