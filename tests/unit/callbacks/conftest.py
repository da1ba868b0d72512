"""A client of a fake in memory, a signer, and the app that the fake calls."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from astria_async import AsyncAstria, Prompt, Tune
from astria_async.callbacks import CallbackApp, CallbackSigner, Inbox
from astria_async.testing import FakeAstria, MockTransport, VirtualClock, asgi_receiver

SECRET = "0123456789abcdef-not-for-production"
BASE = "https://shop.astria-tests.com/hooks"


class Shop:
    """A backend: what its handlers were given, and what they raise."""

    def __init__(self, clock: VirtualClock, inbox: Inbox | None = None, fake: FakeAstria | None = None) -> None:
        self.clock = clock
        self.signer = CallbackSigner(SECRET, BASE)
        self.fake = fake or FakeAstria(clock=clock)
        self.astria = AsyncAstria("sd_test", transport=MockTransport(self.fake), clock=clock, random=random.Random(3))
        self.app = CallbackApp(self.astria, self.signer, inbox, clock=clock)
        self.fake.callbacks.receiver = asgi_receiver(self.app)
        self.handled: list[tuple[int, dict[str, str]]] = []
        self.failures: list[Exception] = []
        self.app.on_tune(self._handle)
        self.app.on_prompt(key="order")(self._handle)

    async def _handle(self, entity: Tune | Prompt, context: Mapping[str, str]) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.handled.append((entity.id, dict(context)))

    async def order(self, order: int = 17, **more: Any) -> Tune:
        """A tune that calls back, trained."""
        url = self.signer.url("/astria", order=order)
        tune = await self.astria.tunes.create(
            name="woman", image_urls=["https://example.com/1.jpg"], title=f"t{order}", callback=url, **more
        )
        return await self.astria.tunes.wait(tune)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def shop(clock: VirtualClock) -> Shop:
    return Shop(clock)
