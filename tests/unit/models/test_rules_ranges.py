"""The documented ranges, at their ends and beyond; and names, which are never refused."""

from __future__ import annotations

import math
from decimal import Decimal
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async.models import PackRunParams, PromptParams, TuneParams
from astria_async.models.parameters.params import Params
from astria_async.models.parameters.rules import check

RANGES = {
    "num_images": (1, 8),
    "seed": (-1, 2**32),
    "steps": (0, 50),
    "cfg_scale": (0, 15),
    "denoising_strength": (0, 1),
    "controlnet_conditioning_scale": (0, 1),
}
WHOLE = ("num_images", "seed", "steps")
FRACTIONAL = [name for name in RANGES if name not in WHOLE]


def problems_of(params: Params) -> list[str]:
    return check(params).problems


def problems(**keywords: Any) -> list[str]:
    return problems_of(PromptParams(**{"text": "a cat", **keywords}))


@pytest.mark.parametrize(("name", "low", "high"), [(name, *ends) for name, ends in RANGES.items()])
def test_both_ends_of_a_range_belong_to_it(name: str, low: int, high: int) -> None:
    assert problems(**{name: low}) == problems(**{name: high}) == []
    for outside in (low - 1, high + 1):
        assert problems(**{name: outside}) == [f"{name}: {outside} is outside {low} to {high}"]


@pytest.mark.parametrize("name", FRACTIONAL)
def test_a_range_of_numbers_has_no_gaps(name: str) -> None:
    low, high = RANGES[name]
    assert problems(**{name: (low + high) / 2}) == []
    for outside in (math.nextafter(low, -1), math.nextafter(high, 99)):
        assert problems(**{name: outside}) == [f"{name}: {outside!r} is outside {low} to {high}"]


@given(st.sampled_from(WHOLE), st.integers())
def test_a_whole_number_is_taken_exactly_within_its_range(name: str, value: int) -> None:
    low, high = RANGES[name]
    assert (problems(**{name: value}) == []) is (low <= value <= high)


@given(st.sampled_from(FRACTIONAL), st.floats() | st.integers())
def test_a_number_is_taken_exactly_within_its_range(name: str, value: float) -> None:
    low, high = RANGES[name]
    assert (problems(**{name: value}) == []) is (low <= value <= high)


@pytest.mark.parametrize("name", ["w", "h"])
@given(value=st.integers(-10_000, 10_000))
def test_a_size_is_a_multiple_of_8(name: str, value: int) -> None:
    assert (problems(**{name: value}) == []) is (value >= 8 and value % 8 == 0)


@pytest.mark.parametrize(("value", "nearest"), [(513, 512), (516, 512), (517, 520), (9, 8), (1023, 1024)])
def test_a_wrong_size_is_told_a_right_one(value: int, nearest: int) -> None:
    assert problems(w=value) == [f"w: {value} is not a multiple of 8; {nearest} is"]


def test_a_size_that_is_no_size_is_told_so() -> None:
    assert problems(h=0) == ["h: 0 is below 8"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_finite_number_is_refused(value: float) -> None:
    assert problems(cfg_scale=value) == [f"cfg_scale: {value!r} is not a number; give a finite one"]


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("num_images", 2.0, "a whole number; pass int(2.0)"),
        ("num_images", True, "a whole number; give a number such as 5"),
        ("seed", "7", "a whole number; pass int('7')"),
        ("seed", 1.5, "a whole number; give a number such as 5"),
        ("pack_id", "7", "a whole number; pass int('7')"),
        ("cfg_scale", "3", "a number; pass float('3')"),
        ("cfg_scale", True, "a number; give a number such as 0.5"),
        ("film_grain", "True", "True or False; pass one of these two"),
        ("film_grain", 1, "True or False; pass bool(...) of it"),
        ("negative_prompt", ["a"], "text; pass a str"),
        ("callback", Path("a"), "a URL; give a public https URL"),
        ("input_image_url", Path("a.jpg"), "a URL; a file goes into input_image, as Path(...)"),
        ("source_image_url", Path("a.jpg"), "a URL; give a public https URL"),
        ("video_model", 3, "text; pass str(...) of it"),
        ("negative_prompt", b"a", "text; decode it"),
        ("resolution", 2, "text; pass str(...) of it"),
    ],
)
def test_a_value_of_another_type_is_refused(name: str, value: Any, what: str) -> None:
    (problem, *_) = problems(text="a cat --video kling", **{name: value})
    assert problem == f"{name}: {value!r} is not {what}"


class Int64:
    """A whole number of another library, such as numpy's."""

    def __index__(self) -> int:
        return 7


class Float32:
    """A number of another library."""

    def __float__(self) -> float:
        return 0.5


def test_numbers_of_other_libraries_become_pythons_own() -> None:
    params: Any = PromptParams(
        text="x", seed=Int64(), w=Whole(512), cfg_scale=Float32(), steps=Whole(5), denoising_strength=Decimal("0.5")
    )  # type: ignore[arg-type]
    values = check(params).values
    assert values == {"text": "x", "seed": 7, "w": 512, "cfg_scale": 0.5, "steps": 5, "denoising_strength": 0.5}
    assert {type(value) for value in values.values()} == {str, int, float}


class Whole(IntEnum):
    SIZE = 512
    STEPS = 5


class Style(StrEnum):
    FANTASY = "Fantasy art"


def test_members_of_enums_are_what_they_stand_for() -> None:
    values = check(PromptParams(text="x", style=Style.FANTASY)).values
    assert (values["style"], type(values["style"])) == ("Fantasy art", str)


def test_without_validation_numbers_are_converted_all_the_same() -> None:
    params: Any = PromptParams(seed=Int64(), text=3)  # type: ignore[arg-type]
    assert check(params, validate=False).values == {"seed": 7, "text": 3}


def test_text_that_is_none_is_told_once() -> None:
    assert problems(text=3) == ["text: 3 is not text; pass str(...) of it"]
    order = TuneParams(name="cat", image_urls=["https://x"], title=1234)  # type: ignore[arg-type]
    assert problems_of(order) == ["title: 1234 is not text; pass str(...) of it"]


def test_a_long_value_is_shown_in_part() -> None:
    (problem,) = problems(negative_prompt=["x" * 10_000])
    assert len(problem) < 100


@pytest.mark.parametrize("params", [PromptParams, TuneParams, PackRunParams])
@given(data=st.data())
def test_a_name_that_is_not_known_is_never_refused(params: Any, data: st.DataObject) -> None:
    open_names = [spec.name for spec in attrs.fields(params) if "Literal" in str(spec.type)]
    open_names += [name for name in ("aspect_ratio", "scheduler", "style") if params is PromptParams]
    name = data.draw(st.sampled_from(open_names))
    needed: dict[str, Any] = {"text": "x"} if params is PromptParams else {"name": "cat", "image_urls": ["https://x"]}
    assert problems_of(params(**needed, **{name: data.draw(st.text())})) == []


def test_names_of_controlnets_and_video_models_are_open_too() -> None:
    assert problems(controlnet="new", input_image_url="https://x", video_model="new_9", video_prompt="y") == []


@pytest.mark.parametrize("value", [0, -1])
def test_a_tunes_numbers_are_positive(value: int) -> None:
    for name, problem in (("steps", "is below 1"), ("base_tune_id", "is not an id; ids begin at 1")):
        params = TuneParams(**{"name": "cat", "image_urls": ["https://x"], name: value})  # type: ignore[arg-type]
        assert problems_of(params) == [f"{name}: {value} {problem}"]
