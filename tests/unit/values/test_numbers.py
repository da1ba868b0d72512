"""Numbers of other libraries become Python's own; what is none is told apart, and never an exception."""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import Any

import pytest

from astria_async import Limits, RetryPolicy, Timeout
from astria_async._values.numbers import number_or_none, shown_value, whole_or_none


class Several:
    """As an array of several numbers: it has the methods of a number, and refuses them."""

    def __index__(self) -> int:
        raise TypeError("only integer scalar arrays can be converted to a scalar index")

    def __float__(self) -> float:
        raise TypeError("only 0-dimensional arrays can be converted to Python scalars")


class Five(IntEnum):
    ONE = 5


@pytest.mark.parametrize(
    ("value", "number"), [(5, 5), (0.5, 0.5), (Five.ONE, 5), (Decimal("0.5"), 0.5), (Fraction(1, 2), 0.5)]
)
def test_a_number_becomes_pythons_own(value: Any, number: float) -> None:
    found = number_or_none(value)
    assert found == number
    assert type(found) is type(number)


@pytest.mark.parametrize(
    "value",
    ["5", b"5", True, None, [], 3j, Several(), float("nan"), float("inf"), Decimal("sNaN"), 10**400, Fraction(10**400)],
)
def test_what_is_no_finite_number_is_none(value: Any) -> None:
    assert number_or_none(value) is None


@pytest.mark.parametrize("value", ["5", 5.0, True, Decimal(5), Several()])
def test_what_is_no_whole_number_is_none(value: Any) -> None:
    assert whole_or_none(value) is None


def test_a_value_is_shown_in_one_short_line() -> None:
    assert shown_value("a\nb") == "'a\\nb'"
    assert len(shown_value(10**400)) == 60


def test_settings_take_the_numbers_of_other_libraries() -> None:
    assert Timeout(total=Decimal(5)) == Timeout(total=5.0)  # type: ignore[arg-type]
    limits = Limits(max_in_flight=Five.ONE, cooldown=Fraction(1, 2))  # type: ignore[arg-type]
    assert (type(limits.max_in_flight), limits.cooldown) == (int, 0.5)
    policy = RetryPolicy(max_attempts=Five.ONE, jitter=Decimal("0.5"))  # type: ignore[arg-type]
    assert (type(policy.max_attempts), policy.jitter) == (int, 0.5)
    assert RetryPolicy().scaled(Decimal("0.5")).unknown_wait == 30.0  # type: ignore[arg-type]
