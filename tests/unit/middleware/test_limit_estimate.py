"""The estimate: plain arithmetic with time as an argument."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async.middleware._limit_estimate import PROBE_EVERY, PROBE_LASTS, LimitEstimate, ending_of


def estimate(limit: float = 20, *, most: int = 64, cooldown: float = 1.0) -> LimitEstimate:
    return LimitEstimate(limit=limit, most=most, cooldown=cooldown)


def refused_at_20(*, cooldown: float = 1.0, pause: float = 1.0) -> LimitEstimate:
    """An estimate of 30, of which ten were refused at 0."""
    found = estimate(30, cooldown=cooldown)
    for number in range(10):
        found.refuse(began=-0.25, in_flight=30 - number, now=0.0, pause=pause)
    return found


@pytest.mark.parametrize(
    ("ending", "statuses"),
    [
        ("answered", [200, 201, 204, 302, 400, 401, 404, 422]),
        ("refused", [429]),
        ("overloaded", [503]),
        ("lost", [502, 504, *range(520, 530)]),
        ("failed", [408, 425, 500, 501, 505, 530]),
    ],
)
def test_each_status_has_one_ending(ending: str, statuses: list[int]) -> None:
    assert {ending_of(status) for status in statuses} == {ending}


def test_burst_that_was_too_many_shows_how_many_were_taken() -> None:
    assert refused_at_20().limit == 20


def test_answers_that_came_before_the_refusals_do_not_lower_it() -> None:
    found = estimate(30)
    for in_flight in (30, 24, 15, 11):  # in between, attempts that were taken ended
        found.refuse(began=-0.25, in_flight=in_flight, now=0.0, pause=1.0)
    assert found.limit == 26


def test_a_refusal_in_an_empty_house_halves_it() -> None:
    found = estimate(30)
    found.refuse(began=0.0, in_flight=1, now=1.0, pause=1.0)
    assert found.limit == 15


def test_at_the_ceiling_answers_do_not_grow_it() -> None:
    found = refused_at_20()
    for _ in range(100_000):
        found.grow(PROBE_EVERY - 0.1)
    assert found.limit == 20


def test_it_is_probed_once_when_its_time_has_come() -> None:
    found = refused_at_20()
    for _ in range(100):
        found.grow(PROBE_EVERY)
    assert found.limit == 21


def test_each_probe_that_holds_is_followed_by_twice_as_many() -> None:
    found, seen = refused_at_20(), []
    for step in range(8):
        found.grow(PROBE_EVERY + step * PROBE_LASTS)
        seen.append(found.limit)
    assert seen == [21, 23, 27, 35, 51, 64, 64, 64]


def test_probe_that_is_refused_costs_one_slot_and_begins_anew() -> None:
    found = refused_at_20()
    found.grow(30.0)
    found.refuse(began=30.1, in_flight=21, now=30.1, pause=1.0)
    assert found.limit == 20
    found.grow(60.0)
    assert found.limit == 20
    found.grow(60.1)
    assert found.limit == 21


def test_a_longer_pause_makes_probes_rarer() -> None:
    found = refused_at_20(pause=20.0)
    found.grow(599.0)
    assert found.limit == 20
    found.grow(600.0)
    assert found.limit == 21


def test_years_at_the_most_change_nothing() -> None:
    found = refused_at_20()
    for step in range(10_000):
        found.grow(PROBE_EVERY + step * PROBE_LASTS)
    assert found.limit == 64


def test_after_overload_it_grows_by_one_round_up_to_ceiling() -> None:
    found = refused_at_20()
    found.overload(began=2.0, in_flight=20, now=3.0)
    assert found.limit == 10
    for _ in range(10):
        found.grow(4.0)
    assert 10.9 < found.limit <= 11
    for _ in range(1000):
        found.grow(5.0)
    assert found.limit == 20


events = st.tuples(
    st.sampled_from(["grow", "refuse", "overload", "lose"]),
    st.floats(0, 5),  # how long the attempt took
    st.floats(0, 40),  # how much later than the last one it ended
    st.integers(1, 70),  # how many were in flight
)


@given(st.lists(events, max_size=60), st.integers(1, 64), st.sampled_from([0.0, 0.05, 1.0, 20.0]))
def test_it_stays_between_one_and_most_and_below_ceiling(
    happened: list[tuple[str, float, float, int]], limit: int, cooldown: float
) -> None:
    found, now = estimate(limit, cooldown=cooldown), 0.0
    for number, (what, took, later, in_flight) in enumerate(happened):
        now += later
        before = found.limit
        ended = {"began": now - took, "in_flight": in_flight, "now": now}
        match what:
            case "grow":
                found.grow(now)
                assert found.limit >= before
            case "refuse":
                found.refuse(**ended, pause=cooldown)  # type: ignore[arg-type]
                assert found.ceiling < inf
            case "overload":
                found.overload(**ended)
            case _:
                found.lose(**ended, number=number)  # type: ignore[arg-type]
        if what != "grow":
            assert max(1.0, before / 2) <= found.limit <= before
        assert 1 <= found.limit <= min(64, found.ceiling)
