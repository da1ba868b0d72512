"""A `Send` that plays a script, and requests to send through a layer."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from astria_async import Body, Effect, Request, Response, TransportError
from astria_async._wire import Identity
from astria_async.testing import VirtualClock

Step = Response | TransportError | int


class Script:
    """Answers each request with the next step: a status, a Response, or an error to be raised."""

    def __init__(self, steps: tuple[Step, ...], clock: VirtualClock) -> None:
        self.steps = list(steps)
        self.clock = clock
        self.requests: list[Request] = []
        self.times: list[float] = []

    async def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        self.times.append(self.clock.monotonic())
        step = self.steps.pop(0)
        if isinstance(step, TransportError):
            raise step
        return Response.of_json(step, {"id": 7}) if isinstance(step, int) else step


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def script(clock: VirtualClock) -> Callable[..., Script]:
    return lambda *steps: Script(steps, clock)


@pytest.fixture
def dice() -> random.Random:
    return random.Random(4)


@pytest.fixture
def get() -> Request:
    return Request(method="GET", url="https://api.astria.ai/tunes/1", operation="tunes.retrieve")


@pytest.fixture
def create() -> Callable[..., Request]:
    """A create of a tune, with what the test adds to it."""

    def make(**more: Any) -> Request:
        given: dict[str, Any] = {
            "method": "POST",
            "url": "https://api.astria.ai/tunes",
            "operation": "tunes.create",
            "effect": Effect.CREATE,
            "body": Body({"tune": {"name": "woman", "title": "t"}}),
            "identity": Identity.TUNE_TITLE,
        }
        return Request(**{**given, **more})

    return make
