"""Counts and lengths of time in words."""

from __future__ import annotations

import pytest

from astria_async.cli._shared.text import count_of, rough_duration, short_duration


def test_one_is_not_many() -> None:
    assert [count_of(number, "fault") for number in (0, 1, 2)] == ["0 faults", "1 fault", "2 faults"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.9, "0 s"), (59, "59 s"), (60, "1 min"), (7199, "1 h"), (86400 * 3, "3 d")]
)
def test_a_rough_duration_is_in_its_largest_unit(seconds: float, text: str) -> None:
    assert rough_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0004, "<1 ms"), (0.0123, "12 ms"), (0.9999, "1.00 s"), (31.5, "31.50 s")]
)
def test_a_short_duration_is_in_ms_below_a_second(seconds: float, text: str) -> None:
    assert short_duration(seconds) == text
