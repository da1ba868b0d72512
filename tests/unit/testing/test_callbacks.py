"""Callbacks: which, when, in which order, and in which body."""

from __future__ import annotations

import json
from math import inf
from typing import Any
from urllib.parse import parse_qs

import pytest

from astria_async.testing import (
    Callback,
    FakeAstria,
    Timings,
    VirtualClock,
)

pytestmark = pytest.mark.anyio

SD15 = 690204
URL = "https://example.com/astria?user=1"


@pytest.fixture
def calls() -> list[Callback]:
    return []


@pytest.fixture
def fake(clock: VirtualClock, calls: list[Callback]) -> FakeAstria:
    return FakeAstria(clock=clock, callback_receiver=calls.append)


async def test_what_is_done_is_called_back_once_with_next_request(
    api: Any, clock: VirtualClock, calls: list[Callback]
) -> None:
    tune = await api.tune(callback=URL)
    await clock.sleep(11.9)
    await api.get("/tunes")
    assert not calls
    await clock.sleep(1)
    for _ in range(3):
        await api.get("/tunes")
    (call,) = calls
    assert (call.kind, call.url, call.ids, call.content_type) == ("tune", URL, (tune["id"],), "application/json")
    assert call.at.isoformat() == "2026-01-01T12:00:12+00:00"
    body = json.loads(call.body)["tune"]
    assert body["trained_at"] == "2026-01-01T12:00:12.000Z"
    assert body.keys() == {
        "id", "title", "name", "steps", "trained_at", "started_training_at", "created_at", "updated_at", "expires_at",
    }  # fmt: skip


async def test_prompts_body_is_wrapped_and_reduced_to_what_was_recorded(
    api: Any, fake: FakeAstria, clock: VirtualClock, calls: list[Callback]
) -> None:
    await api.prompt(SD15, "a lake", callback=URL)
    await clock.sleep(20)
    await fake.deliver_callbacks()
    assert json.loads(calls[0].body)["prompt"].keys() == {
        "id", "text", "steps", "images", "tune_id", "created_at", "trained_at", "updated_at", "negative_prompt",
        "started_training_at",
    }  # fmt: skip


async def test_a_bare_body_is_the_entity_itself(
    api: Any, fake: FakeAstria, clock: VirtualClock, calls: list[Callback]
) -> None:
    fake.callbacks.style = "bare"
    prompt = await api.prompt(SD15, callback=URL)
    await clock.sleep(20)
    done = await api.get(f"/prompts/{prompt['id']}")
    assert json.loads(calls[0].body) == done


async def test_a_form_is_named_as_rails_does(
    api: Any, fake: FakeAstria, clock: VirtualClock, calls: list[Callback]
) -> None:
    fake.callbacks.style = "form"
    await api.prompt(SD15, "half \ud800 and é", callback=URL, num_images=2)
    await clock.sleep(20)
    await fake.deliver_callbacks()
    assert calls[0].content_type == "application/x-www-form-urlencoded"
    fields = parse_qs(calls[0].body.decode(), keep_blank_values=True)
    assert (fields["prompt[text]"], fields["prompt[steps]"]) == (["half ? and é"], [""])
    assert len(fields["prompt[images][]"]) == 2


async def test_a_packs_prompts_are_called_back_together_as_an_array(
    api: Any, fake: FakeAstria, clock: VirtualClock, calls: list[Callback]
) -> None:
    pack = fake.add_pack(title="P", prompts=["in a park", "at sea"])
    trained = {
        "name": "man",
        "title": "T",
        "branch": "fast",
        "image_urls": ["https://e.com/1"],
        "prompts_callback": URL,
    }
    for params in ({"tune_ids": [SD15], "prompts_callback": URL}, trained):
        await api("POST", f"/p/{pack.id}/tunes", {"tune": params})
    await clock.sleep(20)
    await fake.deliver_callbacks()
    assert [(call.kind, len(json.loads(call.body))) for call in calls] == [("prompts", 2)]
    fake.callbacks.style = "form"
    await clock.sleep(420)
    await fake.deliver_callbacks()
    fields = parse_qs(calls[1].body.decode())
    assert fields["prompts[0][text]"] != fields["prompts[1][text]"]


async def test_they_come_in_the_order_in_which_things_were_done(
    api: Any, fake: FakeAstria, clock: VirtualClock, calls: list[Callback]
) -> None:
    await api.tune(callback=f"{URL}&n=third", branch="sd15")
    await api.prompt(SD15, callback=f"{URL}&n=second")
    await api.tune(callback=f"{URL}&n=first")
    await clock.sleep(1000)
    await fake.deliver_callbacks()
    assert [call.url.rpartition("=")[2] for call in calls] == ["first", "second", "third"]


async def test_a_receiver_that_breaks_is_not_tried_again(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    class Broken(Exception): ...

    async def breaks(call: Callback) -> int:
        raise Broken

    async def refuses(call: Callback) -> int:
        return 503

    for sink in (breaks, refuses):
        fake.callbacks.receiver = sink
        await api.prompt(SD15, callback=URL)
        await clock.sleep(20)
        for _ in range(2):
            assert (await api("GET", "/prompts")).status == 200
    first, second = fake.callbacks.log
    assert (first.status, type(first.error), second.status, second.error) == (None, Broken, 503, None)


async def test_calls_can_be_lost_doubled_and_turned_around(
    api: Any, fake: FakeAstria, clock: VirtualClock, calls: list[Callback]
) -> None:
    async def two_are_done() -> list[int]:
        calls.clear()
        for _ in range(2):
            await api.prompt(SD15, callback=URL)
        await clock.sleep(20)
        await fake.deliver_callbacks()
        return [call.ids[0] - fake.prompts[-2].id for call in calls]

    fake.callbacks.arrange = lambda due: due[::-1]
    assert await two_are_done() == [1, 0]
    fake.callbacks.arrange = lambda due: ()
    assert await two_are_done() == []
    fake.callbacks.arrange = lambda due: [*due, *due]
    assert await two_are_done() == [0, 1, 0, 1]
    fake.callbacks.arrange = None
    assert await two_are_done() == [0, 1]


async def test_deleted_failed_or_without_a_url_is_not_called_back(
    api: Any, fake: FakeAstria, clock: VirtualClock, calls: list[Callback]
) -> None:
    deleted, tune = await api.prompt(SD15, callback=URL), await api.tune(callback=URL)
    await api("DELETE", f"/prompts/{deleted['id']}")
    await api("DELETE", f"/tunes/{tune['id']}")
    await api.prompt(SD15)
    await api.prompt(SD15, "[[fail]]", callback=URL)
    await clock.sleep(20)
    await fake.deliver_callbacks()
    assert not calls


async def test_what_is_still_to_come_can_be_seen(
    api: Any, fake: FakeAstria, clock: VirtualClock, calls: list[Callback]
) -> None:
    told: list[int | None] = []
    fake.callbacks.on_called = lambda record: told.append(record.status)
    tune, prompt = await api.tune(callback=URL, branch="sd15"), await api.prompt(SD15, callback=URL)
    assert [(one.kind, one.ids) for one in fake.callbacks.planned] == [
        ("prompt", (prompt["id"],)), ("tune", (tune["id"],))
    ]  # fmt: skip
    await clock.sleep(20)
    await fake.deliver_callbacks()
    assert [one.kind for one in fake.callbacks.planned] == ["tune"]
    assert (len(calls), told) == (1, [None])


async def test_what_is_never_done_is_never_called_back(
    api: Any, fake: FakeAstria, clock: VirtualClock, calls: list[Callback]
) -> None:
    fake.timings = Timings(prompt_trained=inf)
    await api.prompt(SD15, callback=URL)
    await clock.sleep(1e6)
    await fake.deliver_callbacks()
    assert not calls


async def test_tune_that_is_trained_at_once_is_not_called_back(
    api: Any, fake: FakeAstria, calls: list[Callback]
) -> None:
    await api.tune(callback=URL, model_type="faceid")
    await fake.deliver_callbacks()
    assert not calls


async def test_nothing_is_planned_without_a_receiver(
    api: Any, fake: FakeAstria, clock: VirtualClock, calls: list[Callback]
) -> None:
    await api.prompt(SD15, callback=URL)
    fake.callbacks.receiver = None
    await api.prompt(SD15, callback=URL)
    await clock.sleep(20)
    await fake.deliver_callbacks()
    assert not calls
    assert [record.status for record in fake.callbacks.log] == [None]


async def test_delivery_that_is_cancelled_leaves_rest_to_next_one(
    api: Any, fake: FakeAstria, clock: VirtualClock, calls: list[Callback]
) -> None:
    fake.callbacks.receiver = lambda call: clock.sleep(60)
    for _ in range(3):
        await api.prompt(SD15, callback=URL)
    await clock.sleep(20)
    with pytest.raises(TimeoutError), clock.fail_after(90):
        await fake.deliver_callbacks()
    fake.callbacks.receiver = calls.append
    await fake.deliver_callbacks()
    assert [call.ids for call in calls] == [(fake.prompts[2].id,)]
    assert [record.call.ids[0] for record in fake.callbacks.log] == [fake.prompts[0].id, fake.prompts[2].id]


async def test_a_receiver_may_call_the_service(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    seen: list[str] = []

    async def reads(call: Callback) -> None:
        await fake.deliver_callbacks()
        seen.append((await api.get(f"/prompts/{call.ids[0]}"))["trained_at"])

    fake.callbacks.receiver = reads
    for _ in range(2):
        await api.prompt(SD15, callback=URL)
    await clock.sleep(20)
    await fake.deliver_callbacks()
    assert seen == ["2026-01-01T12:00:20.000Z"] * 2
