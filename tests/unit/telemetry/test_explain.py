"""`astria.explain()` says what holds a client up, in sentences."""

from __future__ import annotations

import random
from typing import Any

import anyio
import pytest

from astria_async import AsyncAstria, ConfigurationError, Limits, Request, Response, TransportError
from astria_async.telemetry import Explanation
from astria_async.testing import MockTransport, VirtualClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


def client(handler: Any, clock: VirtualClock, **more: Any) -> AsyncAstria:
    return AsyncAstria("sd_test", transport=MockTransport(handler), clock=clock, random=random.Random(1), **more)


async def explained(astria: AsyncAstria, clock: VirtualClock, calls: int, after: float) -> Explanation:
    """What it says while so many calls are under way, after some seconds."""
    async with anyio.create_task_group() as tasks:
        for _ in range(calls):
            tasks.start_soon(astria.tunes.retrieve, 1)
        await clock.sleep(after)
        explanation = astria.explain()
        tasks.cancel_scope.cancel()
    return explanation


async def test_a_client_at_rest_is_not_held_up(clock: VirtualClock) -> None:
    explanation = client(lambda _: Response(status=200), clock).explain()
    assert not explanation.is_slow
    assert str(explanation).splitlines() == [
        "Nothing holds this client up.",
        "0 of 10 slots are in use; 0 objects are waited for.",
    ]


async def test_calls_that_wait_for_a_retry_are_counted(clock: VirtualClock) -> None:
    explanation = await explained(client(lambda _: Response(status=500), clock), clock, calls=2, after=5)
    assert explanation.retries == 2
    assert "2 calls wait to be sent again, after 500: the next in 2" in str(explanation)
    assert 25 <= explanation.longest_pause <= 40


async def test_a_pause_that_is_over_or_cancelled_is_not_counted(clock: VirtualClock) -> None:
    astria = client(lambda _: Response(status=500), clock)
    await explained(astria, clock, calls=2, after=5)
    assert astria.explain().retries == 0


async def test_a_lost_create_is_told_as_looked_for(clock: VirtualClock) -> None:
    def lost(request: Request) -> Response:
        raise TransportError("reset", request_was_sent=True)

    astria = client(lost, clock)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: astria.prompts.create(1, text="x"))
        await clock.sleep(5)
        explanation = astria.explain()
        tasks.cancel_scope.cancel()
    assert (explanation.retries, explanation.lookups) == (0, 1)
    assert "1 call waits to be looked for, as the response was lost (reset)" in str(explanation)


async def test_the_limit_and_the_cool_down_are_told(clock: VirtualClock) -> None:
    answers = [Response(status=429, headers={"retry-after": "20"})]

    def refusing(request: Request) -> Response:
        return answers[0]

    explanation = await explained(client(refusing, clock, limits=Limits(max_in_flight=1)), clock, calls=3, after=5)
    assert explanation.cooling_down == 15
    assert explanation.waiting == 2
    text = str(explanation)
    assert "too many requests: nothing is sent for another 15.0 s" in text
    assert "2 attempts wait for a slot: 1 at a time" in text


def test_it_needs_a_running_event_loop(clock: VirtualClock) -> None:
    with pytest.raises(ConfigurationError, match="each event loop"):
        client(lambda _: Response(status=200), clock).explain()
