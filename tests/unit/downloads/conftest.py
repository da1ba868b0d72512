"""Clients over transports in memory, in virtual time."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from astria_async import AsyncAstria
from astria_async.testing import MockTransport, VirtualClock


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
