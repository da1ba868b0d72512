"""Callbacks that are lost, doubled, late, forged and out of order; handlers that raise, workers that are killed."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astria_async import AsyncAstria, Tune
from astria_async.callbacks import CallbackApp, CallbackSigner, Inbox, MemoryInbox, SqliteInbox
from astria_async.callbacks.app import LEASE
from astria_async.testing import Callback, FakeAstria, MockTransport, VirtualClock, asgi_receiver

SIGNER = CallbackSigner("0123456789abcdef-not-for-production", "https://shop.astria-tests.com")
#: Of each inbox and loop; `nox -s deep` asks for more.
EXAMPLES = int(os.environ.get("ASTRIA_TEST_EXAMPLES", "75"))
#: What happens next: an order; a call that comes now, twice, late or never; a forged one; a handler that will raise; a
#: worker that claims and dies; a worker that works; time.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["order", "call", "call twice", "call late", "lose", "forge", "raise", "die", "work", "wait"]),
        st.integers(0, 9),
    ),
    max_size=50,
)


class Shop:
    """Two workers on one inbox, and the calls that are on their way."""

    def __init__(self, inbox: Inbox) -> None:
        self.clock = VirtualClock()
        self.calls: list[Callback] = []
        self.fake = FakeAstria(clock=self.clock, callback_receiver=self.calls.append)
        transport = MockTransport(self.fake)
        self.astria = AsyncAstria("sd_test", transport=transport, clock=self.clock, random=random.Random(1))
        self.inbox = inbox
        self.app = CallbackApp(self.astria, SIGNER, inbox, clock=self.clock)
        self.app.on_tune(key="order")(self.handle)
        self.receive = asgi_receiver(self.app)
        self.ended: Counter[int] = Counter()
        self.failures = 0
        self.ordered: dict[int, str] = {}

    async def handle(self, tune: Tune, context: Mapping[str, str]) -> None:
        if self.failures:
            self.failures -= 1
            raise ValueError("the handler raises")
        assert self.ordered[tune.id] == context["order"]
        self.ended[tune.id] += 1

    async def step(self, what: str, number: int) -> None:
        if what == "order":
            order = str(len(self.ordered) % 3)
            url = SIGNER.url("/astria", order=order, tune=len(self.ordered))
            images = ["https://example.com/1.jpg"]
            tune = await self.astria.tunes.create(name="woman", image_urls=images, callback=url, branch="fast")
            self.ordered[tune.id] = order
        elif what == "forge" and self.ordered:
            # A signed URL that somebody saw, with the id of another customer's tune; and a URL that was not signed.
            victim = [*self.ordered][number % len(self.ordered)]
            body = b'{"tune": {"id": %d}}' % victim
            for url in (SIGNER.url("/astria", order="0", tune=99), "https://shop.astria-tests.com/astria?order=0"):
                call = Callback(
                    kind="tune", url=url, ids=(victim,), content_type="application/json", body=body, at=self.clock.now()
                )
                await self.receive(call)  # type: ignore[misc]
        elif what == "raise":
            self.failures += 1
        elif what == "die":
            await self.inbox.claim(self.clock.now(), LEASE)  # and nothing comes of it
        elif what == "work":
            await self.app.handle_due()
        elif what == "wait":
            await self.clock.sleep(1 + 10 * number)
            await self.fake.deliver_callbacks()
        elif what != "order" and self.calls:
            call = self.calls.pop(number % len(self.calls))
            for _ in range({"call": 1, "call twice": 2}.get(what, 0)):
                await self.receive(call)  # type: ignore[misc]
            if what == "call late":
                self.calls.append(call)

    async def end(self) -> None:
        """What is left is called, reconciled, and worked on until nothing is left."""
        await self.clock.sleep(60)
        await self.fake.deliver_callbacks()
        for call in self.calls[::2]:
            await self.receive(call)  # type: ignore[misc]
        await self.app.reconcile(since=timedelta(days=30))
        while await self.app.left_over():
            await self.app.handle_due()
            await self.clock.sleep(30)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("kind", ["memory", "file"])
@settings(max_examples=EXAMPLES)
@given(steps=STEPS)
def test_each_handler_ends_well_exactly_once(
    backend: str, kind: str, steps: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def play() -> None:
        path: Path = tmp_path_factory.mktemp("inbox") / "inbox.db"
        inbox = MemoryInbox() if kind == "memory" else SqliteInbox(path)
        shop = Shop(inbox)
        async with shop.astria:
            for what, number in steps:
                await shop.step(what, number)
            shop.failures = min(shop.failures, 3)
            await shop.end()
        if isinstance(inbox, SqliteInbox):
            inbox.close()
        assert shop.ended == Counter(dict.fromkeys(shop.ordered, 1))

    anyio.run(play, backend=backend)
