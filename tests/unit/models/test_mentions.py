"""A mention that was written is found again, and no other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async.models import Tune
from astria_async.models.mentions import count_loras, mentions

IDS = st.integers(1, 2**62)
ADAPTERS = st.builds(
    Tune,
    id=IDS,
    model_type=st.sampled_from(["lora", "pti", "faceid"]),
    branch=st.sampled_from([None, "sd15", "sdxl1", "flux1", "fast", "new"]),
    token=st.sampled_from([None, "", "ohwx", "sks", "zwx"]),
    name=st.sampled_from([None, "woman", "style"]),
)
WEIGHTS = st.none() | st.floats(0, 1)
TEXT = st.text(st.characters(codec="utf-8"))


@given(ADAPTERS, WEIGHTS, TEXT, TEXT)
def test_a_mention_is_found_in_any_text(tune: Tune, weight: float | None, before: str, behind: str) -> None:
    text = f"{before}{tune.mention(weight)}{behind}"
    assert mentions(text, tune.id)
    assert mentions(text.upper(), tune.id)


@given(st.lists(ADAPTERS, min_size=2, max_size=4, unique_by=lambda tune: tune.id), IDS)
def test_each_of_several_mentions_is_found_and_no_other(tunes: list[Tune], other: int) -> None:
    text = " wearing ".join(tune.mention() for tune in tunes)
    assert all(mentions(text, tune.id) for tune in tunes)
    assert mentions(text, other) == (other in {tune.id for tune in tunes})


@given(TEXT, IDS)
def test_a_text_without_a_reference_mentions_nothing(text: str, tune_id: int) -> None:
    assert not mentions(text.replace("<", ""), tune_id)


@pytest.mark.parametrize(
    "text",
    [
        "<lora:12:1>", "<lora:12>", "<LoRA:12:1.0> ohwx", "<FaceID:12:0.5>woman", "a<faceid:12:1>b", "< lora : 12 : 1 >",
        "<lora:FilmVelvia2:0.5><lora:12:1>", "<faceid:3:1> woman wearing <faceid:12:1> dress", "<lora:012:1>",
    ],
)  # fmt: skip
def test_a_reference_counts_however_it_is_written(text: str) -> None:
    assert mentions(text, 12)


@pytest.mark.parametrize(
    "text",
    [
        None, "", 12, b"<lora:12:1>", "12", "lora:12:1", "<lora:123:1>", "<lora:112:1>", "<lora:1:12>", "<lora:FilmVelvia12:1>",
        "<lora:-12:1>", "<lora:1 2:1>", "<pose:12:1>", "<lora:12", "<lora:١٢:1>",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_reference_does_not_count(text: Any) -> None:
    assert not mentions(text, 12)


def test_loras_are_counted_by_id_and_by_name() -> None:
    assert count_loras("<lora:1:1> <LORA:FilmVelvia2:0.5> <faceid:3:1>") == 2
    assert count_loras(None) == 0
