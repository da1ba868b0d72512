"""Which model draws a prompt of a tune, and what is probably wrong with such a prompt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from astria_async import ParameterError, bases
from astria_async.models import Prompt, PromptParams, Tune
from astria_async.models.families import drawing_base, drawing_hints

NOW = datetime(2026, 3, 31, tzinfo=UTC)
FLUX = Tune(id=7, name="woman", branch="flux1", model_type="lora", base_tune_id=bases.FLUX1_DEV, token="ohwx")
SDXL = Tune(id=8, name="woman", branch="sdxl1", model_type="pti", base_tune_id=bases.SDXL_1_0, token="ohwx")
FACEID = Tune(id=9, name="woman", branch="sd15", model_type="faceid", created_at=NOW, trained_at=NOW)
CHECKPOINT = Tune(id=10, name="woman", branch="sd15", token="sks", created_at=NOW)
GALLERY = Tune(id=11, title="Realistic", branch="sdxl1")
PARTNER = Tune(id=bases.GEMINI, title="Gemini", branch="gemini-2")
PARTIAL = Tune(id=12, title="order-7", name="woman", steps=100, trained_at=NOW, created_at=NOW, updated_at=NOW)
BY_HAND = Tune(id=13)


@pytest.mark.parametrize(
    ("tune", "base"),
    [
        (FLUX, bases.FLUX1_DEV),
        (SDXL, bases.SDXL_1_0),
        (evolve(FLUX, base_tune_id=20), 20),
        (evolve(FACEID, base_tune_id=20), 20),
        (evolve(FLUX, base_tune_id=None), bases.FLUX1_DEV),
        (evolve(SDXL, base_tune_id=None), bases.SDXL_1_0),
        (Tune(id=7, branch="sd15", model_type="lora"), bases.REALISTIC_VISION_V51),
        (CHECKPOINT, 10),
        (evolve(CHECKPOINT, base_tune_id=bases.REALISTIC_VISION_V51), 10),
        (GALLERY, 11),
        (PARTNER, bases.GEMINI),
        (BY_HAND, 13),
        (Tune(id=14, model_type="dora", branch="flux1"), 14),
        (7, 7),
    ],
)
def test_prompt_is_drawn_on_base_or_on_tune_itself(tune: Tune | int, base: int) -> None:
    assert drawing_base(tune) == base


@pytest.mark.parametrize("tune", [FLUX, SDXL, FACEID, PARTIAL, BY_HAND, Tune(id=14, model_type="dora"), 7])
@pytest.mark.parametrize("on", [30, Tune(id=30), Tune(id=30, branch="sdxl1"), Tune(id=30, branch="partner-1")])
def test_on_decides_for_what_may_be_an_adapter(tune: Tune | int, on: Tune | int) -> None:
    assert drawing_base(tune, on) == 30


@pytest.mark.parametrize("tune", [CHECKPOINT, GALLERY, PARTNER])
def test_on_is_not_used_for_what_draws_by_itself(tune: Tune) -> None:
    assert drawing_base(tune, bases.FLUX1_DEV) == tune.id


@given(
    st.sampled_from([None, "lora", "pti", "faceid", "dora"]),
    st.sampled_from([None, bases.FLUX1_DEV]),
    st.sampled_from([None, 30]),
)
def test_a_fast_tune_is_always_drawn_on_itself(model_type: str | None, base: int | None, on: int | None) -> None:
    tune = Tune(id=7, branch="fast", model_type=model_type, base_tune_id=base, created_at=NOW)
    assert drawing_base(tune, on) == 7
    assert [*drawing_hints(PromptParams(text="a cat", negative_prompt="x"), tune, on, NOW)] == []


@pytest.mark.parametrize("branch", [None, "sd15", "sdxl1", "flux1"])
def test_a_faceid_tune_without_a_base_is_refused(branch: str | None) -> None:
    with pytest.raises(ParameterError, match=r"^on: a FaceID tune needs") as caught:
        drawing_base(evolve(FACEID, branch=branch))
    for remedy in ("gallery.tunes()", "account.models()", "REALISTIC_VISION_V51"):
        assert remedy in str(caught.value)


@pytest.mark.parametrize("branch", [None, "new"])
def test_an_adapter_of_an_unknown_branch_is_refused(branch: str | None) -> None:
    with pytest.raises(ParameterError, match=r"^on: the tune is an adapter whose base model is not known; give"):
        drawing_base(Tune(id=7, model_type="lora", branch=branch))


def test_a_tune_from_a_callback_is_to_be_read_again() -> None:
    with pytest.raises(ParameterError, match=r"^tune: 12 came without its model_type.*await astria\.tunes\.retrieve"):
        drawing_base(PARTIAL)


@pytest.mark.parametrize("on", [FLUX, SDXL, FACEID])
@pytest.mark.parametrize("tune", [7, FLUX, evolve(FACEID, id=99), CHECKPOINT])
def test_an_adapter_is_refused_as_a_base(tune: Tune | int, on: Tune) -> None:
    with pytest.raises(ParameterError, match=rf"^on: tune {on.id} is an adapter .* give a base model"):
        drawing_base(tune, on)


def test_an_adapters_own_id_is_refused_as_its_base() -> None:
    with pytest.raises(ParameterError, match=r"^on: it is the tune itself"):
        drawing_base(FLUX, FLUX.id)
    assert drawing_base(7, 7) == 7
    assert drawing_base(BY_HAND, BY_HAND) == BY_HAND.id


@pytest.mark.parametrize("value", ["30", "", True, False, 30.0, Prompt(id=30), object(), [30], 0, -1])
@pytest.mark.parametrize("tune", [FLUX, CHECKPOINT, 7])
def test_an_on_of_another_kind_is_refused_in_one_line(tune: Tune | int, value: Any) -> None:
    with pytest.raises(ParameterError, match=r"^on: .*; give the base model, as a Tune or its id") as caught:
        drawing_base(tune, value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("value", ["7", None, True, Prompt(id=7), 0])
def test_a_tune_of_another_kind_is_refused(value: Any) -> None:
    with pytest.raises(ParameterError, match=r"^tune: .*; give a Tune or its id"):
        drawing_base(value)


class Whole:
    """A whole number of another library."""

    def __index__(self) -> int:
        return 30


def test_whole_numbers_of_other_libraries_are_ids() -> None:
    base = drawing_base(FLUX, Whole())  # type: ignore[arg-type]
    assert (base, type(base)) == (30, int)


def hints(tune: Tune | int, on: Tune | int | None = None, **params: Any) -> list[str]:
    return [hint.partition(" [")[0] for hint in drawing_hints(PromptParams(**params), tune, on, NOW)]


NOT_MENTIONED = "text: it does not mention the tune, so its subject is not drawn"


@pytest.mark.parametrize("tune", [FLUX, SDXL, FACEID])
def test_text_that_does_not_mention_the_adapter_is_hinted_at(tune: Tune) -> None:
    assert hints(tune, text="ohwx woman in a garden") == [NOT_MENTIONED]
    assert hints(tune, text="<lora:70:1> ohwx woman") == [NOT_MENTIONED]
    assert hints(tune, text=f"{tune.mention()} in a garden") == []
    assert hints(tune, text=f"x, {tune.mention(0.5).upper()}") == []


def test_a_mention_may_be_in_a_videos_prompt() -> None:
    assert hints(FACEID, text="a walk", video_model="seedance2", video_prompt=f"{FACEID.mention()} walks") == []


@pytest.mark.parametrize("text", [None, "", " "])
def test_no_text_needs_no_mention(text: str | None) -> None:
    assert hints(FLUX, text=text) == hints(7, 30, text=text) == []


def test_a_bare_id_with_on_needs_a_mention() -> None:
    assert hints(7, 30, text="a cat") == [NOT_MENTIONED]
    assert hints(7, 30, text="<lora:7:1> cat") == hints(7, 7, text="a cat") == hints(7, text="a cat") == []


def test_bare_id_that_text_calls_adapter_is_hinted_at() -> None:
    assert hints(7, text="<lora:7:1> cat") == [
        "tune: the text refers to it as an adapter, which draws nothing by itself"
    ]


def test_a_checkpoint_is_not_mentioned_as_a_lora() -> None:
    assert hints(CHECKPOINT, text=f"{CHECKPOINT.mention()} in a garden") == []
    assert hints(CHECKPOINT, text="<lora:10:1> sks woman") == [
        "text: the tune is not an adapter, so `<lora:...>` is wrong"
    ]
    assert hints(CHECKPOINT, bases.FLUX1_DEV, text="sks woman") == [
        "on: it is not used, since the tune is not an adapter and draws by itself"
    ]


FLUX_BASE = Tune(id=bases.FLUX1_DEV, branch="flux1")


@pytest.mark.parametrize(
    ("tune", "on"),
    [
        (FLUX, None),
        (FLUX, bases.FLUX1_DEV),
        (FACEID, FLUX_BASE),
        (FLUX_BASE, None),
        (bases.FLUX1_DEV, None),
        (7, FLUX_BASE),
    ],
)
def test_what_flux_does_not_take_is_hinted_at(tune: Tune | int, on: Tune | int | None) -> None:
    text = "<lora:7:1> <faceid:9:1>"
    assert hints(tune, on, text=text, negative_prompt="ugly", cfg_scale=5) == [
        "negative_prompt: Flux takes none", "cfg_scale: Flux takes a value below 5",
    ]  # fmt: skip
    assert hints(tune, on, text=text, negative_prompt="", cfg_scale=4.9) == []


@pytest.mark.parametrize(
    ("tune", "on"), [(SDXL, None), (CHECKPOINT, None), (FACEID, bases.REALISTIC_VISION_V51), (3, None)]
)
def test_other_models_take_what_flux_does_not(tune: Tune | int, on: int | None) -> None:
    text = tune.mention() if isinstance(tune, Tune) else "a cat"
    assert hints(tune, on, text=text, negative_prompt="ugly", cfg_scale=7) == []


def test_two_loras_on_sdxl_are_hinted_at() -> None:
    two = f"{SDXL.mention()} <lora:FilmVelvia2:0.5>"
    assert hints(SDXL, text=two) == hints(8, bases.SDXL_1_0, text=two) == ["text: SDXL takes one LoRA only"]
    assert hints(SDXL, text=f"{SDXL.mention()} <faceid:9:1>") == []
    assert hints(FLUX, text=f"{FLUX.mention()} <lora:FilmVelvia2:0.5>") == []


def test_a_base_of_another_branch_is_hinted_at() -> None:
    assert hints(FLUX, GALLERY, text=FLUX.mention()) == [
        "on: it is of another branch than the tune, whose LoRA fits its own only"
    ]
    assert hints(SDXL, GALLERY, text=SDXL.mention()) == hints(FACEID, GALLERY, text=FACEID.mention()) == []


def test_an_expired_tune_is_hinted_at() -> None:
    expired = evolve(FLUX, expires_at=NOW)
    (found,) = hints(expired, text=FLUX.mention())
    assert found == "tune: it has expired, 30 days after its training"
    assert hints(evolve(FLUX, expires_at=NOW + timedelta(seconds=1)), text=FLUX.mention()) == []
    assert [*drawing_hints(PromptParams(text=FLUX.mention()), expired)] == []


@given(st.integers(1, 2**40), st.sampled_from([FLUX, SDXL, FACEID, CHECKPOINT]), st.text())
def test_a_hint_is_the_same_for_every_id_and_text(tune_id: int, tune: Tune, text: str) -> None:
    params: dict[str, Any] = {"text": f"{text}.", "negative_prompt": text, "cfg_scale": 6}
    one = hints(evolve(tune, id=2**41, expires_at=NOW), **params)
    assert hints(evolve(tune, id=tune_id + 2**41, expires_at=NOW), **params) == one
