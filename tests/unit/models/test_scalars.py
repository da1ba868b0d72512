"""One value of a parameter: what means the same is taken, and what is refused has its remedy beside it."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum, StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from astria_async.errors import ParameterError
from astria_async.models import Inspection, Tune, UploadedFile
from astria_async.models.parameters.scalars import (
    as_flag,
    as_id,
    as_list,
    as_number,
    as_text,
    as_url,
    as_whole,
    each,
    filled_text,
    shown,
)


class Name(StrEnum):
    WOMAN = "woman"


class Colour(Enum):
    RED = "red"


class bool_:
    def __init__(self, value: bool) -> None:
        self._value = value

    def __bool__(self) -> bool:
        return self._value

    def __index__(self) -> int:
        return int(self._value)

    def __float__(self) -> float:
        return float(self._value)


class Array:
    """Several numbers, which no single one stands for."""

    def __index__(self) -> int:
        raise TypeError("only integer scalar arrays can be converted to a scalar index")

    def __float__(self) -> float:
        raise TypeError("only size-1 arrays can be converted to Python scalars")


@pytest.mark.parametrize(
    ("convert", "value", "converted"),
    [
        (as_text, "x", "x"), (as_text, Name.WOMAN, "woman"), (as_whole, 5, 5), (as_number, 5, 5), (as_number, 0.5, 0.5),
        (as_number, Decimal("0.5"), 0.5), (as_number, Fraction(1, 2), 0.5), (as_flag, True, True),
        (as_flag, bool_(False), False), (as_id, 7, 7), (as_url, "https://x/1", "https://x/1"),
    ],
)  # fmt: skip
def test_what_means_the_same_becomes_pythons_own_kind(convert: Any, value: Any, converted: Any) -> None:
    result = convert(value, "p")
    assert (result, type(result)) == (converted, type(converted))


@pytest.mark.parametrize(
    ("convert", "value", "problem"),
    [
        (as_text, b"x", "p: b'x' is not text; decode it"),
        (as_text, Colour.RED, "p: <Colour.RED: 'red'> is not text; pass its .value"),
        (as_text, UUID(int=0), "p: UUID('00000000-0000-0000-0000-000000000… is not text; pass str(...) of it"),
        (as_text, ["a"], "p: ['a'] is not text; pass a str"),
        (as_text, True, "p: True is not text; pass a str"),
        (as_whole, "5", "p: '5' is not a whole number; pass int('5')"),
        (as_whole, 5.0, "p: 5.0 is not a whole number; pass int(5.0)"),
        (as_whole, 5.5, "p: 5.5 is not a whole number; give a number such as 5"),
        (as_whole, Decimal(5), "p: Decimal('5') is not a whole number; pass int(Decimal('5'))"),
        (as_whole, False, "p: False is not a whole number; give a number such as 5"),
        (as_number, "0.5", "p: '0.5' is not a number; pass float('0.5')"),
        (as_number, b"5", "p: b'5' is not a number; give a number such as 0.5"),
        (as_number, 1j, "p: 1j is not a number; give a number such as 0.5"),
        (as_flag, "True", "p: 'True' is not True or False; pass one of these two"),
        (as_flag, 1, "p: 1 is not True or False; pass bool(...) of it"),
        (as_id, 0, "p: 0 is not an id; ids begin at 1"),
        (as_id, Tune(id=1), "p: a Tune was given; pass its id"),
        (as_id, Inspection(), "p: an Inspection was given; pass its id"),
        (as_url, "x", "p: 'x' is not a URL: begin it with https://; give a public https URL"),
        (as_url, " ", "p: it is empty; give a public https URL, or leave it out"),
        (as_url, " https://x/1", "p: the URL begins or ends with a blank or a newline; pass url.strip()"),
        (as_url, "https://x/1\n", "p: the URL begins or ends with a blank or a newline; pass url.strip()"),
        (as_url, Path("a"), "p: PosixPath('a') is not a URL; give a public https URL"),
        (as_url, type("HttpUrl", (), {})(), "p: HttpUrl is not text; pass str(...) of it"),
    ],
)
def test_what_is_refused_has_its_remedy_beside_it(convert: Any, value: Any, problem: str) -> None:
    with pytest.raises(ParameterError) as caught:
        convert(value, "p")
    assert str(caught.value) == problem


@pytest.mark.parametrize("convert", [as_whole, as_number])
@pytest.mark.parametrize("value", [Array(), bool_(True), True, None, object()])
def test_what_stands_for_no_single_number_is_refused(convert: Any, value: Any) -> None:
    with pytest.raises(ParameterError, match="^p: .* is not a "):
        convert(value, "p")


@pytest.mark.parametrize("values", ["ab", b"ab", Path("a"), {"a": 1}, 5, None])
def test_one_thing_is_not_a_list(values: Any) -> None:
    with pytest.raises(ParameterError, match=f"^p: give a list of ids, not {type(values).__name__}$"):
        as_list(values, "p", "ids")


def test_every_problem_of_a_list_is_told_at_once() -> None:
    with pytest.raises(ParameterError) as caught:
        each([1, "2", 0], "p", "ids", as_id)
    assert caught.value.problems == (
        "p[1]: '2' is not a whole number; pass int('2')",
        "p[2]: 0 is not an id; ids begin at 1",
    )
    assert each(iter([1, 2]), "p", "ids", as_id) == [1, 2]


def test_a_text_that_is_blank_is_told_with_the_remedy() -> None:
    assert filled_text(" a ", "title", "give one") == " a "
    for blank in ("", " \n"):
        with pytest.raises(ParameterError, match=r"^title: it is empty; give one$"):
            filled_text(blank, "title", "give one")


def test_a_value_is_shown_in_one_short_line() -> None:
    for value in ("x" * 10_000_000, b"x" * 10_000_000, "a\nb\n" * 100, [1] * 1000, UploadedFile(signed_id="s" * 999)):
        assert len(shown(value)) <= 40
        assert "\n" not in shown(value)
