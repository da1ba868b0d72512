"""The decision what to do next: pure, so every row of the rules can be held to the second."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async import Body, FilePart, Request, Response, RetryPolicy, Timeout, TransportError
from astria_async._wire import Effect, Identity, Lookup
from astria_async.errors import UnexpectedError
from astria_async.middleware.policy import LOOKING, Decision, Happened, LookUp, Stop, Wait, outcome_of

STEADY = RetryPolicy(jitter=0.0)
NOT_SENT = TransportError("refused", request_was_sent=False)
LOST = TransportError("reset", request_was_sent=True)
LOOKUP = Lookup(list_url="https://api.astria.ai/tunes", root="tune")
GET = Request(method="GET", url="https://api.astria.ai/tunes/1")


def decide(happened: Happened | int, request: Request = GET, policy: RetryPolicy = STEADY, **more: Any) -> Decision:
    facts: dict[str, Any] = {"attempt": 1, "streak": 1, "left": 900.0, "retry_after": None, **more}
    answer = Response(status=happened) if isinstance(happened, int) else happened
    return policy.decide(answer, request, random=random.Random(1), **facts)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 426])
def test_what_the_service_refused_is_never_sent_again(status: int, create: Callable[..., Request]) -> None:
    assert decide(status) == Stop()
    assert decide(status, create(lookup=LOOKUP), account_idempotency=True) == Stop()


@pytest.mark.parametrize(
    ("happened", "seconds"),
    [(429, 2.0), (500, 30.0), (502, 1.0), (503, 30.0), (504, 1.0), (NOT_SENT, 0.5), (LOST, 1.0)],
)
def test_a_read_is_sent_again_after_the_documented_wait(happened: Happened | int, seconds: float) -> None:
    assert decide(happened) == Wait(seconds)


@pytest.mark.parametrize(("happened", "seconds"), [(500, 30.0), (502, 60.0), (503, 30.0), (504, 60.0), (LOST, 60.0)])
def test_create_that_may_have_taken_place_is_looked_for_first(
    happened: Happened | int, seconds: float, create: Callable[..., Request]
) -> None:
    assert decide(happened, create(lookup=LOOKUP)) == LookUp(seconds, again=True, settled_in=seconds)


@pytest.mark.parametrize(("happened", "seconds"), [(429, 2.0), (NOT_SENT, 0.5)])
def test_a_create_that_made_nothing_is_simply_sent_again(
    happened: Happened | int, seconds: float, create: Callable[..., Request]
) -> None:
    assert decide(happened, create()) == Wait(seconds)


def test_create_that_cannot_be_looked_for_is_not_sent_again(create: Callable[..., Request]) -> None:
    assert decide(504, create()) == Stop()
    assert decide(504, create(identity=None), account_idempotency=True) == Stop()


def test_the_accounts_idempotency_permits_what_cannot_be_looked_for(create: Callable[..., Request]) -> None:
    assert decide(504, create(), account_idempotency=True) == LookUp(60.0, again=True, settled_in=60.0)


def test_two_hundred_without_an_id_counts_as_no_answer(create: Callable[..., Request]) -> None:
    unreadable = create(lookup=LOOKUP, accepts=lambda response, request: False)
    assert decide(200, unreadable) == LookUp(60.0, again=True, settled_in=60.0)
    assert decide(200, create(accepts=lambda response, request: True)) == Stop()


def test_the_answer_has_to_be_about_what_was_asked(create: Callable[..., Request]) -> None:
    seen: list[Request] = []

    def about(response: Response, request: Request) -> bool:
        seen.append(request)
        return response.status == 201

    request = create(lookup=LOOKUP, accepts=about)
    assert decide(201, request) == Stop()
    assert decide(200, request) == LookUp(60.0, again=True, settled_in=60.0)
    assert all(one is request for one in seen)


@pytest.mark.parametrize("status", [200, 400, 402, 403, 422, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [b'{"base": ["Not enough balance"]}', b"<b>NOT</b> enough\n balance"])
def test_what_cannot_be_paid_for_is_never_sent_again(status: int, body: bytes, create: Callable[..., Request]) -> None:
    answer = Response(status=status, body=body)
    request = create(lookup=LOOKUP, accepts=lambda response, request: False)
    assert decide(answer, request, retry_after=1.0) == Stop()
    assert outcome_of(answer, request) == "rejected"
    assert decide(answer, Request(method="GET", url=GET.url, accepts=lambda response, request: False)) == Stop()


@pytest.mark.parametrize("status", [408, 425])
def test_a_server_that_waited_in_vain_is_asked_again(status: int, create: Callable[..., Request]) -> None:
    assert decide(status) == Wait(0.5)


def test_create_is_looked_for_after_408_and_resent_after_425(create: Callable[..., Request]) -> None:
    assert decide(408, create(lookup=LOOKUP)) == LookUp(60.0, again=True, settled_in=60.0)
    assert decide(408, create()) == Stop()
    assert decide(425, create()) == Wait(0.5)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize("effect", [Effect.READ, Effect.UPDATE, Effect.DELETE])
def test_redirect_is_never_an_answer_and_not_worth_another_attempt(status: int, effect: Effect) -> None:
    request = Request(method="GET", url=GET.url, effect=effect)
    assert decide(status, request) == Stop()
    may_be_done = status in (302, 303) and effect is not Effect.READ
    assert outcome_of(Response(status=status), request) == ("unknown" if may_be_done else "rejected")


@pytest.mark.parametrize("status", [302, 303])
def test_create_that_is_redirected_is_only_looked_for(status: int, create: Callable[..., Request]) -> None:
    assert decide(status, create(lookup=LOOKUP)) == LookUp(60.0, again=False, settled_in=60.0)
    assert decide(status, create()) == Stop()
    assert outcome_of(Response(status=status), create()) == "unknown"


@pytest.mark.parametrize("status", [100, 101, 199, 600, 999])
def test_a_status_that_means_nothing_leaves_a_creates_outcome_unknown(
    status: int, create: Callable[..., Request]
) -> None:
    assert decide(status, create(lookup=LOOKUP)) == LookUp(60.0, again=True, settled_in=60.0)


def test_a_page_of_html_is_as_good_as_no_answer(create: Callable[..., Request]) -> None:
    page = Response(status=200, headers={"Content-Type": "text/html"}, body=b"<html>login</html>")
    assert decide(page, create(lookup=LOOKUP)) == LookUp(60.0, again=True, settled_in=60.0)
    assert decide(page) == Wait(1.0)


FOREIGN = UnexpectedError("KeyError: 'x'", request_was_sent=True)
FOREIGN_UNSENT = UnexpectedError("KeyError: 'x'", request_was_sent=False)


def of_the_network(request_was_sent: bool) -> UnexpectedError:
    error = UnexpectedError("OSError: broken pipe", request_was_sent=request_was_sent)
    error.__cause__ = OSError("broken pipe")
    return error


def test_foreign_exceptions_are_not_retried_but_creates_looked_for(
    create: Callable[..., Request],
) -> None:
    assert decide(FOREIGN) == decide(FOREIGN_UNSENT) == decide(FOREIGN_UNSENT, create(lookup=LOOKUP)) == Stop()
    assert decide(FOREIGN, create(lookup=LOOKUP)) == LookUp(60.0, again=False, settled_in=60.0)
    assert decide(FOREIGN, create()) == Stop()


def test_an_operating_systems_error_is_the_networks_whoever_raised_it(create: Callable[..., Request]) -> None:
    assert decide(of_the_network(True)) == Wait(1.0)
    assert decide(of_the_network(False)) == Wait(0.5)
    assert decide(of_the_network(True), create(lookup=LOOKUP)) == LookUp(60.0, again=True, settled_in=60.0)
    assert decide(of_the_network(False), create(lookup=LOOKUP)) == Wait(0.5)


@pytest.mark.parametrize("name", ["unknown_wait", "server_error_wait"])
@pytest.mark.parametrize("happened", [LOST, 500, 502, 503, 504, 408])
def test_policies_look_for_creates_after_30_seconds_at_least(
    name: str, happened: Happened | int, create: Callable[..., Request]
) -> None:
    hasty = RetryPolicy(jitter=0.0, unknown_wait=0.0, server_error_wait=0.0)
    for again in (1, 6):
        decision = decide(happened, create(lookup=LOOKUP), hasty, attempt=again)
        assert isinstance(decision, LookUp)
        assert decision.seconds == 30.0
    assert decide(happened, create(), hasty, account_idempotency=True) == LookUp(30.0, again=True, settled_in=30.0)


@given(
    st.floats(0, 300), st.floats(0, 300), st.floats(0, 1), st.integers(1, 9), st.integers(1, 9),
    st.sampled_from([LOST, 408, 500, 502, 503, 504, 520]), st.booleans(),
)  # fmt: skip
def test_create_that_may_be_made_is_never_simply_resent(
    unknown: float, server: float, jitter: float, attempt: int, streak: int, happened: Happened | int, setting: bool
) -> None:
    policy = RetryPolicy(unknown_wait=unknown, server_error_wait=server, jitter=jitter, max_wait=300.0)
    request = Request(
        method="POST", url="https://x.y/tunes", effect=Effect.CREATE, lookup=LOOKUP, identity=Identity.TUNE_TITLE
    )
    decision = decide(happened, request, policy, attempt=attempt, streak=streak, account_idempotency=setting, left=1e6)
    assert isinstance(decision, LookUp)
    assert decision.seconds >= 30.0


def test_an_empty_budget_does_not_hold_up_a_look_up(create: Callable[..., Request]) -> None:
    assert decide(504, create(lookup=LOOKUP), hold=500.0) == LookUp(60.0, again=True, settled_in=60.0)
    assert decide(504, hold=500.0) == Wait(500.0)


def test_waits_double_while_same_goes_on_up_to_longest() -> None:
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


def test_lost_create_is_looked_for_even_after_the_last_attempt(create: Callable[..., Request]) -> None:
    assert decide(504, create(lookup=LOOKUP), attempt=6) == LookUp(60.0, again=False, settled_in=60.0)


def test_nothing_is_waited_for_beyond_the_deadline(create: Callable[..., Request]) -> None:
    assert decide(500, left=30.0) == Stop()
    assert decide(504, create(lookup=LOOKUP), left=60.0) == Stop()


def test_create_is_not_started_without_time_to_find_out(create: Callable[..., Request]) -> None:
    request = create(lookup=LOOKUP)
    whole = 60.0 + 30.0 + 60.0 + LOOKING  # this wait, the server's time, and another look-up
    assert decide(504, request, left=whole) == LookUp(60.0, again=False, settled_in=60.0)
    assert decide(504, request, left=whole + 0.1) == LookUp(60.0, again=True, settled_in=60.0)
    assert decide(NOT_SENT, request, left=30.5) == Stop()
    assert decide(NOT_SENT, request, left=30.6) == Wait(0.5)


def test_caller_who_sets_a_shorter_attempt_asked_for_less_margin(create: Callable[..., Request]) -> None:
    request = create(lookup=LOOKUP, timeout=Timeout(attempt=5.0))
    assert decide(504, request, left=60.0 + 5.0 + 60.0 + LOOKING) == LookUp(60.0, again=False, settled_in=60.0)
    assert decide(504, request, left=60.0 + 5.0 + 60.0 + LOOKING + 0.1) == LookUp(60.0, again=True, settled_in=60.0)


def test_file_that_is_read_once_is_resent_only_unsent(create: Callable[..., Request]) -> None:
    part = FilePart(name="a", content_type="image/png", source=b"", size=None, rewindable=False)
    body = Body({"tune": {"title": "t", "images": [part]}})
    assert decide(LOST, create(body=body, lookup=LOOKUP)) == LookUp(60.0, again=False, settled_in=60.0)
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


def test_settled_in_is_the_wait_without_its_jitter(create: Callable[..., Request]) -> None:
    jitter = 0.25
    longer = 1 + jitter * random.Random(1).random()
    decision = decide(504, create(lookup=LOOKUP), RetryPolicy(jitter=jitter))
    assert decision == LookUp(60.0 * longer, again=True, settled_in=60.0)
