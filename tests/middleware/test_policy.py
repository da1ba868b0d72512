"""The decision what to do next: pure, so every row of the rules can be held to the second."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async import Body, ConfigurationError, FilePart, Request, Response, RetryPolicy, Timeout, TransportError
from astria_async._wire import Effect
from astria_async.middleware.policy import Decision, Happened, Recover, Stop, Wait

STEADY = RetryPolicy(jitter=0.0)
NOT_SENT = TransportError("refused", request_was_sent=False)
LOST = TransportError("reset", request_was_sent=True)
GET = Request(method="GET", url="https://api.astria.ai/tunes/1")


async def no_look_up(*_: object) -> None:
    return None


def decide(happened: Happened | int, request: Request = GET, policy: RetryPolicy = STEADY, **more: Any) -> Decision:
    facts: dict[str, Any] = {"attempt": 1, "streak": 1, "left": 900.0, "retry_after": None, **more}
    answer = Response(status=happened) if isinstance(happened, int) else happened
    return policy.decide(answer, request, random=random.Random(1), **facts)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 426])
def test_what_the_service_refused_is_never_sent_again(status: int, create: Callable[..., Request]) -> None:
    assert decide(status) == Stop()
    assert decide(status, create(recover=no_look_up), account_idempotency=True) == Stop()


@pytest.mark.parametrize(
    ("happened", "seconds"),
    [(429, 2.0), (500, 30.0), (502, 1.0), (503, 30.0), (504, 1.0), (NOT_SENT, 0.5), (LOST, 1.0)],
)
def test_a_read_is_sent_again_after_the_documented_wait(happened: Happened | int, seconds: float) -> None:
    assert decide(happened) == Wait(seconds)


@pytest.mark.parametrize(("happened", "seconds"), [(500, 30.0), (502, 60.0), (503, 30.0), (504, 60.0), (LOST, 60.0)])
def test_a_create_that_may_have_taken_place_is_looked_for_first(
    happened: Happened | int, seconds: float, create: Callable[..., Request]
) -> None:
    assert decide(happened, create(recover=no_look_up)) == Recover(seconds, again=True)


@pytest.mark.parametrize(("happened", "seconds"), [(429, 2.0), (NOT_SENT, 0.5)])
def test_a_create_that_made_nothing_is_simply_sent_again(
    happened: Happened | int, seconds: float, create: Callable[..., Request]
) -> None:
    assert decide(happened, create()) == Wait(seconds)


def test_a_create_that_cannot_be_looked_for_is_not_sent_again(create: Callable[..., Request]) -> None:
    assert decide(504, create(recover=None)) == Stop()
    assert decide(504, create(recover=None, identity=None), account_idempotency=True) == Stop()


def test_the_accounts_idempotency_permits_what_cannot_be_looked_for(create: Callable[..., Request]) -> None:
    assert decide(504, create(recover=None), account_idempotency=True) == Recover(60.0, again=True)


def test_a_two_hundred_that_tells_no_id_is_as_good_as_no_answer(create: Callable[..., Request]) -> None:
    unreadable = create(recover=no_look_up, accepts=lambda response: False)
    assert decide(200, unreadable) == Recover(60.0, again=True)
    assert decide(200, create(accepts=lambda response: True)) == Stop()


def test_waits_double_while_the_same_goes_on_up_to_the_longest() -> None:
    waits = [decide(500, attempt=1, streak=streak) for streak in range(1, 6)]
    assert waits == [Wait(30.0), Wait(60.0), Wait(120.0), Wait(240.0), Wait(240.0)]


def test_retry_after_lengthens_a_wait_and_never_shortens_it() -> None:
    assert decide(429, retry_after=17.0) == Wait(17.0)
    assert decide(429, retry_after=0.0) == Wait(2.0)
    assert decide(429, retry_after=120.0) == Wait(120.0)


def test_a_retry_after_above_the_cap_is_raised_at_once() -> None:
    assert decide(429, retry_after=121.0) == Stop()


def test_the_last_attempt_is_the_last() -> None:
    assert decide(500, attempt=5) == Wait(30.0)
    assert decide(500, attempt=6) == Stop()


def test_a_lost_create_is_looked_for_even_after_the_last_attempt(create: Callable[..., Request]) -> None:
    assert decide(504, create(recover=no_look_up), attempt=6) == Recover(60.0, again=False)


def test_nothing_is_waited_for_beyond_the_deadline(create: Callable[..., Request]) -> None:
    assert decide(500, left=30.0) == Stop()
    assert decide(504, create(recover=no_look_up), left=60.0) == Stop()


def test_a_create_is_not_started_with_less_time_left_than_the_server_takes(create: Callable[..., Request]) -> None:
    request = create(recover=no_look_up)
    assert decide(504, request, left=90.0) == Recover(60.0, again=False)
    assert decide(504, request, left=90.1) == Recover(60.0, again=True)


def test_a_caller_who_sets_a_shorter_attempt_asked_for_less_margin(create: Callable[..., Request]) -> None:
    request = create(recover=no_look_up, timeout=Timeout(attempt=5.0))
    assert decide(504, request, left=66.0) == Recover(60.0, again=True)


def test_a_file_that_can_be_read_once_is_sent_again_only_if_it_was_never_sent(create: Callable[..., Request]) -> None:
    part = FilePart(name="a", content_type="image/png", source=b"", size=None, rewindable=False)
    body = Body({"tune": {"title": "t", "images": [part]}})
    assert decide(LOST, create(body=body, recover=no_look_up)) == Recover(60.0, again=False)
    assert decide(429, create(body=body)) == Stop()
    assert decide(NOT_SENT, create(body=body)) == Wait(0.5)


@pytest.mark.parametrize("effect", [Effect.UPDATE, Effect.DELETE])
def test_what_is_the_same_when_done_twice_is_sent_again(effect: Effect) -> None:
    assert decide(504, Request(method="PATCH", url="https://x.y/z", effect=effect)) == Wait(60.0)


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 20), st.sampled_from([429, 500, 502, 504]))
def test_jitter_never_goes_below_the_documented_floor(share: float, streak: int, status: int) -> None:
    class Dice(random.Random):
        def random(self) -> float:
            return share

    policy = RetryPolicy()
    decision = policy.decide(
        Response(status=status), GET, attempt=1, streak=streak, left=1e6, retry_after=None, random=Dice()
    )
    floor = decide(status, streak=streak, left=1e6)
    assert isinstance(decision, Wait)
    assert isinstance(floor, Wait)
    assert floor.seconds <= decision.seconds <= floor.seconds * (1 + policy.jitter)


def test_scaled_shortens_every_wait_alike() -> None:
    scaled = STEADY.scaled(0.01)
    for happened in (429, 500, 504, NOT_SENT, LOST):
        long, short = decide(happened), decide(happened, policy=scaled)
        assert isinstance(long, Wait)
        assert short == Wait(long.seconds * 0.01)
    assert scaled.max_elapsed == STEADY.max_elapsed


def test_a_policy_that_makes_no_sense_is_refused_with_every_problem_named() -> None:
    with pytest.raises(ConfigurationError) as caught:
        RetryPolicy(max_attempts=0, unknown_wait=-1.0, server_error_wait=500.0, jitter=float("nan"))
    for name in ("max_attempts", "unknown_wait", "server_error_wait", "jitter"):
        assert name in str(caught.value)
