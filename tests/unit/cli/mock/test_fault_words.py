"""Faults in words."""

from __future__ import annotations

import pytest

from astria_async.cli.mock.fault_file import HELP
from astria_async.cli.mock.fault_words import NAMES, InvalidFaultError, parse_fault
from astria_async.testing import (
    Fault,
    delayed,
    drop,
    fail,
    ok,
    processed_later,
    processed_then,
    rate_limited,
    truncated,
)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("ok", ok()),
        ("delayed 2.5", delayed(2.5)),
        ("fail 500", fail(500)),
        ("  fail   422 ", fail(422)),
        ("processed_then 504", processed_then(504)),
        ("processed_later 504 60", processed_later(504, 60)),
        ("rate_limited", rate_limited()),
        ("rate_limited 30", rate_limited(30)),
        ("drop", drop()),
        ("drop processed", drop(processed=True)),
        ("truncated", truncated()),
    ],
)
def test_each_fault_has_words(words: str, fault: Fault) -> None:
    assert parse_fault(words) == fault
    assert words.split()[0] in HELP


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("explode", "'explode' is not a fault; use one of ok, delayed, fail,"),
        ("", "'' is not a fault"),
        ("fail", "'fail' takes 1 number, not 0"),
        ("fail 500 3", "'fail' takes 1 number, not 2"),
        ("fail often", "'fail often' is not a fault"),
        ("rate_limited 1 2", "'rate_limited' takes 0 or 1 number, not 2"),
        ("fail 99", "99 is not an HTTP status"),
        ("fail 500.5", "500.5 is not an HTTP status"),
        ("delayed nan", "give finite numbers, 0 or more"),
        ("delayed -1", "give finite numbers, 0 or more"),
        ("delayed inf", "give finite numbers, 0 or more"),
    ],
)
def test_words_that_are_not_a_fault_say_why(words: str, why: str) -> None:
    with pytest.raises(InvalidFaultError) as caught:
        parse_fault(words)
    assert str(caught.value).startswith(why)


def test_the_help_lists_each_fault() -> None:
    listed = [line.split("  ")[1].split() for line in HELP.splitlines() if line.startswith("  ")]
    assert {name for name in NAMES} <= {" ".join(word for word in words if word.islower()) for words in listed}
