"""Clients over transports in memory, in virtual time."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from astria_async import AsyncAstria, WaitTimeoutError
from astria_async.testing import MockTransport, VirtualClock

from ...support.jobs import Jobs


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def client(clock: VirtualClock) -> Callable[..., AsyncAstria]:
    """`client(handler or transport)`: everything real but the transport, the time and the dice."""

    def make(handler: Any, **more: Any) -> AsyncAstria:
        transport = handler if hasattr(handler, "stream") else MockTransport(handler)
        return AsyncAstria("sd_test", **{"transport": transport, "clock": clock, "random": random.Random(1), **more})

    return make


@pytest.fixture
def jobs(clock: VirtualClock) -> Jobs:
    return Jobs(clock)


@pytest.fixture
def astria(client: Callable[..., AsyncAstria], jobs: Jobs) -> AsyncAstria:
    """The one client of a test that has several waiters."""
    return client(jobs)


@pytest.fixture
def ended() -> dict[int, float]:
    """When each wait ended."""
    return {}


@pytest.fixture
def wait(astria: AsyncAstria, clock: VirtualClock, ended: dict[int, float]) -> Callable[..., Awaitable[None]]:
    """A wait that notes when it ended."""

    async def run(number: int, **more: Any) -> None:
        try:
            await astria.prompts.wait(number, **more)
        except WaitTimeoutError:
            pass
        finally:
            ended[number] = clock.monotonic()

    return run
