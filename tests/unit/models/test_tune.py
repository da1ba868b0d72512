"""A tune: what its times say, what it cost, and how a prompt mentions it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from astria_async import ParameterError, bases
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


FLUX = Tune(id=7, name="woman", branch="flux1", model_type="lora", base_tune_id=bases.FLUX1_DEV, token="ohwx")
SDXL = Tune(id=7, name="man", branch="sdxl1", model_type="pti", base_tune_id=bases.SDXL_1_0, token="ohwx")
FACEID = Tune(id=7, name="woman", branch="sd15", model_type="faceid", created_at=NOW, trained_at=NOW)
CHECKPOINT = Tune(id=7, name="woman", branch="sd15", token="sks", created_at=NOW)


@pytest.mark.parametrize(
    ("tune", "text"),
    [
        (FLUX, "<lora:7:1> ohwx woman"),
        (SDXL, "<lora:7:0.83> ohwx man"),
        (FACEID, "<faceid:7:1> woman"),
        (CHECKPOINT, "sks woman"),
    ],
)
def test_a_mention_is_what_the_tunes_family_needs(tune: Tune, text: str) -> None:
    assert tune.mention() == text
    assert evolve(tune, branch="fast").mention() == text


@pytest.mark.parametrize(
    ("tune", "text"),
    [
        (evolve(FLUX, token=None), "<lora:7:1> ohwx woman"),
        (evolve(SDXL, token=""), "<lora:7:0.83> ohwx man"),
        (evolve(FLUX, token="zwx"), "<lora:7:1> zwx woman"),
        (evolve(FACEID, token="ohwx"), "<faceid:7:1> woman"),
        (evolve(CHECKPOINT, token=None), "sks woman"),
        (evolve(CHECKPOINT, token="ohwx"), "ohwx woman"),
        (Tune(id=7, model_type="lora", branch="sd15"), "<lora:7:1> sks"),
        (Tune(id=7, model_type="lora", base_tune_id=bases.REALISTIC_VISION_V51), "<lora:7:1> sks"),
        (Tune(id=7, model_type="pti"), "<lora:7:0.83> ohwx"),
        (Tune(id=7, name="woman"), "sks woman"),
        (Tune(id=7, name="woman", model_type="checkpoint"), "sks woman"),
    ],
)
def test_a_mention_takes_the_returned_token_else_the_documented_one(tune: Tune, text: str) -> None:
    assert tune.mention() == text


@pytest.mark.parametrize("name", [None, "", " "])
def test_a_mention_leaves_out_a_missing_class(name: str | None) -> None:
    texts = [evolve(tune, name=name).mention() for tune in (FLUX, SDXL, FACEID, CHECKPOINT)]
    assert texts == ["<lora:7:1> ohwx", "<lora:7:0.83> ohwx", "<faceid:7:1>", "sks"]


@pytest.mark.parametrize(
    "tune",
    [
        Tune(id=bases.REALISTIC_VISION_V51, branch="sd15", token="sks"),
        Tune(id=bases.FLUX1_DEV, branch="flux1", token="ohwx"),
        Tune(id=9, branch="sdxl1", name="style", token="ohwx"),
        Tune(id=bases.GEMINI, branch="gemini-2", created_at=NOW),
        Tune(id=10, branch="partner-1", model_type="partner"),
    ],
)
def test_a_model_of_the_gallery_needs_no_mention(tune: Tune) -> None:
    assert tune.mention() == ""
    assert not tune.is_adapter


@pytest.mark.parametrize(
    ("weight", "written"),
    [(1, "1"), (1.0, "1"), (0, "0"), (0.8, "0.8"), (0.55, "0.55"), (0.00001, "0"), (1 / 3, "0.3333"), (5e-4, "0.0005")],
)
def test_a_weight_is_written_without_an_exponent(weight: float, written: str) -> None:
    assert FLUX.mention(weight) == f"<lora:7:{written}> ohwx woman"
    assert FACEID.mention(weight) == f"<faceid:7:{written}> woman"


@pytest.mark.parametrize("weight", [-0.1, 1.01, 83, float("nan"), float("inf"), "1", True, [1]])
def test_a_weight_outside_0_to_1_is_refused(weight: Any) -> None:
    for tune in (FLUX, SDXL, FACEID):
        with pytest.raises(ParameterError, match=r"^weight: .* is not a number from 0 to 1; leave it out"):
            tune.mention(weight)


@pytest.mark.parametrize("tune", [CHECKPOINT, Tune(id=bases.GEMINI, branch="gemini-2")])
def test_a_weight_is_refused_for_what_has_none(tune: Tune) -> None:
    with pytest.raises(ParameterError, match=r"^weight: this tune is not an adapter"):
        tune.mention(1)


def test_a_mention_of_a_callbacks_tune_is_refused() -> None:
    partial = Tune(id=7, title="order-7", name="woman", steps=100, trained_at=NOW, created_at=NOW, updated_at=NOW)
    assert partial.is_partial
    with pytest.raises(ParameterError, match=r"^tune: 7 came without its model_type; .*tunes\.retrieve\(tune\)$"):
        partial.mention()


def test_a_mention_of_an_unknown_family_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"^tune: the model_type 'dora' is not known"):
        Tune(id=7, model_type="dora", branch="flux1").mention()


@pytest.mark.parametrize("tune", [FLUX, SDXL, FACEID])
def test_an_adapter_of_the_branch_fast_draws_itself(tune: Tune) -> None:
    assert tune.is_adapter
    assert not evolve(tune, branch="fast").is_adapter
    assert not CHECKPOINT.is_adapter


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
