"""Two workers of a shop share an inbox, and the account's idempotency is off: no order is paid twice."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest

from astria_async import AsyncAstria, Prepared, Prompt, Tune
from astria_async.callbacks import CallbackApp, CallbackSigner, SqliteInbox
from astria_async.testing import FakeAstria, MockTransport, VirtualClock, asgi_receiver, processed_then

pytestmark = pytest.mark.anyio
SIGNER = CallbackSigner("0123456789abcdef-not-for-production", "https://shop.astria-tests.com")


class Worker:
    """One process: its handler orders the prompt of a trained tune. `dies` after it has paid, before it is done."""

    def __init__(
        self, fake: FakeAstria, clock: VirtualClock, folder: Path, orders: dict[str, str], *, dies: bool
    ) -> None:
        self.dies, self.orders, self.made = dies, orders, list[int]()
        self.astria = AsyncAstria(
            "sd_test", transport=MockTransport(fake), clock=clock, random=random.Random(len(orders))
        )
        self.inbox = SqliteInbox(folder / "inbox.db")
        self.app = CallbackApp(self.astria, SIGNER, self.inbox, clock=clock)
        self.app.on_tune(key="order")(self.order_prompt)

    async def order_prompt(self, tune: Tune, context: Mapping[str, str]) -> None:
        kept = self.orders.get(context["order"])
        if kept is None:
            prepared: Prepared[Prompt] = await self.astria.prompts.prepare(tune, text="sks woman in a garden")
            kept = self.orders.setdefault(context["order"], prepared.to_json())
        prompt = await self.astria.send(
            Prepared.from_json(kept), fresh=False, last_attempt=datetime(2000, 1, 1, tzinfo=UTC)
        )
        self.made.append(prompt.id)
        if self.dies:
            self.dies = False
            raise RuntimeError("the process is killed here")


@pytest.mark.parametrize("lost", [False, True])
async def test_handlers_that_run_twice_pay_once(lost: bool, tmp_path: Path) -> None:
    clock = VirtualClock()
    fake, orders = FakeAstria(clock=clock), dict[str, str]()
    first, second = (Worker(fake, clock, tmp_path, orders, dies=dies) for dies in (True, False))
    fake.callbacks.receiver = asgi_receiver(first.app)
    fake.callbacks.arrange = lambda calls: [*calls, *calls]  # and each call comes twice
    if lost:
        fake.script("POST /tunes/:id/prompts", processed_then(504))
    async with first.astria, second.astria:
        url = SIGNER.url("/astria", order=17)
        tune = await second.astria.tunes.create(name="woman", image_urls=["https://example.com/1.jpg"], callback=url)
        await second.astria.tunes.wait(tune)
        await fake.deliver_callbacks()
        await first.app.handle_due()
        (item,) = await second.app.left_over()
        assert item.problem == "RuntimeError"
        await clock.sleep(10)
        await second.app.handle_due()
        assert await second.app.left_over() == []
    for worker in (first, second):
        worker.inbox.close()
    assert len(fake.prompts) == 1
    assert first.made == second.made == [fake.prompts[0].id]


async def test_workers_at_the_same_time_handle_each_order_once(tmp_path: Path) -> None:
    clock = VirtualClock()
    fake, orders = FakeAstria(clock=clock), dict[str, str]()
    workers = [Worker(fake, clock, tmp_path, orders, dies=False) for _ in range(2)]
    async with workers[0].astria as astria, workers[1].astria, anyio.create_task_group() as tasks:
        for number in range(10):
            url = SIGNER.url("/astria", order=number)
            await astria.tunes.create(
                name="woman", image_urls=["https://example.com/1.jpg"], title=f"t{number}", callback=url
            )
        await clock.sleep(1000)
        assert await workers[0].app.reconcile(since=datetime(2000, 1, 1, tzinfo=UTC)) == 10
        for worker in workers:
            tasks.start_soon(worker.app.handle_due)
    for worker in workers:
        worker.inbox.close()
    assert len(fake.prompts) == 10
    assert sorted(workers[0].made + workers[1].made) == sorted(prompt.id for prompt in fake.prompts)
