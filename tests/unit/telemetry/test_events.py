"""What an observer is told of a call, and that it costs nothing if nobody listens."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable
from itertools import pairwise

import anyio
import pytest

from astria_async import AsyncAstria, ConfigurationError, Limits, NotFoundError, Request, Response, telemetry
from astria_async.telemetry import (
    AttemptBegan,
    AttemptEnded,
    CallBegan,
    CallEnded,
    Event,
    LookUpAwaited,
    RetryAwaited,
    SlotAwaited,
    SlotTaken,
)
from astria_async.telemetry.trace import route_of
from astria_async.testing import FakeAstria, MockTransport, VirtualClock, drop, fail

from ...cost.counting import AtOnce, costs_of

pytestmark = pytest.mark.anyio
Answer = Callable[[Request], Response | Awaitable[Response]]


class Heard:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    @property
    def kinds(self) -> list[type[Event]]:
        return [type(event) for event in self.events]

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if type(event) is kind]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def fake(clock: VirtualClock) -> FakeAstria:
    return FakeAstria(clock=clock)


@pytest.fixture
def astria(fake: FakeAstria, heard: Heard, clock: VirtualClock) -> AsyncAstria:
    return AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock, random=random.Random(1), on_event=heard)


async def test_a_call_tells_of_itself_and_its_attempt(astria: AsyncAstria, heard: Heard) -> None:
    await astria.prompts.create(690204, text="a garden")
    assert heard.kinds == [CallBegan, AttemptBegan, AttemptEnded, CallEnded]
    assert {(event.operation, event.route) for event in heard.events} == {("prompts.create", "/tunes/{id}/prompts")}
    assert len({event.call for event in heard.events}) == 1
    assert [event.attempt for event in heard.events] == [0, 1, 1, 1]
    ended = heard.events[-1]
    assert isinstance(ended, CallEnded)
    assert (ended.result, ended.is_success) == ("201", True)


async def test_each_call_has_a_number_of_its_own(astria: AsyncAstria, heard: Heard) -> None:
    await astria.tunes.list().first()
    await astria.tunes.list().first()
    first, second = heard.of(CallBegan)
    assert first.call != second.call


async def test_a_retry_is_told_with_its_wait(astria: AsyncAstria, heard: Heard, fake: FakeAstria) -> None:
    fake.script("GET /tunes", fail(500))
    await astria.tunes.list().first()
    (wait,) = heard.of(RetryAwaited)
    assert isinstance(wait, RetryAwaited)
    assert (wait.result, wait.attempt) == ("500", 1)
    first, second = heard.of(AttemptBegan)
    assert second.at - first.at == wait.seconds >= 30
    assert (first.attempt, second.attempt) == (1, 2)


async def test_a_look_ups_reads_belong_to_its_call(astria: AsyncAstria, heard: Heard, fake: FakeAstria) -> None:
    fake.script("POST /tunes/:id/prompts", drop())
    await astria.prompts.create(690204, text="a garden")
    (wait,) = heard.of(LookUpAwaited)
    assert isinstance(wait, LookUpAwaited)
    assert wait.seconds >= 60
    assert {event.call for event in heard.events} == {wait.call}
    routes = [event.route for event in heard.of(AttemptBegan)]
    assert routes[:2] == ["/tunes/{id}/prompts", "/prompts"]


async def test_a_wait_for_a_slot_is_told_with_its_length(heard: Heard, clock: VirtualClock) -> None:
    async def slow(request: Request) -> Response:
        await clock.sleep(7)
        return Response.from_json(200, {"id": 1})

    astria = AsyncAstria(
        "sd_test", transport=MockTransport(slow), clock=clock, on_event=heard, limits=Limits(max_in_flight=1)
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(astria.tunes.retrieve, 1)
        tasks.start_soon(astria.tunes.retrieve, 1)
    assert len(heard.of(SlotAwaited)) == 1
    (taken,) = heard.of(SlotTaken)
    assert isinstance(taken, SlotTaken)
    assert taken.seconds == 7


async def test_a_call_that_fails_names_its_end(astria: AsyncAstria, heard: Heard) -> None:
    with pytest.raises(NotFoundError):
        await astria.tunes.retrieve(77)
    ended = heard.events[-1]
    assert isinstance(ended, CallEnded)
    assert (ended.result, ended.is_success) == ("404", False)


async def test_a_call_that_is_cancelled_ends_in_the_events_too(heard: Heard, clock: VirtualClock) -> None:
    async def silent(request: Request) -> Response:
        await clock.sleep(float("inf"))
        raise AssertionError

    astria = AsyncAstria("sd_test", transport=MockTransport(silent), clock=clock, on_event=heard)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(astria.tunes.retrieve, 1)
        await clock.sleep(3)
        tasks.cancel_scope.cancel()
    assert heard.kinds == [CallBegan, AttemptBegan, AttemptEnded, CallEnded]
    ended = heard.events[-1]
    assert isinstance(ended, CallEnded)
    assert (ended.result, ended.seconds) != ("", 0)


async def test_events_come_in_the_order_of_time(astria: AsyncAstria, heard: Heard, fake: FakeAstria) -> None:
    fake.script("GET /tunes", fail(500), fail(502))
    await astria.tunes.list().first()
    assert all(earlier.at <= later.at for earlier, later in pairwise(heard.events))


async def test_an_observer_that_raises_fails_no_call(
    fake: FakeAstria, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(event: Event) -> None:
        raise ValueError("of mine")

    astria = AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock, on_event=broken)
    await astria.tunes.list().first()
    await astria.tunes.list().first()
    assert [record.message for record in caplog.records if "on_event" in record.message] == [
        "on_event raised for CallBegan; it is called on, and this is logged once"
    ]


async def test_a_view_may_have_an_observer_of_its_own(fake: FakeAstria, clock: VirtualClock, heard: Heard) -> None:
    astria = AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock)
    await astria.tunes.list().first()
    assert not heard.events
    await astria.with_options(on_event=heard).tunes.list().first()
    assert heard.events


async def _async_observer(event: Event) -> None: ...


@pytest.mark.parametrize("value", [3, "print", Heard, _async_observer])
def test_what_is_no_plain_function_is_refused(value: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^on_event: .*; (pass|write) [^\n]*$"):
        AsyncAstria("sd_test", on_event=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "route"),
    [
        ("https://api.astria.ai/tunes/12/prompts?limit=3", "/tunes/{id}/prompts"),
        ("https://api.astria.ai/p/headshots/tunes", "/p/{id}/tunes"),
        ("https://api.astria.ai/workspaces/5.json", "/workspaces/{id}.json"),
        ("https://api.astria.ai/prompts", "/prompts"),
    ],
)
def test_a_route_has_no_id_in_it(url: str, route: str) -> None:
    assert route_of(url, "https://api.astria.ai") == route
    assert route_of(url.replace(".ai/", ".ai/base/"), "https://api.astria.ai/base/") == route


def _files_of_a_call(observer: Callable[[Event], None] | None) -> set[str]:
    """The files whose functions run in a call that is answered at once."""
    files: set[str] = set()
    astria = AsyncAstria("sd_test", transport=AtOnce(), random=random.Random(1), on_event=observer)

    async def call() -> None:
        sys.setprofile(lambda frame, event, argument: files.add(frame.f_code.co_filename))
        try:
            await astria.prompts.create(2000001, text="ohwx woman in a garden")
        finally:
            sys.setprofile(None)

    asyncio.run(call())
    return files


def test_a_call_pays_nothing_if_nobody_listens() -> None:
    room = telemetry.__file__.removesuffix("__init__.py")
    assert not [name for name in _files_of_a_call(None) if name.startswith(room)]
    assert [name for name in _files_of_a_call(lambda event: None) if name.startswith(room)]


def test_what_is_counted_is_a_call_without_an_observer() -> None:
    costs = asyncio.run(costs_of(lambda astria: astria.prompts.retrieve(30000001)))
    observed = asyncio.run(
        costs_of(lambda astria: astria.with_options(on_event=lambda _: None).prompts.retrieve(30000001))
    )
    assert costs["calls"] < observed["calls"]
