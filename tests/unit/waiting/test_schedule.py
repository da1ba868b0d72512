"""When to look next, and whether to look by pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async import Prompt, Tune
from astria_async.waiting.schedule import LONGEST, SHORTEST, Durations, is_worth_a_page, pause, pause_after_failure

BORN = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = st.floats(0, 1e6)


@given(age=SECONDS, expected=st.none() | SECONDS, pending=st.integers(1, 20_000))
def test_a_pause_is_neither_long_nor_short(age: float, expected: float | None, pending: int) -> None:
    seconds = pause(age, expected=expected, pending=pending)
    assert SHORTEST <= seconds <= min(LONGEST, max(SHORTEST, age / 10))


@given(younger=SECONDS, older=SECONDS)
def test_pauses_grow_with_the_age(younger: float, older: float) -> None:
    younger, older = sorted((younger, older))
    assert pause(younger, expected=None, pending=1) <= pause(older, expected=None, pending=1)


def test_a_guess_makes_a_cheap_look_earlier() -> None:
    assert pause(100, expected=104, pending=1) == 4
    assert pause(100, expected=101, pending=1) == SHORTEST
    assert pause(100, expected=300, pending=1) == 10
    assert pause(100, expected=90, pending=1) == 10
    assert pause(100, expected=104, pending=121) == 10


def test_failures_make_pauses_longer_up_to_a_bound() -> None:
    assert [round(pause_after_failure(0, failures, 0, None), 2) for failures in (1, 2, 3, 99)] == [2, 2.6, 3.38, 15]
    assert pause_after_failure(0, 1, 40, None) == 40
    assert pause_after_failure(0, 1, 1e6, None) == 120
    assert pause_after_failure(0, 1, 0, 30) == 30
    assert pause_after_failure(1000, 1, 0, 1) == 15


@pytest.mark.parametrize(
    ("ids", "at", "span", "is_so"),
    [
        ([5], 0, None, False),
        ([9, 5], 0, None, True),
        ([9, 5], 1, None, False),
        ([900, 5], 0, 100, False),
        ([900, 850, 5], 0, 100, True),
        ([900, 850, 5], 1, 100, False),
        ([900, 800], 0, 100, False),
    ],
)
def test_a_page_is_worth_it_for_two(ids: list[int], at: int, span: int | None, is_so: bool) -> None:
    assert is_worth_a_page(ids, at, span) is is_so


def test_what_the_service_says_goes_before_what_was_learnt() -> None:
    durations = Durations()
    prompt = Prompt(id=1, tune_id=3, created_at=BORN, trained_at=BORN + timedelta(seconds=40))
    durations.learn(prompt)
    assert durations.expected(Prompt(id=2, tune_id=3), 5) == 40
    assert durations.expected(Prompt(id=2, tune_id=4), 5) is None
    assert durations.expected(None, 5) is None
    said = Prompt(id=2, tune_id=3, progress_timing_seconds=30, progress_elapsed_seconds=10)
    assert durations.expected(said, 12) == 32
    tune = Tune(id=1, created_at=BORN, eta=BORN + timedelta(seconds=630))
    assert durations.expected(tune, 5) == 630


def test_the_last_durations_count_most() -> None:
    durations = Durations()
    for seconds in [10] * 20 + [30] * 20:
        durations.learn(Prompt(id=1, tune_id=3, created_at=BORN, trained_at=BORN + timedelta(seconds=seconds)))
    assert 29 < (durations.expected(Prompt(id=2, tune_id=3), 0) or 0) <= 30


def test_only_so_many_models_are_remembered() -> None:
    durations = Durations(most=2)
    for tune in (1, 2, 3):
        durations.learn(Prompt(id=1, tune_id=tune, created_at=BORN, trained_at=BORN))
    known = [durations.expected(Prompt(id=1, tune_id=tune), 0) for tune in (1, 2, 3)]
    assert known == [None, 0, 0]
