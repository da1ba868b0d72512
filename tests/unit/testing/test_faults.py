"""What a test can let go wrong, and what the fake's log says of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import anyio
import pytest

from astria_async.errors import TransportError
from astria_async.testing import (
    FakeAstria,
    VirtualClock,
    delayed,
    drop,
    fail,
    ok,
    processed_later,
    processed_then,
    rate_limited,
    truncated,
)

pytestmark = pytest.mark.anyio

TUNE = {"tune": {"name": "man", "title": "T", "branch": "fast", "image_urls": ["https://e.com/1"]}}


async def test_faults_are_met_one_by_one(api: Any, fake: FakeAstria) -> None:
    fake.script("POST /tunes", fail(500), ok(), fail(503))
    assert [(await api("POST", "/tunes", TUNE)).status for _ in range(5)] == [500, 201, 503, 201, 201]
    assert len(fake.tunes) == 3
    assert fake.faults_left == {}


async def test_a_refusal_comes_before_anything_is_done(api: Any, fake: FakeAstria) -> None:
    fake.script("* *", fail(500))
    await api("POST", "/tunes", TUNE)
    assert fake.tunes == ()


async def test_a_processed_request_is_done_whatever_its_answer_says(api: Any, fake: FakeAstria) -> None:
    fake.script("POST /tunes", processed_then(504))
    response = await api("POST", "/tunes", TUNE)
    assert (response.status, response.headers["content-type"]) == (504, "text/html; charset=utf-8")
    assert b"<h1>504 Gateway Time-out</h1>" in response.body
    assert len(fake.tunes) == 1


async def test_a_request_can_be_processed_later_by_the_clock(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    fake.script("POST /tunes", processed_later(504, 45), processed_later(504, 30))
    for title in ("first", "second"):
        await api("POST", "/tunes", {"tune": {**TUNE["tune"], "title": title}})
    await clock.sleep(29)
    assert (await api.get("/tunes"), fake.tunes) == ([], ())
    await clock.sleep(100)
    assert [tune.title for tune in fake.tunes] == ["second", "first"]
    assert [tune["created_at"] for tune in await api.get("/tunes")] == [
        "2026-01-01T12:00:45.000Z",
        "2026-01-01T12:00:30.000Z",
    ]


@pytest.mark.parametrize(
    ("fault", "sent", "created"),
    [
        (drop(), True, 0),
        (drop(False), False, 0),
        (drop(processed=True), True, 1),
        (drop(False, processed=True), True, 1),
    ],
)
async def test_a_dropped_answer_says_what_the_client_can_know(
    api: Any, fake: FakeAstria, fault: Any, sent: bool, created: int
) -> None:
    fake.script("POST /tunes", fault)
    with pytest.raises(TransportError) as caught:
        await api("POST", "/tunes", TUNE)
    assert caught.value.request_was_sent is sent
    assert len(fake.tunes) == created
    assert fake.requests[0].status is None


async def test_a_truncated_answer_is_half_of_the_real_one(api: Any, fake: FakeAstria) -> None:
    whole = await api("GET", "/tunes/1504944")
    fake.script("GET /tunes/:id", truncated())
    half = await api("GET", "/tunes/1504944")
    assert half.status == 200
    assert half.body == whole.body[: len(whole.body) // 2]


async def test_a_rate_limit_says_how_long_or_nothing(api: Any, fake: FakeAstria) -> None:
    fake.script("GET *", rate_limited(), rate_limited(12), rate_limited(0.5))
    answers = [await api("GET", "/tunes") for _ in range(3)]
    assert [answer.status for answer in answers] == [429] * 3
    assert [answer.headers.get("retry-after") for answer in answers] == [None, "12", "0.5"]


async def test_every_fault_can_take_its_time(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    fake.script("GET *", delayed(3), fail(500, after=31), drop(after=5), truncated(after=1), rate_limited(after=1))
    times = []
    for _ in range(5):
        try:
            response = await api("GET", "/tunes")
            assert response.headers["date"] == f"{clock.now():%a, %d %b %Y %H:%M:%S} GMT"
        except TransportError:
            pass
        times.append(clock.monotonic())
    assert times == [3, 34, 39, 40, 41]


async def test_caller_who_does_not_wait_leaves_request_that_was_processed(
    api: Any, fake: FakeAstria, clock: VirtualClock
) -> None:
    fake.script("POST /tunes", delayed(60))
    with pytest.raises(TimeoutError), clock.fail_after(40):
        await api("POST", "/tunes", TUNE)
    assert len(fake.tunes) == 1
    assert fake.requests[0].fault == "ok after 60 s"


@pytest.mark.parametrize(
    ("body", "raw", "content_type"),
    [
        ("late", b"late", "text/plain; charset=utf-8"),
        (b"<html>", b"<html>", "text/html; charset=utf-8"),
        ({"text": ["no"]}, b'{"text": ["no"]}', "application/json; charset=utf-8"),
    ],
)
async def test_an_answer_can_be_made_up(
    api: Any, fake: FakeAstria, body: object, raw: bytes, content_type: str
) -> None:
    fake.script("GET *", fail(422, body, {"X-Other": "1"}))
    response = await api("GET", "/tunes")
    assert (response.status, response.body, response.headers["content-type"]) == (422, raw, content_type)
    assert response.headers["x-other"] == "1"


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (200, b"{}"), (400, b"Bad Request"), (401, b"Access denied"), (403, b"<h1>403 Forbidden"), (404, b"Not Found"),
        (409, b'"error"'), (422, b"is invalid"), (429, b"Retry later"), (500, b"<h1>500 Internal"), (599, b"599 Error"),
    ],
)  # fmt: skip
async def test_each_status_has_its_usual_answer(api: Any, fake: FakeAstria, status: int, shown: bytes) -> None:
    fake.script("GET *", fail(status))
    response = await api("GET", "/tunes")
    assert response.status == status
    assert shown in response.body


# --- Which requests


async def test_scripts_of_several_patterns_are_independent(api: Any, fake: FakeAstria) -> None:
    fake.script("GET /prompts/:id", fail(500))
    fake.script("POST /tunes/:id/prompts", fail(502), fail(503))
    assert (await api("GET", "/prompts")).status == 200
    assert (await api("POST", "/tunes/690204/prompts.json", {"prompt": {"text": "x"}})).status == 502
    assert (await api("GET", "/prompts/5?expand[]=x")).status == 500
    assert list(fake.faults_left) == ["POST /tunes/:id/prompts"]
    fake.clear_faults()
    assert fake.faults_left == {}


async def test_rule_strikes_by_chance_but_the_same_way_each_time(api: Any) -> None:
    runs = []
    for _ in range(2):
        fake = FakeAstria()
        fake.rule("GET *", fail(500), probability=0.3, seed=7)
        caller = type(api)(fake)
        runs.append([(await caller("GET", "/tunes")).status for _ in range(200)])
    assert runs[0] == runs[1]
    assert 40 <= runs[0].count(500) <= 80


async def test_a_script_goes_before_a_rule(api: Any, fake: FakeAstria) -> None:
    fake.rule("* *", fail(500))
    fake.script("* *", ok())
    fake.script("* *")
    assert [(await api("GET", "/tunes")).status for _ in range(3)] == [200, 500, 500]


def test_what_makes_no_sense_is_refused_at_once(fake: FakeAstria) -> None:
    for pattern in ("POST", "", "POST tunes", "/tunes"):
        with pytest.raises(ValueError, match="is not a pattern"):
            fake.script(pattern, ok())
    with pytest.raises(ValueError, match="not a status"):
        fail(99)
    with pytest.raises(ValueError, match="0 or more seconds"):
        delayed(-1)
    with pytest.raises(ValueError, match="0 or more seconds"):
        processed_later(504, float("nan"))
    with pytest.raises(ValueError, match="probability"):
        fake.rule("* *", ok(), probability=2)


# --- The log


async def test_the_log_tells_what_arrived_and_what_became_of_it(
    api: Any, fake: FakeAstria, clock: VirtualClock
) -> None:
    fake.script("GET *", fail(500))
    await api("POST", "/tunes", TUNE)
    await clock.sleep(5)
    await api("GET", "/tunes?limit=3")
    await api("GET", "/tunes", Authorization="Bearer nobody")
    first, second, third = fake.requests
    assert (first.method, first.path, first.query, first.status, first.fault) == ("POST", "/tunes", "", 201, None)
    assert first.params == TUNE
    assert (second.query, second.status, second.fault, second.params) == ("limit=3", 500, "fail(500)", None)
    assert second.at == datetime.fromisoformat("2026-01-01T12:00:05+00:00")
    assert [record.is_authorized for record in fake.requests] == [True, True, False]
    assert fake.requests[-2:] == [second, third]
    assert repr(fake.requests) == "<RequestLog: 3 requests>"
    fake.requests.clear()
    assert not fake.requests


async def test_an_expectation_that_fails_tells_what_did_arrive(api: Any, fake: FakeAstria) -> None:
    fake.script("GET /prompts", drop())
    await api("POST", "/tunes", TUNE)
    with pytest.raises(TransportError):
        await api("GET", "/prompts?text=x")
    assert [record.status for record in fake.requests.expect("POST /tunes")] == [201]
    assert fake.requests.expect("DELETE *", times=0) == []
    with pytest.raises(AssertionError) as caught:
        fake.requests.expect("POST /tunes", times=2)
    assert str(caught.value) == (
        "expected 2 x POST /tunes, got 1; what arrived:\n"
        "  12:00:00 POST /tunes -> 201\n"
        "  12:00:00 GET /prompts?text=x -> no answer, drop(True)"
    )


async def test_of_a_long_log_a_failed_expectation_shows_the_end(api: Any, fake: FakeAstria) -> None:
    for number in range(25):
        await api("GET", f"/tunes/{number}")
    with pytest.raises(AssertionError, match="the last 20 of 25 requests") as caught:
        fake.requests.expect("POST *")
    assert "GET /tunes/24" in str(caught.value)
    assert "GET /tunes/4 " not in str(caught.value)


async def test_many_callers_at_once_each_get_their_answer(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    fake.rule("POST *", delayed(20))
    async with anyio.create_task_group() as group:
        for _ in range(200):
            group.start_soon(api, "POST", "/tunes", TUNE)
    assert len(fake.tunes) == 200
    assert clock.monotonic() == 20


async def test_a_record_knows_how_long_the_answer_took(api: Any, fake: FakeAstria) -> None:
    finished: list[float | None] = []
    fake.requests.on_finished = lambda record: finished.append(record.duration)
    fake.script("GET /tunes", delayed(5), fail(500))
    for _ in range(2):
        await api("GET", "/tunes")
    assert [record.duration for record in fake.requests] == finished == [5, 0]
