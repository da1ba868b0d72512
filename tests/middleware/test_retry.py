"""The loop: it sends, waits, looks a lost create up, and never makes a second object."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from astria_async import Effect, Request, Response, RetryPolicy, Send, Timeout, TransportError, UnknownOutcomeError
from astria_async._wire import LostCreate
from astria_async.middleware import Retry
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio
LOST = TransportError("reset", request_was_sent=True)
FOUND = Response.of_json(201, {"id": 99})


@pytest.fixture
def retry(clock: VirtualClock, dice: random.Random) -> Callable[..., Retry]:
    def make(**more: Any) -> Retry:
        return Retry(RetryPolicy(jitter=0.0), clock=clock, random=dice, **more)

    return make


def finds(*answers: Response | None | Exception) -> Any:
    """A look-up that gives these, one after the other, and keeps what it was asked."""
    left = list(answers)

    async def recover(lost: LostCreate, send: Send) -> Response | None:
        recover.asked.append(lost)  # type: ignore[attr-defined]
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    recover.asked = []  # type: ignore[attr-defined]
    return recover


async def test_a_good_answer_passes_unchanged(retry: Any, script: Any, get: Request) -> None:
    answer = Response.of_json(200, {"id": 1})
    assert await retry()(get, script(answer)) is answer


async def test_a_500_is_retried_after_30_60_and_120_seconds(
    retry: Any, script: Any, get: Request, clock: VirtualClock
) -> None:
    send = script(500, 500, 500, 200)
    response = await retry()(get, send)
    assert response.status == 200
    assert send.times == [0, 30, 90, 210]
    assert [attempt.result for attempt in response.attempts] == ["500", "500", "500", "200"]


async def test_a_lost_create_that_took_place_is_returned_and_not_sent_again(
    retry: Any, script: Any, create: Any, clock: VirtualClock
) -> None:
    recover, send = finds(FOUND), script(504)
    response = await retry()(create(recover=recover), send)
    assert response.json() == {"id": 99}
    assert len(send.requests) == 1
    assert clock.monotonic() == 60
    assert recover.asked[0].age == 60


async def test_a_lost_create_that_did_not_take_place_is_sent_again_just_as_it_was(
    retry: Any, script: Any, create: Any
) -> None:
    send = script(LOST, 201)
    response = await retry()(create(recover=finds(None)), send)
    assert response.status == 201
    assert send.requests[0] == send.requests[1]


async def test_a_create_that_cannot_be_looked_for_says_what_to_look_for(retry: Any, script: Any, create: Any) -> None:
    with pytest.raises(UnknownOutcomeError, match="look for {'title': 't'}") as caught:
        await retry()(create(), script(504))
    assert caught.value.looked_for == {"title": "t"}
    assert caught.value.outcome == "unknown"
    assert [attempt.outcome for attempt in caught.value.attempts] == ["unknown"]


async def test_a_create_without_any_identity_still_warns(retry: Any, script: Any, create: Any) -> None:
    with pytest.raises(UnknownOutcomeError, match="check before sending it again"):
        await retry()(create(identity=None, body=None), script(504))


@pytest.mark.parametrize("failure", [LOST, UnknownOutcomeError("two of them")])
async def test_a_look_up_that_fails_leaves_the_outcome_unknown(
    failure: Exception, retry: Any, script: Any, create: Any
) -> None:
    with pytest.raises(UnknownOutcomeError):
        await retry()(create(recover=finds(failure)), script(504))


@pytest.mark.parametrize("failure", [LOST, UnknownOutcomeError("two of them")])
async def test_the_accounts_idempotency_permits_sending_again_where_the_look_up_cannot_tell(
    failure: Exception, retry: Any, script: Any, create: Any
) -> None:
    recover = finds(failure)
    response = await retry(account_idempotency=True)(create(recover=recover), script(504, 201))
    assert response.status == 201
    assert len(recover.asked) == 1


async def test_with_idempotency_a_create_without_a_look_up_is_sent_again_after_a_minute(
    retry: Any, script: Any, create: Any
) -> None:
    send = script(504, 201)
    await retry(account_idempotency=True)(create(), send)
    assert send.times == [0, 60]


async def test_the_last_lost_create_that_made_nothing_raises_what_the_service_said(
    retry: Any, script: Any, create: Any
) -> None:
    policy_left = Timeout(total=80.0)
    response = await retry()(create(recover=finds(None), timeout=policy_left), script(504))
    assert response.status == 504
    assert response.attempts[-1].outcome == "rejected"


async def test_the_last_lost_create_without_an_answer_says_that_it_made_nothing(
    retry: Any, script: Any, create: Any
) -> None:
    with pytest.raises(TransportError, match="does not exist") as caught:
        await retry()(create(recover=finds(None), timeout=Timeout(total=80.0)), script(LOST))
    assert caught.value.outcome == "rejected"


async def test_a_delete_that_is_gone_after_a_lost_answer_is_done(retry: Any, script: Any) -> None:
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


async def test_one_deadline_holds_for_the_attempts_and_the_look_ups(
    retry: Any, script: Any, create: Any, get: Request
) -> None:
    seen: list[float | None] = []

    async def recover(lost: LostCreate, send: Send) -> Response | None:
        await send(get)
        return FOUND

    async def send(request: Request) -> Response:
        seen.append(request.deadline)
        return Response(status=504 if request.method == "POST" else 200)

    await retry()(create(recover=recover), send)
    assert seen == [900.0, 900.0]


async def test_a_deadline_that_is_already_set_is_not_extended(retry: Any, script: Any, clock: VirtualClock) -> None:
    send = script(200)
    await retry()(Request(method="GET", url="https://x.y/z", deadline=5.0), send)
    assert send.requests[0].deadline == 5.0
    send = script(200)
    await retry()(Request(method="GET", url="https://x.y/z", timeout=Timeout(total=None)), send)
    assert send.requests[0].deadline == 900.0
