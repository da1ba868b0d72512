"""The loop: it sends, waits, looks a lost create up, and never makes a second object."""

from __future__ import annotations

import logging
from typing import Any

import anyio
import pytest

from astria_async import (
    Effect,
    Request,
    RequestTimeoutError,
    Response,
    Send,
    Timeout,
    TransportError,
    UnknownOutcomeError,
)
from astria_async.middleware import Auth, compose
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio
LOST = TransportError("reset", request_was_sent=True)
REFUSED = TransportError("refused", request_was_sent=False)
API = "https://api.astria.ai"


async def test_a_good_answer_passes_unchanged(retry: Any, script: Any, get: Request) -> None:
    answer = Response.from_json(200, {"id": 1})
    assert await retry()(get, script(answer)) is answer


async def test_a_500_is_retried_after_30_60_and_120_seconds(
    retry: Any, script: Any, get: Request, clock: VirtualClock
) -> None:
    send = script(500, 500, 500, 200)
    response = await retry()(get, send)
    assert response.status == 200
    assert send.times == [0, 30, 90, 210]
    assert [attempt.result for attempt in response.attempts] == ["500", "500", "500", "200"]


async def test_lost_create_that_took_place_is_returned(
    retry: Any, service: Any, order: Any, clock: VirtualClock
) -> None:
    server = service("made, lost")
    response = await retry()(order(7), server)
    assert response.json()["id"] == 1
    assert len(server.posts) == 1
    assert clock.monotonic() == 60
    assert [attempt.outcome for attempt in response.attempts] == ["unknown"]


async def test_lost_create_that_made_nothing_is_sent_again_unchanged(
    retry: Any, service: Any, order: Any, clock: VirtualClock
) -> None:
    server = service("lost")
    response = await retry()(order(7), server)
    assert response.status == 201
    first, second = server.posts
    assert first == second
    assert clock.monotonic() == 70  # two readings, 10 s apart
    assert len(server.items) == 1


async def test_create_without_a_look_up_says_what_to_look_for(retry: Any, script: Any, create: Any) -> None:
    with pytest.raises(UnknownOutcomeError, match="look for {'title': 't'}") as caught:
        await retry()(create(), script(504))
    assert caught.value.looked_for == {"title": "t"}
    assert caught.value.outcome == "unknown"
    assert [attempt.outcome for attempt in caught.value.attempts] == ["unknown"]


async def test_a_create_without_any_identity_still_warns(retry: Any, script: Any, create: Any) -> None:
    with pytest.raises(UnknownOutcomeError, match="check before sending it again"):
        await retry()(create(identity=None, body=None), script(504))


@pytest.mark.parametrize("failure", [Response(status=403), Response(status=200, body=b"{}"), LOST, KeyError("x")])
async def test_a_look_up_that_fails_leaves_the_outcome_unknown(
    failure: Any, retry: Any, service: Any, order: Any
) -> None:
    server = service("lost")
    server.list_fails = [failure] * 20
    with pytest.raises(UnknownOutcomeError) as caught:
        await retry()(order(7), server)
    assert caught.value.looked_for == {"tune_id": 3, "seed": 7}
    assert len(server.posts) == 1


async def test_accounts_idempotency_permits_sending_again_if_look_up_cannot_tell(
    retry: Any, service: Any, order: Any
) -> None:
    server = service("lost")
    server.list_fails = [Response(status=403)]
    assert (await retry(account_idempotency=True)(order(7), server)).status == 201
    assert [request.method for request in server.calls] == ["POST", "GET", "POST"]


async def test_create_without_a_look_up_is_resent_with_idempotency(retry: Any, script: Any, create: Any) -> None:
    send = script(504, 201)
    await retry(account_idempotency=True)(create(), send)
    assert send.times == [0, 60]


async def test_last_lost_create_that_made_nothing_raises_what_service_said(
    retry: Any, service: Any, order: Any
) -> None:
    response = await retry()(order(7, timeout=Timeout(total=80.0)), service("lost"))
    assert response.status == 504
    assert response.attempts[-1].outcome == "rejected"


async def test_last_lost_create_without_answer_says_that_it_made_nothing(retry: Any, service: Any, order: Any) -> None:
    with pytest.raises(TransportError, match="does not exist") as caught:
        await retry()(order(7, timeout=Timeout(total=80.0)), service(LOST))
    assert caught.value.outcome == "rejected"
    assert type(caught.value) is TransportError


async def test_create_that_timed_out_and_made_nothing_stays_a_timeout(retry: Any, service: Any, order: Any) -> None:
    late = RequestTimeoutError("no answer within 60 s", request_was_sent=True)
    with pytest.raises(RequestTimeoutError, match="does not exist") as caught:
        await retry()(order(7, timeout=Timeout(total=80.0)), service(late))
    assert caught.value.outcome == "rejected"


async def test_unknown_create_has_its_timeout_as_cause(retry: Any, script: Any) -> None:
    late = RequestTimeoutError("no answer within 60 s", request_was_sent=True)
    create = Request(method="POST", url="https://x.y/tunes", effect=Effect.CREATE)
    with pytest.raises(UnknownOutcomeError) as caught:
        await retry()(create, script(late))
    assert caught.value.__cause__ is late


async def test_without_time_for_a_second_look_the_outcome_is_unknown(retry: Any, service: Any, order: Any) -> None:
    server = service("lost")
    with pytest.raises(UnknownOutcomeError, match="the call's time was over"):
        await retry()(order(7, timeout=Timeout(total=65.0)), server)
    assert len(server.posts) == 1


async def test_lost_attempt_stays_unknown_whatever_became_of_the_later_ones(
    retry: Any, service: Any, order: Any
) -> None:
    server = service("lost")
    server.list_fails = [Response(status=403)]

    async def send(request: Request) -> Response:
        if request.method == "POST" and len(server.posts) == 1:
            server.calls.append(request)
            return Response.from_json(422, {"text": ["is odd"]})
        answer: Response = await server(request)
        return answer

    with pytest.raises(UnknownOutcomeError) as caught:
        await retry(account_idempotency=True)(order(7), send)
    assert [attempt.outcome for attempt in caught.value.attempts] == ["unknown", "rejected"]


async def test_delete_that_is_gone_after_a_lost_answer_is_done(retry: Any, script: Any) -> None:
    delete = Request(method="DELETE", url="https://x.y/tunes/1", effect=Effect.DELETE)
    assert (await retry()(delete, script(LOST, 404))).status == 200
    assert (await retry()(delete, script(404))).status == 404
    assert (await retry()(delete, script(429, 404))).status == 404


async def test_what_never_got_an_answer_is_raised_with_its_attempts(retry: Any, script: Any, get: Request) -> None:
    refused = [TransportError("refused", request_was_sent=False) for _ in range(6)]
    with pytest.raises(TransportError, match="refused") as caught:
        await retry()(get, script(*refused))
    assert len(caught.value.attempts) == 6
    assert caught.value.outcome == "not_sent"


async def test_one_deadline_holds_for_the_attempts_and_the_look_ups(retry: Any, service: Any, order: Any) -> None:
    server = service("made, lost")
    await retry()(order(7), server)
    assert {request.deadline for request in server.calls} == {900.0}


async def test_a_deadline_that_is_already_set_is_not_extended(retry: Any, script: Any, clock: VirtualClock) -> None:
    send = script(200)
    await retry()(Request(method="GET", url="https://x.y/z", deadline=5.0), send)
    assert send.requests[0].deadline == 5.0
    send = script(200)
    await retry()(Request(method="GET", url="https://x.y/z", timeout=Timeout(total=None)), send)
    assert send.requests[0].deadline == 900.0


async def test_a_look_up_takes_no_retry_of_the_budget(
    retry: Any, service: Any, order: Any, clock: VirtualClock
) -> None:
    class Empty:
        taken = 0

        def take(self) -> None:
            self.taken += 1

        def refund(self) -> None: ...
        def hold(self) -> float:
            return 500.0

    budget = Empty()
    server = service("made, lost")
    server.list_fails = [Response(status=429)] * 2
    await retry(budget=budget)(order(7), server)
    assert budget.taken == 0
    assert clock.monotonic() < 100


# --- Cancelled.


def around(service: Any, layer: Any = None) -> Send:
    """The chain inside Retry: a middleware of the user's, credentials, and the service."""
    return compose([*([layer] if layer else []), Auth("sd_key", base_url=API)], service)


@pytest.mark.parametrize("when", [5.0, 65.0])
async def test_cancelled_create_that_may_be_made_leaves_a_warning(
    when: float, retry: Any, service: Any, order: Any, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    server = service("made, lost")
    notes: list[str] = []

    async def slow(request: Request) -> Response:
        answer: Response = await server(request)
        await clock.sleep(10)
        return answer

    async def call() -> None:
        try:
            await retry()(order(7), around(slow))
        except BaseException as stop:
            notes.extend(getattr(stop, "__notes__", []))
            raise

    with caplog.at_level(logging.WARNING, "astria_async"):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)
            await clock.sleep(when)
            tasks.cancel_scope.cancel()
    text = "prompts.create /tunes/3/prompts was cancelled, and may have taken place: look for {'tune_id': 3, 'seed': 7}"
    assert notes == [f"astria_async: {text}"]
    assert [record.getMessage() for record in caplog.records] == [text]


async def test_create_that_is_cancelled_before_it_is_sent_leaves_nothing(
    retry: Any, service: Any, order: Any, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    async def waiting(request: Request, call_next: Send) -> Response:
        await clock.sleep(100)
        return await call_next(request)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(retry(), order(7), around(service(), waiting))
        await clock.sleep(5)
        tasks.cancel_scope.cancel()
    assert caplog.records == []
