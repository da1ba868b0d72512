"""A prompt: its state, its cost and its repr."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from astria_async.models import Prompt, PromptState

NOW = datetime(2026, 3, 1, tzinfo=UTC)
IMAGES = ("https://x/1", "https://x/2")


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, PromptState.PENDING),
        ({"started_training_at": NOW}, PromptState.PENDING),
        ({"images": IMAGES}, PromptState.PENDING),
        ({"trained_at": NOW, "images": IMAGES}, PromptState.SUCCEEDED),
        ({"trained_at": NOW, "images": ()}, PromptState.FAILED),
        ({"user_error": "NSFW"}, PromptState.PENDING),
        ({"user_error": "NSFW", "images": IMAGES}, PromptState.PENDING),
        ({"user_error": "NSFW", "trained_at": NOW}, PromptState.FAILED),
        ({"user_error": "NSFW", "trained_at": NOW, "images": IMAGES}, PromptState.FAILED),
        ({"user_error": "", "trained_at": NOW, "images": IMAGES}, PromptState.SUCCEEDED),
    ],
)
def test_a_prompts_state_is_read_off_its_fields(fields: dict[str, Any], state: PromptState) -> None:
    assert Prompt(id=1, **fields).state is state


def test_a_state_is_its_name() -> None:
    assert [*PromptState] == ["pending", "succeeded", "failed"]


def test_a_cost_is_exact_and_in_usd() -> None:
    assert Prompt(id=1, cost_mc=80_000, num_images=8).cost == Decimal("0.8")
    assert Prompt(id=1).cost is None


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (Prompt(id=1, text="a cat", trained_at=NOW, images=IMAGES), "<Prompt 1 'a cat' succeeded 2 images>"),
        (Prompt(id=1), "<Prompt 1 '' pending 0 images>"),
        (Prompt(id=1, text="x " * 100), f"<Prompt 1 '{'x ' * 19}x…' pending 0 images>"),
        (Prompt(id=1, text="\n a\tb\r\n"), "<Prompt 1 'a b' pending 0 images>"),
    ],
)
def test_a_prompts_repr_says_which_it_is_and_how_far(prompt: Prompt, text: str) -> None:
    assert repr(prompt) == text
