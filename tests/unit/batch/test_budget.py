"""The budget: whatever prices there are, what is paid and may come never exceeds the limit."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async.batch.budget import Budget, shape_of
from astria_async.jobs import Generation, Row

JOB = cast(Generation, None)


def row(number: int, shape: str) -> Row:
    return Row(number=number, job=JOB, label=str(number), shape=shape)


@pytest.mark.hypothesis
@given(
    prices=st.dictionaries(st.sampled_from("abc"), st.integers(0, 50), min_size=3, max_size=3),
    most=st.integers(0, 300),
    steps=st.lists(st.tuples(st.booleans(), st.sampled_from("abc"), st.booleans()), max_size=80),
    is_known=st.booleans(),
)
def test_limit_is_exceeded_only_by_a_first_row(
    prices: dict[str, int], most: int, steps: list[tuple[bool, str, bool]], is_known: bool
) -> None:
    budget = Budget(most, prices=prices if is_known else {}, spent=0, owed=0, price=None)
    under_way: dict[int, str] = {}
    paid, first = 0, set[str]()
    for number, (begins, shape, is_lost) in enumerate(steps):
        if begins or not under_way:
            was_known = budget.price_of(shape) is not None
            if budget.admit(row(number, shape)) == "now":
                under_way[number] = shape
                if not was_known:
                    assert shape not in first or is_lost, "two rows of an unknown price at once"
                    first.add(shape)
                paid += prices[shape]
                alone = sum(prices[each] for each in first)
                assert paid <= most + (0 if is_known else alone)
        else:
            number, shape = under_way.popitem()
            budget.settle(row(number, shape), prices[shape])
            first.discard(shape)
            first |= {shape} - {*budget.prices}


def test_unlimited_budget_admits_everything() -> None:
    budget = Budget(None, prices={}, spent=0, owed=0, price=None)
    assert [budget.admit(row(number, "a")) for number in range(5)] == ["now"] * 5


def test_lost_row_stays_owed() -> None:
    budget = Budget(100, prices={"a": 60}, spent=0, owed=0, price=None)
    assert budget.admit(row(1, "a")) == "now"
    budget.settle(row(1, "a"), None)
    assert budget.admit(row(2, "a")) == "never"


def test_unknown_price_goes_alone_until_it_is_seen() -> None:
    budget = Budget(100, prices={}, spent=0, owed=0, price=None)
    assert [budget.admit(row(number, "a")) for number in (1, 2)] == ["now", "later"]
    budget.note_price(row(1, "a"), 40)
    assert [budget.admit(row(number, "a")) for number in (2, 3)] == ["now", "later"]
    budget.settle(row(1, "a"), 40)
    assert budget.admit(row(3, "a")) == "later"
    budget.settle(row(2, "a"), 40)
    assert budget.admit(row(3, "a")) == "never"


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ({"text": "another"}, True),
        ({"seed": 2}, True),
        ({"num_images": 4}, False),
        ({"text": "a --remove_background"}, False),
        ({"super_resolution": True}, False),
        ({"input_image_url": "https://example.com/2.jpg"}, True),
    ],
)
def test_shape_is_what_moves_a_price(other: dict[str, Any], is_same: bool) -> None:
    base = {"text": "a", "seed": 1, "num_images": 2, "input_image_url": "https://example.com/1.jpg"}
    assert (shape_of(1, base) == shape_of(1, {**base, **other})) is is_same
    assert shape_of(1, base) != shape_of(2, base)
