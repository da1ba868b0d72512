"""A closed loop for the peer benchmark: so many workers, each of which sends one request after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Self


class Done(NamedTuple):
    """How many calls came back in a stretch of time, in seconds."""

    calls: int
    seconds: float


class ClosedLoop:
    """Starts with the block it is the context of; at its end what is still on its way is cancelled."""

    def __init__(self, call: Callable[[], Awaitable[object]], concurrency: int) -> None:
        self._call, self._concurrency = call, concurrency
        self._began: list[float | None] = [None] * concurrency
        self._latencies: list[float] = []
        self._silent, self._target = concurrency, 0
        self._reached = asyncio.Event()
        self._failure: BaseException | None = None
        self._stopped = False
        self._workers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._workers = [asyncio.create_task(self._work(number)) for number in range(self._concurrency)]
        for worker in self._workers:
            worker.add_done_callback(self._ended)
        return self

    async def __aexit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def _work(self, number: int) -> None:
        clock, call, began = time.perf_counter, self._call, self._began
        silent = True
        while not self._stopped:
            now = began[number] = clock()
            await call()
            self._latencies.append(clock() - now)
            if silent:
                silent = False
                self._silent -= 1
            if len(self._latencies) == self._target or self._silent == 0 == self._target:
                self._reached.set()
        began[number] = None

    def _ended(self, worker: asyncio.Task[None]) -> None:
        if not worker.cancelled() and (failure := worker.exception()):
            self._failure = failure
            self._reached.set()

    async def warmed_up(self, at_most: float) -> Done:
        """Wait until each worker has had an answer, or so many seconds. Raises what a call raised."""
        return await self._wait(at_most)

    async def more(self, number: int, at_most: float) -> Done:
        """Wait for so many more calls to come back, or so many seconds. Raises what a call raised."""
        self._latencies.clear()
        self._target = number
        self._reached.clear()
        return await self._wait(at_most)

    async def _wait(self, at_most: float) -> Done:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(at_most):
                await self._reached.wait()
        except TimeoutError:
            pass  # then it is fewer
        if self._failure:
            raise self._failure
        return Done(len(self._latencies), time.perf_counter() - began)

    async def drained(self, at_most: float) -> tuple[list[float], int]:
        """Send no more, and wait for what is on its way, but not for longer than so many seconds.

        Returns the seconds that each call took since the last `more`, sorted, and how many did not come back: these are
        in the list too, with the time that they have taken until now.
        """
        self._stopped = True
        await asyncio.wait(self._workers, timeout=at_most)
        if self._failure:
            raise self._failure
        now = time.perf_counter()
        ages = [now - began for began in self._began if began is not None]
        return sorted(self._latencies + ages), len(ages)
