"""One reading of a list serves all that is looked for in it, and no object is ever given to two orders."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from astria_async import AstriaError, Request, Response, Send, Timeout, TransportError, UnknownOutcomeError
from astria_async._wire import LookFirst
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio
START = VirtualClock().now()


async def send_all(retry: Send, send: Send, requests: list[Request]) -> list[Any]:
    """The answers to calls made at once: what each returned, or raised."""
    results: list[Any] = [None] * len(requests)

    async def one(index: int) -> None:
        try:
            results[index] = (await retry(requests[index], send)).json()  # type: ignore[call-arg]
        except AstriaError as error:
            results[index] = error

    async with anyio.create_task_group() as tasks:
        for index in range(len(requests)):
            tasks.start_soon(one, index)
            await checkpoint()  # they begin in this order
    return results


# --- One reading for all.


@pytest.mark.parametrize("jitter", [0.0, 0.25])
async def test_many_lost_creates_share_the_readings(jitter: float, retry: Any, service: Any, order: Any) -> None:
    server = service(*["made, lost"] * 300)
    results = await send_all(retry(jitter), server, [order(seed) for seed in range(300)])
    assert [result["seed"] for result in results] == [*range(300)]
    assert len(server.items) == 300
    assert len(server.lists) <= 40


async def test_absence_is_told_by_two_readings_for_all(retry: Any, service: Any, order: Any) -> None:
    server = service(*["lost"] * 50)
    results = await send_all(retry(), server, [order(seed) for seed in range(50)])
    assert sorted(result["seed"] for result in results) == [*range(50)]
    assert len(server.items) == 50
    assert len(server.lists) == 2  # the list is empty


async def test_if_one_that_reads_is_cancelled_next_one_reads(
    retry: Any, service: Any, order: Any, clock: VirtualClock
) -> None:
    server = service("made, lost", "made, lost")

    async def slow(request: Request) -> Response:
        if request.method == "GET":
            await clock.sleep(20)
        answer: Response = await server(request)
        return answer

    found: list[int] = []

    async def second() -> None:
        found.append((await retry()(order(2), slow)).json()["id"])

    async with anyio.create_task_group() as both:
        both.start_soon(second)
        async with anyio.create_task_group() as first:
            first.start_soon(retry(), order(1), slow)
            await clock.sleep(65)
            first.cancel_scope.cancel()
    assert server.items[found[0] - 1]["seed"] == 2
    assert len(server.items) == 2


async def test_others_read_on_if_the_readers_time_is_over(
    retry: Any, service: Any, order: Any, clock: VirtualClock
) -> None:
    server = service("lost", "made, lost")

    async def slow(request: Request) -> Response:
        if request.method == "GET":
            await clock.sleep(20)
        answer: Response = await server(request)
        return answer

    short = order(1, timeout=Timeout(total=70.0))
    first, second = await send_all(retry(), slow, [short, order(2)])
    assert isinstance(first, UnknownOutcomeError)
    assert second["seed"] == 2
    assert len(server.items) == 1


async def test_list_that_fails_fails_for_all_who_wait_for_it(retry: Any, service: Any, order: Any) -> None:
    server = service(*["made, lost"] * 20)
    server.list_fails = [Response(status=403)] * 99
    results = await send_all(retry(), server, [order(seed) for seed in range(20)])
    assert all(isinstance(result, UnknownOutcomeError) for result in results)
    assert all("looking for it failed: 403" in str(result) for result in results)
    assert len(server.lists) == 1
    assert len(server.posts) == 20


@pytest.mark.parametrize(
    "failure", [Response(status=503), Response(status=429), TransportError("reset", request_was_sent=True)]
)
async def test_a_list_that_fails_for_a_moment_is_read_again(failure: Any, retry: Any, service: Any, order: Any) -> None:
    server = service("made, lost")
    server.list_fails = [failure, failure]
    assert (await retry()(order(7), server)).json()["id"] == 1


# --- Whose it is.


async def test_two_orders_never_get_one_object(retry: Any, service: Any, order: Any) -> None:
    server = service("made, lost", "lost")
    results = await send_all(retry(), server, [order(7, drawn=False), order(7, drawn=False)])
    assert len({result["id"] for result in results}) == len(server.items) == 2


async def test_two_orders_that_nothing_tells_apart_each_take_one(retry: Any, service: Any, order: Any) -> None:
    server = service("made, lost", "made, lost")
    results = await send_all(retry(), server, [order(7, drawn=False), order(7, drawn=False)])
    assert {result["id"] for result in results} == {1, 2}
    assert len(server.items) == 2


async def test_of_three_that_nothing_tells_apart_two_orders_take_none(retry: Any, service: Any, order: Any) -> None:
    server = service("made, lost", "made, lost")
    server.put(seed=7, text="a garden")
    results = await send_all(retry(), server, [order(7, drawn=False), order(7, drawn=False)])
    assert all(isinstance(result, UnknownOutcomeError) for result in results)
    assert len(server.items) == 3


async def test_objects_that_answered_another_order_are_not_taken(retry: Any, service: Any, order: Any) -> None:
    server = service("made", "lost")
    first, second = await send_all(retry(), server, [order(7, drawn=False), order(7, drawn=False)])
    assert (first["id"], second["id"]) == (1, 2)


async def test_calls_with_one_idempotency_key_are_one_order(retry: Any, service: Any, order: Any) -> None:
    server = service("made", "lost")
    requests = [order(7, intent="order-1"), order(7, intent="order-1")]
    results = await send_all(retry(), server, requests)
    assert [result["id"] for result in results] == [1, 1]
    assert len(server.items) == 1


async def test_a_look_alike_from_before_is_not_taken(retry: Any, service: Any, order: Any) -> None:
    server = service("lost")
    server.put(seed=7, text="a garden", age=600)
    assert (await retry()(order(7, drawn=False), server)).json()["id"] == 2


async def test_a_look_alike_from_just_before_may_be_it(retry: Any, service: Any, order: Any) -> None:
    server = service("lost")
    server.put(seed=7, text="a garden", age=30)
    with pytest.raises(UnknownOutcomeError, match="as 1, which could be another's"):
        await retry()(order(7, drawn=False), server)
    assert len(server.posts) == 1


async def test_look_alike_stays_old_while_the_second_look_waits(retry: Any, service: Any, order: Any) -> None:
    server = service("lost")
    server.put(seed=7, text="a garden", age=5)  # a look-up that counted 10 s too many would take it
    with pytest.raises(UnknownOutcomeError, match="as 1, which could be another's"):
        await retry()(order(7, drawn=False), server)


async def test_a_null_where_the_seed_should_be_may_be_it(retry: Any, service: Any, order: Any) -> None:
    server = service("made, lost")
    server.change = lambda page: [{**item, "seed": None} for item in page]
    with pytest.raises(UnknownOutcomeError, match="as 1, which could be another's"):
        await retry()(order(7), server)
    assert len(server.posts) == 1


async def test_seed_filled_in_later_is_found_by_second_look(
    retry: Any, service: Any, order: Any, clock: VirtualClock
) -> None:
    server = service("made, lost")
    server.change = lambda page: [{**item, "seed": None} for item in page] if clock.monotonic() < 65 else page
    assert (await retry()(order(7), server)).json()["id"] == 1


async def test_a_list_that_lags_is_looked_at_a_second_time(
    retry: Any, service: Any, order: Any, clock: VirtualClock
) -> None:
    server = service("made, lost")
    server.change = lambda page: [] if clock.monotonic() < 65 else page
    assert (await retry()(order(7), server)).json()["id"] == 1
    assert len(server.posts) == 1


@pytest.mark.parametrize("strip", [lambda item: {**item, "seed": None}, lambda item: {"id": item["id"]}])
async def test_service_that_was_seen_not_to_echo_makes_miss_uncertain(
    strip: Any, retry: Any, service: Any, order: Any
) -> None:
    server = service("made", "lost")

    async def without(request: Request) -> Response:
        answer: Response = await server(request)
        if request.method == "POST" and answer.status == 201:
            return Response.from_json(201, strip(answer.json()), answer.headers)
        return answer

    once = retry()
    await once(order(1), without)
    with pytest.raises(UnknownOutcomeError, match="the list, which does not show the seed that was sent"):
        await once(order(2), without)
    assert len(server.posts) == 2


async def test_listed_object_shows_that_service_does_not_echo(retry: Any, service: Any, order: Any) -> None:
    server = service("made", "lost")
    server.change = lambda page: [{**item, "seed": 5} for item in page]
    once = retry()
    await once(order(1), server)
    with pytest.raises(UnknownOutcomeError, match="does not show the seed"):
        await once(order(2), server)


# --- What another process may have sent.


async def test_a_create_is_looked_for_before_it_is_sent(retry: Any, service: Any, order: Any) -> None:
    server = service()
    server.put(seed=7, text="a garden", age=3600)
    first = LookFirst(since=START - timedelta(hours=2), settled_in=60.0)
    assert (await retry()(order(7, look_first=first), server)).json()["id"] == 1
    assert server.posts == []


async def test_absent_create_is_sent_once_the_last_attempt_settled(
    retry: Any, service: Any, order: Any, clock: VirtualClock
) -> None:
    server = service()
    first = LookFirst(since=START, settled_in=60.0)
    assert (await retry()(order(7, look_first=first), server)).json()["id"] == 1
    assert clock.monotonic() == 70
    assert len(server.posts) == 1


async def test_what_is_only_looked_for_is_never_sent(retry: Any, service: Any, order: Any, clock: VirtualClock) -> None:
    server = service()
    first = LookFirst(since=START, settled_in=0.0, only=True)
    assert (await retry()(order(7, look_first=first), server)).status == 204
    assert clock.monotonic() == 0
    assert server.posts == []
    server.put(seed=None, text="a garden")
    with pytest.raises(UnknownOutcomeError, match="could be another's"):
        await retry()(order(7, look_first=first), server)
    server.list_fails = [Response(status=403)]
    with pytest.raises(UnknownOutcomeError, match="403"):
        await retry()(order(7, look_first=first), server)


# --- Copies, and packs.


async def test_a_copy_is_found_by_what_it_was_made_of(retry: Any, service: Any, order: Any) -> None:
    server = service("lost")
    copy = order(None, expect={"orig_prompt_id": 5}, identity=None, identity_drawn=False)
    server.put(orig_prompt_id=6, text="a garden")

    async def making(request: Request) -> Response:
        if request.method == "POST":
            server.put(orig_prompt_id=5, text="a garden")
        answer: Response = await server(request)
        return answer

    assert (await retry()(copy, making)).json()["id"] == 2


async def test_miss_is_uncertain_if_copies_show_no_origin(retry: Any, service: Any, order: Any) -> None:
    server, once = service("made", "lost"), retry()
    server.change = lambda page: []  # it is filtered by what the copies do not show
    copy = order(None, expect={"orig_prompt_id": 5}, identity=None, identity_drawn=False)
    await once(copy, server)
    with pytest.raises(UnknownOutcomeError, match="does not show the orig_prompt_id"):
        await once(copy, server)
    assert len(server.posts) == 2
