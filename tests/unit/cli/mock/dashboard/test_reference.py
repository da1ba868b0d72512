"""Whom a prompt's images show, in words on the page."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from astria_async.bases import FLUX1_DEV, REALISTIC_VISION_V51, SDXL_1_0

pytestmark = pytest.mark.anyio

FLUX = {"base_tune_id": FLUX1_DEV, "model_type": "lora"}


async def words_of(desk: Any, id_: int, kind: str = "p") -> list[str]:
    """What the card of a prompt, or a tune, says about references: whom it shows, then the warnings."""
    card = re.search(rf'<article id="{kind}{id_}".*?</article>', await desk.page(), re.DOTALL)
    assert card
    lines = re.findall(r'<p class="(?:quiet reference|warning)">(.*?)</p>', card[0])
    return [unescape(re.sub(r"<[^>]*>", "", line)) for line in lines]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (FLUX, "<lora:{id}:1> ohwx man posted to model 1504944"),
        ({"base_tune_id": SDXL_1_0}, "<lora:{id}:0.83> ohwx man posted to model 666678"),
        ({"model_type": "faceid"}, "<faceid:{id}:1> man posted to a model of the gallery"),
        ({}, "sks man posted to the tune itself"),
    ],
)
async def test_a_tune_says_how_it_is_mentioned_and_where(desk: Any, params: dict[str, Any], words: str) -> None:
    id_ = await desk.tune(**params)
    assert await words_of(desk, id_, "t") == [words.format(id=id_)]


@pytest.mark.parametrize(
    ("params", "base", "text"),
    [
        (FLUX, FLUX1_DEV, "<lora:{id}:1> ohwx man in a garden"),
        ({"base_tune_id": SDXL_1_0}, SDXL_1_0, "<lora:{id}:0.83> ohwx man"),
        ({"model_type": "faceid"}, REALISTIC_VISION_V51, "<faceid:{id}:1> man"),
        ({}, None, "sks man as a pilot"),
        ({"branch": "fast"}, None, "anything"),
    ],
)
async def test_a_right_reference_shows_its_tune(desk: Any, params: dict[str, Any], base: int | None, text: str) -> None:
    id_ = await desk.tune(**params)
    prompt = await desk.prompt(base or id_, text=text.format(id=id_))
    assert await words_of(desk, prompt) == [f"shows tune {id_}"]


async def test_two_tunes_in_one_image_are_both_named(desk: Any) -> None:
    one, two = await desk.tune(**FLUX), await desk.tune(title="second", name="dog", **FLUX)
    prompt = await desk.prompt(FLUX1_DEV, text=f"<lora:{one}:1> ohwx man with <lora:{two}:1> ohwx dog")
    assert await words_of(desk, prompt) == [f"shows tunes {one} and {two}"]


@pytest.mark.parametrize(
    ("base", "text", "problem"),
    [
        (FLUX1_DEV, "<lora:{id}:1> a man", "Tune {id} is not in the images: write <lora:{id}:1> ohwx man."),
        (SDXL_1_0, "<lora:{id}:1> ohwx man", "Tune {id} is not in the images: post the prompt to 1504944."),
        (SDXL_1_0, "<lora:{id}:1>", "Tune {id} is not in the images: write <lora:{id}:1> ohwx man and post the prompt to 1504944."),
        (FLUX1_DEV, "<lora:7:1> ohwx man", "This key has no tune 7."),
        (FLUX1_DEV, "ohwx man", "The text mentions no tune. To show tune {id}, write <lora:{id}:1> ohwx man."),
    ],
)  # fmt: skip
async def test_a_wrong_reference_says_what_to_write(desk: Any, base: int, text: str, problem: str) -> None:
    id_ = await desk.tune(**FLUX)
    prompt = await desk.prompt(base, text=text.format(id=id_))
    assert await words_of(desk, prompt) == ["shows nobody", problem.format(id=id_)]


async def test_a_checkpoint_without_its_token_is_not_in_its_images(desk: Any) -> None:
    id_ = await desk.tune()
    prompt = await desk.prompt(id_, text="a man as a pilot")
    assert await words_of(desk, prompt) == ["shows nobody", f"Tune {id_} is not in the images: write sks man."]


async def test_a_face_is_not_in_images_without_its_class_name(desk: Any) -> None:
    id_ = await desk.tune(model_type="faceid")
    prompt = await desk.prompt(REALISTIC_VISION_V51, text=f"<faceid:{id_}:1> by a lake")
    problem = f"Tune {id_} is not in the images: write <faceid:{id_}:1> man."
    assert await words_of(desk, prompt) == ["shows nobody", problem]


async def test_a_second_lora_on_sdxl_is_the_problem(desk: Any) -> None:
    one, two = await desk.tune(base_tune_id=SDXL_1_0), await desk.tune(title="second", base_tune_id=SDXL_1_0)
    text = f"<lora:{one}:0.83> ohwx man and <lora:{two}:0.83> ohwx man"
    reason = "is not in the images: on this model, mention one tune only."
    assert await words_of(desk, await desk.prompt(SDXL_1_0, text=text)) == [
        "shows nobody",
        f"Tune {one} {reason}",
        f"Tune {two} {reason}",
    ]


async def test_a_reference_in_the_text_of_a_video_counts(desk: Any) -> None:
    id_ = await desk.tune(**FLUX)
    video = {"video_model": "seedance2", "video_prompt": f"<lora:{id_}:1> man waves", "num_images": 1}
    problem = f"Tune {id_} is not in the images: write <lora:{id_}:1> ohwx man."
    assert await words_of(desk, await desk.prompt(FLUX1_DEV, **video)) == ["shows nobody", problem]


async def test_kind_of_model_that_is_not_known_has_no_mention(desk: Any) -> None:
    id_ = await desk.tune()
    desk.fake.tunes[0].model_type = "hologram"
    assert (await words_of(desk, id_, "t"))[0].startswith("posted to")


async def test_a_prompt_of_somebody_without_tunes_has_no_problem(desk: Any) -> None:
    assert await words_of(desk, await desk.prompt(FLUX1_DEV, text="a garden")) == ["shows nobody"]


async def test_a_failed_prompt_shows_neither_images_nor_persons(desk: Any) -> None:
    prompt = await desk.prompt(text="[[fail]]")
    desk.clock.advance(30)
    assert await words_of(desk, prompt) == []
