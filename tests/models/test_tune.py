"""A tune: what its times say, what it cost, and how a prompt mentions it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from astria_async.models import Tune, TuneState

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("started", "trained", "state"),
    [
        (None, None, TuneState.QUEUED),
        (NOW, None, TuneState.TRAINING),
        (NOW, NOW, TuneState.TRAINED),
        (None, NOW, TuneState.TRAINED),
    ],
)
def test_a_tunes_state_is_read_off_its_times(
    started: datetime | None, trained: datetime | None, state: TuneState
) -> None:
    assert Tune(id=1, started_training_at=started, trained_at=trained).state is state


def test_a_state_is_its_name() -> None:
    assert [*TuneState] == ["queued", "training", "trained"]


@pytest.mark.parametrize(
    ("model_type", "name", "weight", "text"),
    [
        (None, "woman", 1, "<lora:7:1> woman"),
        ("lora", "woman", 1.0, "<lora:7:1> woman"),
        ("pti", "man", 0.8, "<lora:7:0.8> man"),
        ("faceid", "woman", 0.55, "<faceid:7:0.55> woman"),
        ("lora", None, 1, "<lora:7:1>"),
        ("lora", "", 1, "<lora:7:1>"),
    ],
)
def test_a_prompt_mentions_a_tune_with_its_class_right_behind(
    model_type: str | None, name: str | None, weight: float, text: str
) -> None:
    assert Tune(id=7, model_type=model_type, name=name).mention(weight) == text


def test_a_mentions_weight_is_1_unless_told_otherwise() -> None:
    assert Tune(id=7, name="cat").mention() == "<lora:7:1> cat"


@pytest.mark.parametrize(
    ("mc", "usd"), [(None, None), (0, "0"), (100_000, "1"), (150_000, "1.5"), (1, "0.00001"), (12_345, "0.12345")]
)
def test_a_cost_is_exact_and_in_usd(mc: int | None, usd: str | None) -> None:
    cost = Tune(id=1, cost_mc=mc).cost
    assert cost == (None if usd is None else Decimal(usd))
    assert cost is None or isinstance(cost, Decimal)


@pytest.mark.parametrize(
    ("tune", "text"),
    [
        (Tune(id=1, title="order-7", name="woman", trained_at=NOW), "<Tune 1 'order-7' woman trained>"),
        (Tune(id=1), "<Tune 1 '' queued>"),
        (Tune(id=1, title="two\nlines", name="a\nb"), "<Tune 1 'two lines' a b queued>"),
    ],
)
def test_a_tunes_repr_says_which_it_is_and_how_far(tune: Tune, text: str) -> None:
    assert repr(tune) == text
