"""What `Limits` refuses, in one line that names the parameter and the remedy."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest

from astria_async import ConfigurationError, Limits


def test_nonsense_limits_are_refused_with_every_problem_named() -> None:
    with pytest.raises(ConfigurationError, match="max_in_flight.*start.*cooldown"):
        Limits(max_in_flight=0, start=True, cooldown=-1)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("max_in_flight", [0, -1, True, 1.5, nan, "10", None, [1]]),
        ("start", [0, -1, True, 1.5, nan, "10", None, [1]]),
        ("adaptive", [1, 0, "yes", None]),
        ("cooldown", [-1, True, nan, inf, "1", None, 10**400]),
        ("max_cooldown", [-1, True, nan, inf, "1", None, 0.5]),
        ("requests_per_second", [0, -1, True, nan, inf, "4", 5e-324]),
        ("polling_share", [0, 1, -0.5, 1.5, True, nan, inf, "0.5", None]),
    ],
)
def test_a_limit_of_another_kind_is_refused_in_one_line(name: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(ConfigurationError, match=rf"^limits: {name}=.*(: give|raise it)") as caught:
            Limits(**{name: value})
        assert "\n" not in str(caught.value)
        assert ";" not in str(caught.value).replace("; raise it", "")


def test_value_shown_in_several_lines_is_refused_in_one() -> None:
    class Table:
        def __repr__(self) -> str:
            return "a table\n" * 100

    with pytest.raises(ConfigurationError) as caught:
        Limits(cooldown=Table())  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 150


def test_limits_at_the_edges_of_their_ranges_are_taken() -> None:
    Limits(max_in_flight=1, start=1, cooldown=0, max_cooldown=0, requests_per_second=0.01, polling_share=0.99)
    Limits(max_in_flight=10**6, start=10**6, cooldown=120, max_cooldown=120, requests_per_second=10**6)
