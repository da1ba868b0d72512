"""A wait goes on until it is done, or until its own timeout, whatever becomes of single reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import anyio
import pytest

from astria_async import (
    APIError,
    AstriaError,
    AuthenticationError,
    DecodeError,
    GenerationFailedError,
    InsufficientBalanceError,
    Limits,
    NotFoundError,
    ParameterError,
    Prompt,
    Request,
    Response,
    RetryPolicy,
    Timeout,
    TransportError,
    Tune,
    WaitTimeoutError,
)
from astria_async.testing import VirtualClock
from astria_async.waiting.schedule import LONGEST, LONGEST_RETRY_AFTER

from ...support.replies import Replies

pytestmark = pytest.mark.anyio
TRAINED = "2026-01-01T12:00:00Z"


def tune(**fields: Any) -> Response:
    return Response.from_json(200, {"id": 1, **fields})


def error(status: int, **headers: str) -> Response:
    return Response(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})


PAGE = Response(status=502, headers={"content-type": "text/html"}, body=b"<html>bad gateway</html>")
FAILURES: dict[str, Response | Exception] = {
    "refused": TransportError("connection refused", request_was_sent=False),
    "lost": TransportError("reset", request_was_sent=True),
    "a foreign exception": ValueError("of a middleware\nin two lines"),
    "a page of 502": PAGE,
    "a page of 200": Response(status=200, headers={"content-type": "text/html"}, body=b"<html>back soon</html>"),
    "half an answer": Response(status=200, body=b'{"id": 1, "trai'),
    "another's answer": Response.from_json(200, {"id": 2, "trained_at": TRAINED}),
    **{str(status): error(status) for status in (408, 425, 429, 500, 503, 504, 520)},
}


class Outage:
    """Fails for some time, and is trained after it."""

    def __init__(self, clock: VirtualClock, failure: Response | Exception, begin: float, end: float) -> None:
        self.clock, self.failure, self.begin, self.end = clock, failure, begin, end
        self.times: list[float] = []

    def __call__(self, request: Request) -> Response:
        now = self.clock.monotonic()
        self.times.append(now)
        if self.begin <= now < self.end:
            if isinstance(self.failure, Exception):
                raise self.failure.with_traceback(None)
            return self.failure
        return tune(trained_at=TRAINED if now >= self.end else None)


@pytest.mark.parametrize("kind", FAILURES)
async def test_a_wait_outlasts_an_outage(kind: str, client: Any, clock: VirtualClock) -> None:
    service = Outage(clock, FAILURES[kind], 60, 2000)
    assert (await client(service).tunes.wait(1, timeout=3600)).id == 1
    assert 2000 <= clock.monotonic() <= 2000 + LONGEST
    pauses = [later - earlier for earlier, later in pairwise(service.times)]
    assert max(pauses) <= LONGEST + 2  # a limiter cools down after a 429
    assert pauses[:5] == sorted(pauses[:5])


@pytest.mark.parametrize("kind", FAILURES)
async def test_a_wait_ends_with_its_timeout_and_says_what_failed(kind: str, client: Any, clock: VirtualClock) -> None:
    with pytest.raises(
        WaitTimeoutError, match=r"^tune 1 was not done within 45 s; it was never read; .* reads failed"
    ) as caught:
        await client(Replies(FAILURES[kind])).tunes.wait(1, timeout=45)
    assert clock.monotonic() == 45
    assert "the last with: " in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_silent_read_does_not_outlast_the_timeout(client: Any, clock: VirtualClock) -> None:
    async def silent(request: Request) -> Response:
        await clock.sleep(10_000)
        raise AssertionError

    for timeout in (Timeout(), Timeout(attempt=None), Timeout(total=5, attempt=3)):
        began = clock.monotonic()
        with pytest.raises(WaitTimeoutError):
            await client(silent, timeout=timeout).tunes.wait(1, timeout=100)
        assert clock.monotonic() - began == 100


async def test_total_and_the_retry_policy_do_not_bound_a_wait(client: Any, clock: VirtualClock) -> None:
    service = Outage(clock, PAGE, 10, 500)
    astria = client(service, timeout=Timeout(total=5), retry=RetryPolicy(max_elapsed=5, max_attempts=1))
    assert (await astria.tunes.wait(1, timeout=None)).id == 1


async def test_polls_take_nothing_from_the_retry_budget(client: Any, clock: VirtualClock) -> None:
    astria = client(Outage(clock, PAGE, 0, 3000))
    before = astria._parts.budget._tokens
    await astria.tunes.wait(1)
    assert astria._parts.budget._tokens == before


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_a_status_that_will_not_change_is_raised_at_once(status: int, client: Any, clock: VirtualClock) -> None:
    service = Replies(error(status))
    with pytest.raises(APIError) as caught:
        await client(service).tunes.wait(1)
    assert caught.value.status == status
    assert (len(service.requests), clock.monotonic()) == (1, 0)


async def test_a_key_that_is_revoked_ends_a_wait(client: Any) -> None:
    with pytest.raises(AuthenticationError):
        await client(Replies(tune(), error(401))).tunes.wait(1)


async def test_an_empty_balance_ends_a_wait_at_any_status(client: Any) -> None:
    with pytest.raises(InsufficientBalanceError):
        await client(Replies(Response.from_json(500, {"error": "Not enough balance"}))).tunes.wait(1)


async def test_an_answer_of_another_shape_ends_a_wait(client: Any, clock: VirtualClock) -> None:
    with pytest.raises(DecodeError):
        await client(Replies(tune(images=5, created_at="never"))).prompts.wait(1)
    assert clock.monotonic() == 0


@pytest.mark.parametrize("age", [0.0, 30.0, -3600.0])
async def test_a_404_of_a_young_object_is_read_again(age: float, client: Any, clock: VirtualClock) -> None:
    young = Tune(id=1, created_at=clock.now() - timedelta(seconds=age))
    assert await client(Replies(error(404), error(404), tune(trained_at=TRAINED))).tunes.wait(young)


async def test_a_404_of_an_older_object_is_raised(client: Any, clock: VirtualClock) -> None:
    born = clock.now()
    with pytest.raises(NotFoundError):
        await client(Replies(error(404))).tunes.wait(Tune(id=1, created_at=born))
    assert 60 <= clock.monotonic() <= 75
    with pytest.raises(NotFoundError):
        await client(Replies(error(404))).prompts.wait(Prompt(id=1, created_at=born))
    assert clock.monotonic() <= 75


# --- Pauses.


@pytest.mark.parametrize(("asked", "waited"), [("40", 40.0), ("100000", LONGEST_RETRY_AFTER), ("0", 2.0)])
async def test_a_retry_after_is_obeyed_up_to_a_bound(
    asked: str, waited: float, client: Any, clock: VirtualClock
) -> None:
    await client(Replies(error(503, retry_after=asked), tune(trained_at=TRAINED))).tunes.wait(1)
    assert clock.monotonic() == waited


async def test_interval_holds_for_good_and_failed_reads(client: Any, clock: VirtualClock) -> None:
    times: list[float] = []

    def service(request: Request) -> Response:
        times.append(clock.monotonic())
        return tune() if len(times) < 4 else error(503) if len(times) < 7 else tune(trained_at=TRAINED)

    await client(service).tunes.wait(1, interval=1)
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses[:3] == [1, 1, 1]
    assert pauses[3:] == pytest.approx([2, 2.6, 3.38], abs=0.01), "they grow while reads fail"


async def test_what_is_known_to_be_done_is_not_read(client: Any, clock: VirtualClock) -> None:
    service = Replies(tune())
    done = Tune(id=1, trained_at=clock.now())
    assert await client(service).tunes.wait(done, timeout=0) is done
    assert not service.requests


async def test_the_first_read_does_not_wait(client: Any, clock: VirtualClock) -> None:
    await client(Replies(tune(trained_at=TRAINED))).tunes.wait(Tune(id=1), interval=30)
    assert clock.monotonic() == 0


async def test_a_wait_for_a_slot_counts(client: Any, clock: VirtualClock) -> None:
    async def slow(request: Request) -> Response:
        await clock.sleep(50)
        return tune()

    astria = client(slow, limits=Limits(max_in_flight=1))

    async def wait() -> None:
        with pytest.raises(WaitTimeoutError):
            await astria.tunes.wait(1, timeout=20)
        assert clock.monotonic() == 20

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(astria.tunes.retrieve, 1)
        tasks.start_soon(wait)


async def test_a_cancelled_wait_ends(client: Any, clock: VirtualClock) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(client(Replies(PAGE)).tunes.wait, 1)
        await clock.sleep(30)
        tasks.cancel_scope.cancel()
    assert clock.monotonic() == 30


@pytest.mark.parametrize("data", [None, [], "x", {"error": "x"}, {"id": None}, {"id": "1"}])
async def test_an_answer_without_the_object_means_not_yet(data: Any, client: Any) -> None:
    service = Replies(Response.from_json(200, data), tune(trained_at=TRAINED))
    assert (await client(service).tunes.wait(1)).id == 1
    assert len(service.requests) == 2


async def test_end_of_a_wait_does_not_hide_the_failure_before(client: Any) -> None:
    service = Replies(Response(status=429, headers={"retry-after": "86400"}))
    with pytest.raises(WaitTimeoutError, match=r"reads failed, the last with: 429 on GET /tunes/1"):
        await client(service).tunes.wait(1, timeout=600)


@pytest.mark.parametrize("name", ["timeout", "interval"])
@pytest.mark.parametrize("value", ["30", -1, float("nan"), True, timedelta(seconds=3), Decimal("NaN")])
async def test_what_is_not_a_time_is_refused(name: str, value: Any, client: Any) -> None:
    service = Replies(tune())
    with pytest.raises(ParameterError, match=rf"^{name}: .* is not a time; give seconds, 0 or more, or None$"):
        await client(service).tunes.wait(1, **{name: value})
    assert not service.requests


# --- Prompts.


@pytest.fixture
def wait_for_prompt(client: Any, clock: VirtualClock) -> Callable[..., Awaitable[Prompt]]:
    async def wait(*replies: dict[str, Any], **more: Any) -> Prompt:
        service = Replies(*(Response.from_json(200, {"id": 5, **fields}) for fields in replies))
        prompt: Prompt = await client(service).prompts.wait(5, **more)
        return prompt

    return wait


IMAGES = {"trained_at": TRAINED, "images": ["https://x.y/1"]}


async def test_an_error_that_goes_away_does_not_end_a_wait(wait_for_prompt: Any) -> None:
    assert await wait_for_prompt({}, {"user_error": "busy"}, {"user_error": "busy"}, {}, IMAGES)


async def test_an_error_that_stays_ends_a_wait(wait_for_prompt: Any, clock: VirtualClock) -> None:
    with pytest.raises(GenerationFailedError, match="no face"):
        await wait_for_prompt({}, {"user_error": "no face"})
    assert 60 <= clock.monotonic() <= 80


async def test_an_error_is_told_if_the_time_is_over_before(wait_for_prompt: Any) -> None:
    with pytest.raises(WaitTimeoutError, match="prompt 5 was not done within 9 s; .*which says: no face"):
        await wait_for_prompt({"user_error": "no face"}, timeout=9)


async def test_prompt_of_wait_is_one_that_was_asked_for(wait_for_prompt: Any) -> None:
    with pytest.raises(AstriaError, match="an answer about 6 instead of 5"):
        await wait_for_prompt({**IMAGES, "id": 6}, timeout=9)
