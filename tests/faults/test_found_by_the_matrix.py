"""What the matrix has found wrong, each as small as it can be shown."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from astria_async import (
    AsyncAstria,
    DecodeError,
    Response,
    RetryPolicy,
    Timeout,
    TransportError,
    UnknownOutcomeError,
    idempotency_title,
)
from astria_async.testing import (
    FakeAstria,
    MockTransport,
    VirtualClock,
    drop,
    fail,
    processed_then,
    rate_limited,
)

pytestmark = pytest.mark.anyio
TUNE = {"name": "woman", "image_urls": ["https://example.com/1.jpg"], "branch": "fast"}
ENDLESS = 20

Both = tuple[AsyncAstria, FakeAstria]


@pytest.fixture
def both() -> Callable[..., Both]:
    """A client and the stand-in that it talks to, in virtual time."""

    def make(**more: Any) -> Both:
        clock = VirtualClock()
        fake = FakeAstria(clock=clock, account_idempotency=more.get("account_idempotency", False))
        given = {"retry": RetryPolicy(jitter=0.0), "random": random.Random(7), **more}
        return AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock, **given), fake

    return make


async def test_outcome_left_unknown_by_failed_look_up_tells_of_attempts(both: Any) -> None:
    astria, fake = both()
    fake.script("POST /tunes", processed_then(504))
    fake.script("GET /tunes", fail(403))
    with pytest.raises(UnknownOutcomeError) as caught:
        await astria.tunes.create(**TUNE)
    assert [attempt.result for attempt in caught.value.attempts] == ["504"]


async def test_failed_last_look_up_proves_nothing_with_idempotency(both: Any) -> None:
    astria, fake = both(account_idempotency=True, timeout=Timeout(total=80.0))
    fake.script("POST /tunes", processed_then(504))
    fake.script("GET /tunes", fail(403))
    with pytest.raises(UnknownOutcomeError):
        await astria.tunes.create(**TUNE)
    assert len(fake.tunes) == 1


@pytest.mark.parametrize("then", [rate_limited(100_000), fail(422), fail(403), drop(request_was_sent=False)], ids=str)
async def test_with_idempotency_refused_second_attempt_says_nothing_of_first(then: Any, both: Any) -> None:
    astria, fake = both(account_idempotency=True)
    fake.script("POST /tunes", processed_then(504), *[then] * ENDLESS)
    fake.script("GET /tunes", *[fail(403)] * ENDLESS)
    title = idempotency_title("order", 1)
    with pytest.raises(UnknownOutcomeError) as caught:
        await astria.tunes.create(**TUNE, title=title)
    assert caught.value.looked_for == {"title": title}
    assert [tune.title for tune in fake.tunes] == [title]


async def test_last_look_up_takes_place_while_time_is_left(both: Any) -> None:
    """The next wait would be 240 s, and 210 s are left: to look for it, 60 s are enough."""
    astria, fake = both(timeout=Timeout(total=630.0))
    fake.script("POST /tunes", fail(504), fail(504), fail(504), processed_then(504))
    tune = await astria.tunes.create(**TUNE)
    assert [tune.id] == [stored.id for stored in fake.tunes]


async def test_look_up_that_takes_minutes_looks_no_less_far_back(both: Any) -> None:
    """It counted from when the look-up began, and took a tune older than that and its margin for another one's."""
    astria, fake = both()
    fake.script("POST /tunes", processed_then(504))
    fake.script("GET /tunes", fail(500), fail(500), fail(500))
    tune = await astria.tunes.create(**TUNE)
    assert [tune.id] == [stored.id for stored in fake.tunes]


async def test_updates_that_may_be_made_are_not_called_unsent(both: Any) -> None:
    astria, fake = both()
    tune = await astria.tunes.create(**TUNE)
    fake.script("PATCH /tunes/:id", processed_then(504), *[drop(request_was_sent=False)] * ENDLESS)
    with pytest.raises(TransportError) as caught:
        await astria.tunes.update(tune, title="new")
    assert caught.value.outcome == "unknown"


def a_page(times: int) -> Callable[[Any], Response]:
    """So many pages of HTML with status 200, and then what is empty: a like's answer."""
    left = [Response(status=200, headers={"content-type": "text/html"}, body=b"<p>Log in to the Wi-Fi</p>")] * times
    return lambda request: left.pop() if left else Response(status=201, headers={"content-type": "text/html"})


async def test_page_with_status_200_is_no_answer_of_the_services() -> None:
    def client(times: int) -> AsyncAstria:
        return AsyncAstria("sd_test", transport=MockTransport(a_page(times)), clock=VirtualClock())

    astria = client(1)
    raw = await astria.with_raw_response(astria.prompts.like(1))
    assert [attempt.result for attempt in raw.response.attempts] == ["200", "201"]
    with pytest.raises(DecodeError, match="a page of HTML.*Log in") as caught:
        await client(ENDLESS).prompts.like(1)
    assert caught.value.outcome == "unknown"
    with pytest.raises(UnknownOutcomeError):
        await client(1).themes.create(theme="spring", tunes=[1])
