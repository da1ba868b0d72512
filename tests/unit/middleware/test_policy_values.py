"""What a policy may be: numbers, and scaled for fakes."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import attrs
import pytest

from astria_async import ConfigurationError, Request, Response, RetryPolicy, TransportError
from astria_async._wire import Lookup
from astria_async.middleware.policy import Decision, Happened, Wait

STEADY = RetryPolicy(jitter=0.0)
NOT_SENT = TransportError("refused", request_was_sent=False)
LOST = TransportError("reset", request_was_sent=True)
LOOKUP = Lookup(list_url="https://api.astria.ai/tunes", root="tune")
GET = Request(method="GET", url="https://api.astria.ai/tunes/1")


def decide(happened: Happened | int, request: Request = GET, policy: RetryPolicy = STEADY, **more: Any) -> Decision:
    facts: dict[str, Any] = {"attempt": 1, "streak": 1, "left": 900.0, "retry_after": None, **more}
    answer = Response(status=happened) if isinstance(happened, int) else happened
    return policy.decide(answer, request, random=random.Random(1), **facts)


def test_scaled_shortens_every_wait_alike() -> None:
    scaled = STEADY.scaled(0.01)
    for happened in (429, 500, 504, NOT_SENT, LOST):
        long, short = decide(happened), decide(happened, policy=scaled)
        assert isinstance(long, Wait)
        assert short == Wait(long.seconds * 0.01)
    assert scaled.max_elapsed == STEADY.max_elapsed


def test_nonsense_policies_are_refused_with_every_problem_named() -> None:
    with pytest.raises(ConfigurationError) as caught:
        RetryPolicy(max_attempts=0, unknown_wait=-1.0, server_error_wait=500.0, jitter=float("nan"))
    for name in ("max_attempts", "unknown_wait", "server_error_wait", "jitter"):
        assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [spec.name for spec in attrs.fields(RetryPolicy) if spec.name != "_scale"])
@pytest.mark.parametrize("value", ["30", True, None, float("nan"), float("inf"), -1, [], timedelta(seconds=1)])
def test_policy_of_anything_but_numbers_is_refused_by_fields_name(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"retry policy: .*{name}=") as caught:
        RetryPolicy(**{name: value})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("factor", ["2", True, None, float("nan"), float("inf"), -1.0])
def test_a_policy_is_scaled_by_a_number(factor: Any) -> None:
    with pytest.raises(ConfigurationError, match="retry policy: "):
        RetryPolicy().scaled(factor)


def test_a_policy_remembers_that_it_was_scaled() -> None:
    assert RetryPolicy().scale == 1.0
    assert RetryPolicy().scaled(0.5).scaled(0.5).scale == 0.25
    assert RetryPolicy().scaled(0.5) != RetryPolicy()
