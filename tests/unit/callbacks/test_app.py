"""The app: it answers at once, believes nothing that it cannot check, and runs each handler to a good end, once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import anyio
import pytest

from astria_async import Prompt, Tune
from astria_async.callbacks import CallbackApp, MemoryInbox
from astria_async.callbacks.app import ATTEMPTS, LEASE
from astria_async.telemetry import CallbackHandled, CallbackReceived, Event
from astria_async.testing import VirtualClock, fail

from ...support.asgi import post
from .conftest import SECRET, Shop

pytestmark = pytest.mark.anyio


async def test_calls_of_the_fake_reach_their_handlers(shop: Shop) -> None:
    async with shop.astria:
        tune = await shop.order(17)
        await shop.fake.deliver_callbacks()
        assert shop.handled == []  # the answer did not wait for it
        assert await shop.app.handle_due() == 1
    assert shop.handled == [(tune.id, {"order": "17"})]
    assert await shop.app.left_over() == []


async def test_handlers_run_within_running(shop: Shop) -> None:
    async with shop.astria, shop.app.running():
        tune = await shop.order(17)
        await shop.fake.deliver_callbacks()
        await shop.clock.sleep(2)
        assert shop.handled == [(tune.id, {"order": "17"})]


async def test_doubled_calls_are_handled_once(shop: Shop) -> None:
    shop.fake.callbacks.arrange = lambda calls: [*calls, *calls]
    async with shop.astria:
        await shop.order(17)
        await shop.fake.deliver_callbacks()
        assert await shop.app.handle_due() == 1
        call = shop.fake.callbacks.log[-1].call
        assert await post(shop.app, call.url, call.body) == 204
        assert await shop.app.handle_due() == 0
    assert len(shop.handled) == 1


async def test_objects_that_call_elsewhere_are_not_believed(shop: Shop) -> None:
    """Whoever has one signed URL cannot make the shop deliver another customer's tune."""
    shop.fake.callbacks.arrange = lambda calls: ()
    async with shop.astria:
        tune = await shop.order(17)
        url = shop.signer.url("/astria", order=18)
        assert await post(shop.app, url, json.dumps({"tune": {"id": tune.id}}).encode()) == 204
        assert await shop.app.handle_due() == 1
    assert shop.handled == []


@pytest.mark.parametrize(
    ("context", "is_believed"), [({"tune_id": "ID"}, True), ({"tune_id": 5}, False), ({"x": "ID"}, False)]
)
async def test_objects_without_a_callback_are_told_by_the_context(
    shop: Shop, context: dict[str, Any], is_believed: bool
) -> None:
    async with shop.astria:
        tune = await shop.astria.tunes.create(name="woman", image_urls=["https://example.com/1.jpg"])
        tune = await shop.astria.tunes.wait(tune)
        url = shop.signer.url(
            "/astria", **{name: tune.id if value == "ID" else value for name, value in context.items()}
        )
        assert await post(shop.app, url, json.dumps({"tune": {"id": tune.id}}).encode()) == 204
        await shop.app.handle_due()
    assert bool(shop.handled) is is_believed


async def test_missing_objects_are_read_again_for_a_minute(shop: Shop) -> None:
    async with shop.astria:
        url = shop.signer.url("/astria", tune_id=99)
        assert await post(shop.app, url, b'{"tune": {"id": 99}}') == 204
        reads = 0
        while await shop.app.left_over():
            reads += await shop.app.handle_due()
            await shop.clock.sleep(1)
    assert 60 <= shop.clock.monotonic() <= 70
    assert reads <= 14
    assert shop.handled == []


async def test_handlers_that_raise_are_started_again_with_growing_waits(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.failures = [ValueError("the mail server is away"), ValueError("still")]
    async with shop.astria:
        tune = await shop.order(17)
        await shop.fake.deliver_callbacks()
        began, runs = shop.clock.monotonic(), list[float]()
        while await shop.app.left_over():
            if await shop.app.handle_due():
                runs.append(shop.clock.monotonic() - began)
            await shop.clock.sleep(1)
    assert runs == [0, 5, 15]
    assert shop.handled == [(tune.id, {"order": "17"})]
    assert SECRET not in caplog.text


async def test_items_are_given_up_visibly_and_can_be_started_again(shop: Shop) -> None:
    shop.failures = [ValueError("no")] * ATTEMPTS
    async with shop.astria:
        await shop.order(17)
        await shop.fake.deliver_callbacks()
        for _ in range(ATTEMPTS):
            await shop.app.handle_due()
            await shop.clock.sleep(601)
        (item,) = await shop.app.left_over()
        assert (item.state, item.problem, item.attempts) == ("given up", "ValueError", ATTEMPTS)
        assert await shop.app.handle_due() == 0
        assert await shop.app.start_again(item)
        assert await shop.app.handle_due() == 1
        assert await shop.app.left_over() == []
    assert len(shop.handled) == 1


async def test_failed_reads_keep_the_item(shop: Shop) -> None:
    async with shop.astria:
        await shop.order(17)
        await shop.fake.deliver_callbacks()
        shop.fake.script("GET /tunes/:id", fail(403))
        await shop.app.handle_due()
        assert shop.handled == []
        await shop.clock.sleep(6)
        await shop.app.handle_due()
    assert len(shop.handled) == 1


async def test_a_failing_item_does_not_hold_up_others(shop: Shop) -> None:
    shop.failures = [ValueError("no")]
    async with shop.astria:
        await shop.order(17)
        await shop.fake.deliver_callbacks()
        await shop.app.handle_due()
        second = await shop.order(18)
        await shop.fake.deliver_callbacks()
        shop.failures = []
        await shop.app.handle_due()
    assert second.id in [number for number, _ in shop.handled]


async def test_handlers_of_one_key_run_one_after_the_other(clock: VirtualClock) -> None:
    shop = Shop(clock)
    running, most = 0, 0

    async def slow(prompt: Prompt, context: object) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await clock.sleep(300)  # longer than its lease
        running -= 1
        shop.handled.append((prompt.id, {}))

    app = CallbackApp(shop.astria, shop.signer, clock=clock)
    app.on_prompt(slow, key="order")
    async with shop.astria, app.running():
        tune = await shop.order(1)
        for number in (1, 1, 2):
            url = shop.signer.url("/astria", order=number)
            prompt = await shop.astria.prompts.create(tune, text=f"sks woman {number}", callback=url)
            prompt = await shop.astria.prompts.wait(prompt)
            assert await post(app, url, json.dumps({"prompt": {"id": prompt.id, "text": ""}}).encode()) == 204
        await clock.sleep(1000)
    assert (most, len(shop.handled)) == (2, 3)


async def test_cancelled_handlers_are_due_again_at_once(clock: VirtualClock) -> None:
    shop = Shop(clock)
    started = anyio.Event()

    async def endless(tune: Tune, context: object) -> None:
        started.set()
        await anyio.sleep_forever()

    app = CallbackApp(shop.astria, shop.signer, MemoryInbox(), clock=clock)
    app.on_tune(endless)
    async with shop.astria:
        tune = await shop.order(1)
        async with app.running():
            await post(app, tune.callback or "", json.dumps({"tune": {"id": tune.id}}).encode())
            await started.wait()
        (item,) = await app.left_over()
    assert (item.state, item.attempts) == ("waiting", 0)


async def test_handlers_end_if_another_process_has_the_item(clock: VirtualClock) -> None:
    """A machine that slept for longer than the lease: its handler would run beside the other one's."""
    inbox, ended = MemoryInbox(), list[str]()
    shop = Shop(clock)

    async def slow(tune: Tune, context: object) -> None:
        try:
            (item,) = await inbox.left_over()
            await inbox.claim(clock.now() + 2 * LEASE, LEASE)  # by another process, whose clock has gone on
            await clock.sleep(100)
            ended.append(item.event)
        except BaseException:
            ended.append("ended early")
            raise

    app = CallbackApp(shop.astria, shop.signer, inbox, clock=clock)
    app.on_tune(slow)
    async with shop.astria:
        tune = await shop.order(1)
        await post(app, tune.callback or "", json.dumps({"tune": {"id": tune.id}}).encode())
        await app.handle_due()
        (item,) = await app.left_over()
    assert ended == ["ended early"]
    assert (item.state, item.attempts) == ("running", 2)


async def test_early_calls_are_looked_at_less_and_less_often(shop: Shop) -> None:
    shop.fake.callbacks.arrange = lambda calls: ()
    url = shop.signer.url("/astria", order=1)
    async with shop.astria:
        tune = await shop.astria.tunes.create(name="woman", image_urls=["https://example.com/1.jpg"], callback=url)
        await post(shop.app, url, json.dumps({"tune": {"id": tune.id}}).encode())
        looks = 0
        while not shop.handled:
            looks += await shop.app.handle_due()
            await shop.clock.sleep(5)
    assert looks < 20
    assert shop.clock.monotonic() < 420 * 1.4


async def test_the_observer_is_told_of_calls_and_handlers(clock: VirtualClock) -> None:
    told: list[Event] = []
    shop = Shop(clock)
    astria = shop.astria.with_options(on_event=told.append)
    app = CallbackApp(astria, shop.signer, clock=clock)

    @app.on_tune
    async def deliver(tune: Tune, context: object) -> None:
        raise ValueError("no")

    async with shop.astria:
        tune = await shop.order(1)
        body = json.dumps({"tune": {"id": tune.id}}).encode()
        for url in (tune.callback or "", tune.callback or "", "https://shop.astria-tests.com/hooks/x"):
            await post(app, url, body)
        await app.handle_due()
    received = [(event.ids, event.result) for event in told if isinstance(event, CallbackReceived)]
    assert received[:2] == [((tune.id,), "taken"), ((tune.id,), "doubled")]
    assert received[2][0] == () and "has no value" in received[2][1]
    (handled,) = [event for event in told if isinstance(event, CallbackHandled)]
    assert (handled.ids, handled.run, handled.result) == ((tune.id,), 1, "ValueError")


# --- Calls that were lost


async def test_reconcile_finds_what_was_never_called_back(shop: Shop) -> None:
    shop.fake.callbacks.arrange = lambda calls: ()
    async with shop.astria:
        await shop.astria.tunes.create(name="cat", image_urls=["https://example.com/1.jpg"], callback="https://x.com/y")
        tune = await shop.order(17)
        await shop.fake.deliver_callbacks()
        assert await shop.app.reconcile(since=_hours(2)) == 1
        assert await shop.app.handle_due() == 1
        assert await shop.app.reconcile(since=_hours(2)) == 0
        assert await shop.app.reconcile(since=_hours(0)) == 0
    assert shop.handled == [(tune.id, {"order": "17"})]


def _hours(hours: int) -> timedelta:
    return timedelta(hours=hours)


async def test_full_inboxes_answer_503(clock: VirtualClock, caplog: pytest.LogCaptureFixture) -> None:
    class Full(MemoryInbox):
        async def add(self, item: object) -> bool:
            raise OSError("No space left on device")

    shop = Shop(clock, Full())
    assert await post(shop.app, shop.signer.url("/astria", order=1), b'{"tune": {"id": 3}}') == 503
    assert "could not be kept" in caplog.text
