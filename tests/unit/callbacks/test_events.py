"""Bodies of callbacks: each known form is read, and nothing else is an event."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async import AsyncAstria, CallbackError
from astria_async.callbacks import CallbackEvent, parse_callback
from astria_async.testing import Callback, FakeAstria, MockTransport, VirtualClock

JSON = {"Content-Type": "application/json; charset=utf-8"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
PROMPT = {
    "id": 7,
    "text": "a garden",
    "tune_id": 3,
    "images": ["https://mp.astria.ai/1"],
    "trained_at": "2026-01-01T12:00:00Z",
}
TUNE = {"id": 3, "title": "t", "name": "woman", "trained_at": "2026-01-01T12:00:00Z"}


def parse(data: object) -> CallbackEvent:
    return parse_callback(JSON, json.dumps(data).encode())


@pytest.mark.parametrize("body", [{"prompt": PROMPT}, PROMPT, {"id": 7, "images": []}])
def test_prompts_are_read_wrapped_and_bare(body: dict[str, object]) -> None:
    event = parse(body)
    assert (event.kind, event.ids, event.tunes) == ("prompt", (7,), ())
    assert event.prompts[0].id == 7


@pytest.mark.parametrize("body", [{"tune": TUNE}, TUNE])
def test_tunes_are_read_wrapped_and_bare(body: dict[str, object]) -> None:
    event = parse(body)
    assert (event.kind, event.ids, event.prompts) == ("tune", (3,), ())
    assert event.tunes[0].name == "woman"


@pytest.mark.parametrize("body", [[PROMPT, {**PROMPT, "id": 8}], {"prompts": [PROMPT, {**PROMPT, "id": 8}]}])
def test_arrays_are_the_prompts_of_a_run(body: object) -> None:
    event = parse(body)
    assert (event.kind, event.ids) == ("prompts", (7, 8))


@pytest.mark.parametrize(
    "pairs",
    [
        [
            ("prompt[id]", "7"),
            ("prompt[text]", "a garden"),
            ("prompt[images][]", "https://x.y/1"),
            ("prompt[steps]", ""),
        ],
        [("id", "7"), ("text", "a garden"), ("images[]", "https://x.y/1"), ("tune_id", "3")],
    ],
)
def test_forms_are_read_with_rails_names(pairs: list[tuple[str, str]]) -> None:
    event = parse_callback(FORM, urlencode(pairs).encode())
    assert (event.kind, event.ids) == ("prompt", (7,))
    assert event.prompts[0].images == ("https://x.y/1",)


@pytest.mark.parametrize("names", [["prompts[][id]", "prompts[][text]"], ["prompts[0][id]", "prompts[0][text]"]])
def test_forms_of_several_prompts_are_read(names: list[str]) -> None:
    second = [name.replace("[0]", "[1]") for name in names]
    pairs = [(names[0], "7"), (names[1], "a"), (second[0], "8"), (second[1], "b")]
    event = parse_callback(FORM, urlencode(pairs).encode())
    assert (event.kind, event.ids) == ("prompts", (7, 8))
    assert [prompt.text for prompt in event.prompts] == ["a", "b"]


@pytest.mark.parametrize(
    ("headers", "body", "problem"),
    [
        (JSON, b"", "not JSON"),
        (JSON, b"<html>", "not JSON"),
        (JSON, b"\xff", "not JSON"),
        (JSON, b"[" * 100_000, "not JSON"),
        (JSON, b"[]", "names no tune and no prompt"),
        (JSON, b"[1]", "names no tune and no prompt"),
        (JSON, b"7", "names no tune and no prompt"),
        (JSON, b'{"prompt": [{"id": 1}]}', "names no tune and no prompt"),
        (JSON, b'{"status": "done"}', "names no tune and no prompt"),
        (JSON, b'{"prompt": {"id": "seven"}}', "a prompt cannot be read: id: expected int"),
        (JSON, b"{}" + b" " * 1_000_000, "it has 1,000,002 bytes"),
        (FORM, b"\xff=1", "not a form"),
        (FORM, b"&".join([b"a=1"] * 20_000), "too many fields"),
        (FORM, b"a[b][c][d][e]=1", "nested too deeply"),
        (FORM, b"prompt=1&prompt[id]=2", "a value and an object"),
        (FORM, b"prompt[id=1", "is cut"),
    ],
)
def test_other_bodies_are_refused_in_one_line(headers: dict[str, str], body: bytes, problem: str) -> None:
    with pytest.raises(CallbackError, match=problem) as caught:
        parse_callback(headers, body)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@given(st.binary(max_size=200), st.sampled_from([JSON, FORM, {}]))
def test_arbitrary_bytes_end_in_an_event_or_a_callback_error(body: bytes, headers: dict[str, str]) -> None:
    try:
        assert parse_callback(headers, body).ids
    except CallbackError as error:
        assert "\n" not in str(error)


@pytest.mark.anyio
@pytest.mark.parametrize("style", ["wrapped", "bare", "form"])
async def test_what_the_fake_calls_back_is_read(style: str) -> None:
    clock, calls = VirtualClock(), list[Callback]()
    fake = FakeAstria(clock=clock, callback_receiver=calls.append, callback_style=style)  # type: ignore[arg-type]
    async with AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock) as astria:
        url = "https://shop.astria-tests.com/astria"
        tune = await astria.tunes.create(name="woman", image_urls=["https://example.com/1.jpg"], callback=url)
        await astria.tunes.wait(tune)
        prompt = await astria.prompts.create(tune, text="sks woman", callback=url)
        await astria.prompts.wait(prompt)
        await fake.deliver_callbacks()
    events = [parse_callback({"content-type": call.content_type}, call.body) for call in calls]
    assert [(event.kind, event.ids) for event in events] == [("tune", (tune.id,)), ("prompt", (prompt.id,))]
    assert events[0].tunes[0].trained_at is not None
    assert events[1].prompts[0].images
