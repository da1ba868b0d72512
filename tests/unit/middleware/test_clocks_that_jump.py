"""A wall clock that is set, and a machine that slept, make no second object and give nobody another's."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from astria_async import Request, Response, RetryPolicy, UnknownOutcomeError
from astria_async.middleware import Retry
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio
START = VirtualClock().now()


class Jumping(VirtualClock):
    """A wall clock that jumps, beside a steady one: it is set, or the machine slept (then the steady one stood still)."""

    jump = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.jump


@pytest.mark.parametrize("fate", ["made, lost", "lost"])
@pytest.mark.parametrize("hours", [-48, -1, 1, 48, 24 * 365 * 1000])
@pytest.mark.parametrize("drawn", [True, False])
async def test_a_wall_clock_that_is_set_makes_no_second_object(
    fate: str, hours: int, drawn: bool, dice: random.Random, service: Any, order: Any
) -> None:
    clock = Jumping()
    server = service(fate, time=clock)
    server.put(seed=7, text="a garden", age=3 * 3600) if not drawn else None

    async def set_while_it_waits(request: Request) -> Response:
        answer: Response = await server(request)
        clock.jump = timedelta(hours=hours)
        return answer

    retry = Retry(RetryPolicy(jitter=0.0), clock=clock, random=dice)
    try:
        answer = await retry(order(7, drawn=drawn), set_while_it_waits)
    except UnknownOutcomeError:
        assert not drawn
    else:
        assert answer.json()["id"] == len(server.items)
    assert sum(item["created_at"] >= START.isoformat() for item in server.items) <= 1


@pytest.mark.parametrize("drawn", [True, False])
async def test_a_machine_that_slept_makes_no_second_object(
    drawn: bool, dice: random.Random, service: Any, order: Any
) -> None:
    clock = Jumping()
    server = service("made, lost", time=clock)

    async def sleeps(request: Request) -> Response:
        answer: Response = await server(request)
        if request.method == "POST":
            server.ahead = clock.jump = timedelta(hours=9)  # the steady clock does not count that
            for _ in range(200):
                server.put(seed=9, text="another's")
        return answer

    retry = Retry(RetryPolicy(jitter=0.0), clock=clock, random=dice)
    try:
        answer = await retry(order(7, drawn=drawn), sleeps)
    except UnknownOutcomeError:
        assert not drawn
    else:
        assert answer.json()["id"] == 1
    assert len(server.posts) == 1
