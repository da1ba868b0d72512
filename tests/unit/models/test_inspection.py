"""What the service sees in pictures, and how it is folded into a tune's characteristics."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async.models import Inspection, characteristics_of, warnings_of


@pytest.mark.parametrize("nothing", ["", "NONE", "none", " None ", None])
def test_none_is_written_in_several_ways(nothing: str | None) -> None:
    assert Inspection(glasses=nothing, eye_color="brown") == Inspection(eye_color="brown")


def seen(*values: str | None) -> list[Inspection]:
    return [Inspection(hair_color=value) for value in values]


@pytest.mark.parametrize(
    ("values", "folded"),
    [
        ((), None),
        ((None,), None),
        (("black",), "black"),
        (("black", "brown", "brown"), "brown"),
        (("black", "brown"), "black"),
        (("black", None), "black"),
        (("black", None, None), None),
        (("black", "brown", "black", None, None, None), "black"),
    ],
)
def test_the_most_common_word_counts_where_half_of_the_pictures_have_one(values: Any, folded: str | None) -> None:
    assert characteristics_of(iter(seen(*values))) == ({} if folded is None else {"hair_color": folded})


def test_each_key_is_folded_by_itself() -> None:
    pictures = [Inspection(name="woman", eye_color="brown", blurry=True), Inspection(name="woman", age="30")]
    assert characteristics_of(pictures) == {"name": "woman", "age": "30", "eye_color": "brown"}


def test_what_may_make_a_picture_unfit_is_said_in_words() -> None:
    assert warnings_of(Inspection(blurry=True, selfie=True, low_quality=False)) == (
        "it is blurry",
        "it is a selfie, which distorts the face",
    )
    assert warnings_of(Inspection()) == ()
