"""What wakes waiters, what they are told on the way, and when their time is over."""

from __future__ import annotations

import json
import threading
from typing import Any

import anyio
import pytest

from astria_async import (
    ParameterError,
    Prompt,
    PromptParams,
    Response,
    TransportError,
    Tune,
    WaitTimeoutError,
)
from astria_async.callbacks import parse_callback
from astria_async.telemetry import AttemptEnded, Event, Polled
from astria_async.testing import FakeAstria, MockTransport, Timings, VirtualClock
from astria_async.waiting import WaitProgress

from ...support.jobs import Jobs, Notice

pytestmark = pytest.mark.anyio


# --- Notices


async def test_a_notice_wakes_the_waiter_at_once(wait: Any, astria: Any, jobs: Jobs, clock: VirtualClock) -> None:
    jobs.add([1], done_at=100.5)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait, 1)
        await clock.sleep(100.5)
        astria.notify(Notice(1))
    assert clock.monotonic() == 100.5


async def test_what_a_notice_says_is_read_before_it_is_believed(
    wait: Any, astria: Any, jobs: Jobs, clock: VirtualClock
) -> None:
    jobs.add([1], done_at=100.0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait, 1)
        await clock.sleep(50.5)
        before = jobs.requests
        for _ in range(20):
            astria.notify(Notice(1))
        await clock.sleep(0.4)
        assert jobs.requests == before + 1
    assert 100 <= clock.monotonic() <= 110


async def test_notices_of_one_second_are_confirmed_together(
    wait: Any, astria: Any, jobs: Jobs, clock: VirtualClock
) -> None:
    jobs.add(range(1, 101), done_at=50.0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: astria.prompts.wait_all(range(1, 101)))
        await clock.sleep(50.1)
        before = jobs.requests
        for number in range(1, 101):
            astria.notify(Notice(number))
            await clock.sleep(0.005)
    assert jobs.requests <= before + 2
    assert clock.monotonic() <= 51.2


async def test_a_parsed_callback_is_a_notice(wait: Any, astria: Any, jobs: Jobs, clock: VirtualClock) -> None:
    jobs.add([1, 2], done_at=100.5)
    body = json.dumps([{"id": number, "text": "a garden", "tune_id": 3} for number in (1, 2)]).encode()
    event = parse_callback({"content-type": "application/json"}, body)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait, 1)
        tasks.start_soon(wait, 2)
        await clock.sleep(100.5)
        astria.notify(event)
    assert clock.monotonic() <= 101.5


async def test_a_notice_of_what_nobody_waits_for_costs_nothing(
    wait: Any, astria: Any, jobs: Jobs, clock: VirtualClock
) -> None:
    astria.notify(Notice(7))
    jobs.add([1], done_at=5.0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait, 1)
        await clock.sleep(0.5)
        astria.notify(Notice(7))
        astria.notify(Notice(1, kind="tune"))
    assert len(jobs.singles) == 4


async def test_a_notice_may_come_from_any_thread(wait: Any, astria: Any, jobs: Jobs, clock: VirtualClock) -> None:
    jobs.add([1], done_at=100.5)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait, 1)
        await clock.sleep(100.5)
        thread = threading.Thread(target=astria.notify, args=(Notice(1),))
        thread.start()
        await anyio.to_thread.run_sync(thread.join)
    assert clock.monotonic() == 100.5


@pytest.mark.parametrize("event", ["x", 5, None, Notice(1, kind="pack"), Notice("1")])  # type: ignore[arg-type]
async def test_what_names_no_object_is_refused(event: Any, wait: Any, astria: Any) -> None:
    with pytest.raises(ParameterError, match=r"^event: .* does not name an object; give one with kind"):
        astria.notify(event)


# --- Deadlines


async def test_a_prompts_time_begins_when_its_tune_is_trained(client: Any, clock: VirtualClock) -> None:
    fake = FakeAstria(clock=clock, timings=Timings(tune_trained=500, prompt_trained=80))
    astria = client(MockTransport(fake))
    tune = await astria.tunes.create(
        name="woman", image_urls=["https://x.y/1"], prompts_attributes=[PromptParams(text="sks woman")]
    )
    prompt = await astria.prompts.list(tune.id).first()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(astria.tunes.wait, tune)
        await clock.sleep(0.1)
        assert (await astria.prompts.wait(prompt, timeout=100)).images
    assert clock.monotonic() >= 580


async def test_a_tune_that_nobody_waits_for_moves_no_deadline(client: Any, jobs: Jobs, clock: VirtualClock) -> None:
    jobs.add([1])
    with pytest.raises(WaitTimeoutError):
        await client(jobs).prompts.wait(Prompt(id=1, tune_id=9), timeout=100)
    assert clock.monotonic() == 100


async def test_the_defaults_are_two_hours_and_half_an_hour(client: Any, clock: VirtualClock, jobs: Jobs) -> None:
    jobs.add([1])
    with pytest.raises(WaitTimeoutError, match="within 1800 s"):
        await client(jobs).prompts.wait(1)
    with pytest.raises(WaitTimeoutError, match=r"within 7200 s; .*; to wait on: await astria.tunes.wait\(1\)$"):
        await client(lambda _: Response.from_json(200, {"id": 1})).tunes.wait(Tune(id=1))
    assert clock.monotonic() == 9000


# --- What it tells


async def test_progress_is_told_after_each_look(client: Any, jobs: Jobs, clock: VirtualClock) -> None:
    jobs.add([1], done_at=5.0)
    told: list[WaitProgress] = []
    await client(jobs).prompts.wait(1, on_progress=told.append)
    assert [(each.state, each.seconds, each.next_look, each.done) for each in told] == [
        ("pending", 0, 2, 0),
        ("pending", 2, 2, 0),
        ("pending", 4, 2, 0),
        ("succeeded", 6, 0, 1),
    ]
    assert {(each.kind, each.id, each.total, each.why) for each in told} == {("prompt", 1, 1, "")}


async def test_followers_are_told_too_and_of_failures(client: Any, jobs: Jobs, clock: VirtualClock) -> None:
    jobs.add([1], done_at=20.0)
    told: list[WaitProgress] = []
    astria = client(jobs)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(astria.prompts.wait, 1)
        await clock.sleep(3)
        tasks.start_soon(lambda: astria.prompts.wait(1, on_progress=told.append))
        jobs.failure = TransportError("connection refused", request_was_sent=False)
        await clock.sleep(9)
        jobs.failure = None
    reasons = [each.why for each in told]
    assert any("no usable answer to polls for" in why and "connection refused" in why for why in reasons)
    assert told[-1].state == "succeeded"


async def test_what_on_progress_raises_ends_its_own_wait_only(client: Any, jobs: Jobs, clock: VirtualClock) -> None:
    jobs.add([1], done_at=20.0)
    astria = client(jobs)

    def broken(progress: WaitProgress) -> None:
        raise ValueError("of mine")

    async def leads() -> None:
        with pytest.raises(ValueError, match="of mine"):
            await astria.prompts.wait(1, on_progress=broken)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(leads)
        await clock.sleep(0)
        tasks.start_soon(astria.prompts.wait, 1)
    assert clock.monotonic() == 20


async def test_explain_tells_what_is_waited_for(wait: Any, astria: Any, jobs: Jobs, clock: VirtualClock) -> None:
    jobs.add([1, 2], done_at=50.0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: astria.prompts.wait_all([1, 2]))
        await clock.sleep(10.5)
        polls = astria.explain().polls
    assert (polls.pending, polls.next_look) == (2, 1.5)


async def test_a_raw_wait_has_the_response_of_its_object(client: Any, jobs: Jobs) -> None:
    jobs.add([1], done_at=5.0)
    astria = client(jobs)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(astria.prompts.wait, 1)
        await jobs.clock.sleep(1)
        raw = await astria.with_raw_response.prompts.wait(1)
    assert raw.parsed.id == raw.response.json()["id"] == 1


async def test_an_observer_is_told_of_each_look(client: Any, jobs: Jobs, clock: VirtualClock) -> None:
    jobs.add([1, 2], done_at=5.0)
    heard: list[Event] = []
    astria = client(jobs, on_event=heard.append)
    jobs.failure = Response(status=502)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: astria.prompts.wait_all([1, 2]))
        await clock.sleep(1)
        jobs.failure = None
    polls = [event for event in heard if isinstance(event, Polled)]
    assert [(poll.at, poll.seen, poll.pending, poll.is_page) for poll in polls] == [
        (0, 0, 2, True),
        (2, 2, 2, True),
        (4, 2, 2, True),
        (6, 2, 0, True),
    ]
    assert [bool(poll.problem) for poll in polls] == [True, False, False, False]
    assert {event.route for event in heard if isinstance(event, AttemptEnded)} == {"/prompts"}
