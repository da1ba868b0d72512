"""Findings on images and videos, and how they become the characteristics of a tune."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async.models import Inspection, VideoInspection, VideoInspectionState


@pytest.mark.parametrize("nothing", ["", "NONE", "none", " None ", None])
def test_none_is_written_in_several_ways(nothing: str | None) -> None:
    assert Inspection(glasses=nothing, eye_color="brown") == Inspection(eye_color="brown")


def seen(*values: str | None) -> list[Inspection]:
    return [Inspection(hair_color=value) for value in values]


@pytest.mark.parametrize(
    ("values", "word"),
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
def test_the_most_common_word_of_at_least_half_counts(values: Any, word: str | None) -> None:
    assert Inspection.summarize(iter(seen(*values))) == ({} if word is None else {"hair_color": word})


def test_each_key_is_summarized_by_itself() -> None:
    findings = [Inspection(name="woman", eye_color="brown", blurry=True), Inspection(name="woman", age="30")]
    assert Inspection.summarize(findings) == {"name": "woman", "age": "30", "eye_color": "brown"}


def test_warnings_say_what_makes_an_image_unfit() -> None:
    assert Inspection(blurry=True, selfie=True, low_quality=False).warnings == (
        "it is blurry",
        "it is a selfie, which distorts the face",
    )
    assert Inspection().warnings == ()


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "pending"),
        ({"status": "pending"}, "pending"),
        ({"status": " Processing "}, "processing"),
        ({"status": "processing", "description": "the first half"}, "processing"),
        ({"status": "failed"}, "failed"),
        ({"status": "failed", "description": "half of it"}, "failed"),
        ({"status": "completed", "description": "A man walks."}, "succeeded"),
        ({"description": "A man walks."}, "succeeded"),
        ({"status": "aborted", "error": "no frames"}, "failed"),
        ({"error": "no frames"}, "failed"),
        ({"status": "queued"}, "pending"),
        ({"status": "completed", "description": ""}, "pending"),
    ],
)
def test_the_state_of_an_inspection_follows_from_its_fields(fields: Any, state: str) -> None:
    assert VideoInspection(id=4, **fields).state is VideoInspectionState(state)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"id": 4}, "<VideoInspection 4 pending>"),
        ({"id": 4, "status": "failed", "error": "no frames"}, "<VideoInspection 4 failed 'no frames'>"),
        ({"description": "A man walks."}, "<VideoInspection succeeded 'A man walks.'>"),
    ],
)
def test_an_inspection_shows_its_state(fields: Any, text: str) -> None:
    assert repr(VideoInspection(**fields)) == text
