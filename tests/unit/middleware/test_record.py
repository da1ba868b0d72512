"""One record a call: what the caller hears follows from it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from astria_async import Effect, Request, Response, TransportError
from astria_async.errors import (
    APIError,
    AstriaError,
    ConfigurationError,
    DecodeError,
    ParameterError,
    ServerError,
    UnexpectedError,
)
from astria_async.middleware.record import CallRecord, outcome_of_error
from astria_async.testing import VirtualClock

LOST = TransportError("reset", request_was_sent=True)


@pytest.fixture
def record(order: Callable[..., Request]) -> CallRecord:
    clock = VirtualClock(auto=False)
    return CallRecord(clock, order(7), 0.0, clock.now())


@pytest.mark.parametrize(
    ("outcomes", "whole"),
    [
        ([], None),
        ([None], None),
        (["not_sent"], "not_sent"),
        (["not_sent", "rejected"], "rejected"),
        (["unknown"], "unknown"),
        (["unknown", "rejected"], "unknown"),
        (["unknown", "not_sent", "not_sent"], "unknown"),
        (["unknown", None], "unknown"),
    ],
)
def test_call_is_unknown_if_any_attempt_may_have_made_something(outcomes: Any, whole: Any, record: CallRecord) -> None:
    for outcome in outcomes:
        record.add(LOST, outcome)
    assert record.outcome == whole


def test_absent_object_was_made_by_no_attempt(record: CallRecord) -> None:
    for outcome in ("unknown", "not_sent", "unknown"):
        record.add(Response(status=504), outcome)  # type: ignore[arg-type]
    record.settle()
    assert [attempt.outcome for attempt in record.attempts] == ["rejected", "not_sent", "rejected"]
    record.add(Response(status=504), "unknown")
    assert record.outcome == "unknown"


def test_what_to_look_for_is_all_that_tells_the_object(record: CallRecord, order: Any) -> None:
    assert record.looked_for == {"tune_id": 3, "seed": 7}
    clock = record.clock
    assert CallRecord(clock, order(None, identity=None), 0.0, clock.now()).looked_for == {"tune_id": 3}
    assert CallRecord(clock, order(7, lookup=None), 0.0, clock.now()).looked_for == {"seed": 7}
    assert CallRecord(clock, order(7, lookup=None, body=None), 0.0, clock.now()).looked_for == {}


def test_unknown_outcome_is_one_line_with_what_to_look_for(record: CallRecord) -> None:
    record.add(LOST, "unknown")
    error = record.unknown_outcome("(reset)")
    assert str(error) == (
        "prompts.create /tunes/3/prompts may have taken place (reset): "
        "look for {'tune_id': 3, 'seed': 7} before sending it again"
    )
    assert (error.outcome, error.attempts, error.looked_for) == ("unknown", record.attempts, record.looked_for)


def test_error_gets_the_calls_outcome_and_not_its_last_attempts(record: CallRecord) -> None:
    record.add(LOST, "unknown")
    error = APIError(422, "x")
    record.add(error, "rejected")
    assert record.mark(error) is error
    assert (error.outcome, len(error.attempts)) == ("unknown", 2)


@pytest.mark.parametrize(
    ("error", "reached", "outcome"),
    [
        (LOST, False, "unknown"),
        (TransportError("x", request_was_sent=False), True, "not_sent"),
        (UnexpectedError("x", request_was_sent=True), False, "unknown"),
        (ParameterError("x"), True, "not_sent"),
        (ConfigurationError("closed"), True, "not_sent"),
        (DecodeError("x", problems=[], body=""), False, "unknown"),
        (ServerError(500, "x"), False, "unknown"),
        (AstriaError("x"), True, "unknown"),
        (AstriaError("x"), False, "not_sent"),
    ],
)
def test_an_attempt_that_raised_has_an_outcome(
    error: AstriaError, reached: bool, outcome: str, record: CallRecord
) -> None:
    record.reached = reached
    assert outcome_of_error(error, record) == outcome


@pytest.mark.parametrize(("jump", "age"), [(0, 60.0), (3600, 3660.0), (-3600, 60.0)])
@pytest.mark.anyio
async def test_the_larger_of_two_clocks_ages_counts(jump: int, age: float, order: Any) -> None:
    class Clock(VirtualClock):
        def now(self) -> Any:
            return super().now() + timedelta(seconds=jump if self.monotonic() else 0)

    clock = Clock(auto=False)
    record = CallRecord(clock, order(7), 0.0, clock.now())
    await clock.advance(60)
    assert record.age() == age


@pytest.mark.parametrize(
    ("effect", "reached", "outcome", "leaves"),
    [
        (Effect.CREATE, True, None, True),
        (Effect.CREATE, False, "unknown", True),
        (Effect.CREATE, False, None, False),
        (Effect.CREATE, False, "rejected", False),
        (Effect.READ, True, "unknown", False),
        (Effect.DELETE, True, "unknown", False),
    ],
)
def test_only_create_that_may_have_been_made_leaves_trace(
    effect: Effect, reached: bool, outcome: Any, leaves: bool, record: CallRecord, caplog: pytest.LogCaptureFixture
) -> None:
    record.request = record.request.replace(effect=effect)
    record.reached = reached
    if outcome is not None:
        record.add(LOST, outcome)
    stop = KeyboardInterrupt()
    with caplog.at_level(logging.WARNING, "astria_async"):
        record.leave_trace(stop)
    assert bool(getattr(stop, "__notes__", [])) is bool(caplog.records) is leaves
    for text in (*getattr(stop, "__notes__", []), *(line.getMessage() for line in caplog.records)):
        assert "look for {'tune_id': 3, 'seed': 7}" in text
