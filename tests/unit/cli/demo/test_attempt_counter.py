"""The demo's own middleware: what it counts."""

from __future__ import annotations

import pytest

from astria_async import Request, Response, TransportError
from astria_async.cli.demo.attempt_counter import AttemptCounter

pytestmark = pytest.mark.anyio

REQUEST = Request(method="POST", url="http://localhost/tunes", operation="tunes.create")


async def test_attempts_are_calls_and_failures_are_counted_by_cause() -> None:
    told: list[tuple[str, str]] = []
    counter = AttemptCounter(lambda cause, operation: told.append((cause, operation)))
    for status in (500, 429, 201, 504, 422, 504):
        answer = Response(status=status)

        async def send(request: Request, answer: Response = answer) -> Response:
            return answer

        assert await counter(REQUEST, send) is answer
    assert counter.calls == 6
    assert counter.faults == {"500": 1, "429": 1, "504": 2}
    assert told == [("500", "tunes.create"), ("429", "tunes.create"), ("504", "tunes.create"), ("504", "tunes.create")]


async def test_a_lost_answer_is_counted_and_passed_on() -> None:
    counter = AttemptCounter(lambda cause, operation: None)

    async def send(request: Request) -> Response:
        raise TransportError("reset", request_was_sent=True)

    with pytest.raises(TransportError):
        await counter(REQUEST, send)
    assert (counter.calls, counter.faults) == (1, {"no answer": 1})
