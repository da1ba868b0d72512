"""Whatever time limit ends a request, the client raises one class: `RequestTimeoutError`."""

from __future__ import annotations

import random
from typing import Any

import anyio
import pytest

from astria_async import (
    AsyncAstria,
    Limits,
    Request,
    RequestTimeoutError,
    Response,
    Send,
    Timeout,
    TransportError,
    UnknownOutcomeError,
)
from astria_async.testing import MockTransport, VirtualClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


def client(clock: VirtualClock, handler: Any, **options: Any) -> AsyncAstria:
    return AsyncAstria(
        "sd_test", clock=clock, random=random.Random(1), transport=MockTransport(handler), max_retries=0, **options
    )


def answer_after(clock: VirtualClock, seconds: float) -> Any:
    async def handler(request: Request) -> Response:
        await clock.sleep(seconds)
        return Response.from_json(200, {"id": 5})

    return handler


@pytest.mark.parametrize(
    ("timeout", "seconds"), [(Timeout(attempt=40), 40), (Timeout(total=20), 20), (Timeout(total=20, attempt=None), 20)]
)
async def test_an_attempts_or_a_calls_time_ends_a_read(clock: VirtualClock, timeout: Timeout, seconds: float) -> None:
    with pytest.raises(RequestTimeoutError, match=f"no answer within {seconds} s") as caught:
        await client(clock, answer_after(clock, 1000), timeout=timeout).tunes.retrieve(5)
    assert isinstance(caught.value, TransportError)
    assert (caught.value.request_was_sent, caught.value.outcome) == (True, "unknown")
    assert [attempt.seconds for attempt in caught.value.attempts] == [seconds]


async def test_a_call_that_waits_for_a_slot_was_not_sent(clock: VirtualClock) -> None:
    astria = client(clock, answer_after(clock, 30), limits=Limits(max_in_flight=1), timeout=Timeout(total=40))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(astria.tunes.retrieve, 5)
        await clock.advance(0)
        with pytest.raises(RequestTimeoutError, match="before there was a slot") as caught:
            await astria.with_options(timeout=10).tunes.retrieve(5)
    assert (caught.value.request_was_sent, caught.value.outcome) == (False, "not_sent")


@pytest.mark.parametrize("is_sent", [False, True])
async def test_time_spent_in_a_middleware_ends_the_call(clock: VirtualClock, is_sent: bool) -> None:
    async def slow(request: Request, call_next: Send) -> Response:
        if is_sent:
            await call_next(request)
        await clock.sleep(1000)
        return await call_next(request)

    astria = client(clock, answer_after(clock, 1), middleware=[slow], timeout=20)
    with pytest.raises(RequestTimeoutError, match="in a middleware of yours") as caught:
        await astria.tunes.retrieve(5)
    assert caught.value.request_was_sent is is_sent


async def test_a_call_behind_another_of_its_order_was_not_sent(clock: VirtualClock) -> None:
    async def never(request: Request) -> Response:
        await clock.sleep(30)
        return Response.from_json(201, {"id": 5, "seed": 1})

    astria = client(clock, never)

    async def create(timeout: float) -> None:
        await astria.with_options(timeout=timeout).prompts.create(1, text="a garden", idempotency_key="order-1")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(first_of, create)
        await clock.advance(0)
        with pytest.raises(RequestTimeoutError, match="another call of this order") as caught:
            await create(10)
    assert caught.value.request_was_sent is False


async def first_of(create: Any) -> None:
    with pytest.raises(UnknownOutcomeError):  # what it is answered is another prompt
        await create(31)


async def test_create_that_ran_out_of_time_is_an_unknown_outcome(clock: VirtualClock) -> None:
    astria = client(clock, answer_after(clock, 1000), timeout=20)
    with pytest.raises(UnknownOutcomeError) as caught:
        await astria.prompts.create(1, text="a garden")
    assert isinstance(caught.value.__cause__, RequestTimeoutError)
