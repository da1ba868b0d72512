"""Which model draws: for each family, an order as a user writes it shows the person, and a wrong one shows nobody."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from astria_async import AstriaError, AstriaWarning, AsyncAstria, ValidationError, bases
from astria_async.testing import FakeAstria

pytestmark = pytest.mark.anyio
IMAGE = "https://example.com/1.jpg"


@pytest.mark.parametrize(
    ("params", "on"),
    [
        ({"base_tune_id": bases.FLUX1_DEV, "model_type": "lora", "preset": "flux-lora-portrait"}, None),
        ({"base_tune_id": bases.SDXL_1_0}, None),
        ({"model_type": "faceid"}, bases.REALISTIC_VISION_V51),
        ({"model_type": "faceid"}, 3618064),
        ({}, None),
        ({"branch": "fast", "base_tune_id": bases.FLUX1_DEV, "model_type": "lora"}, None),
    ],
    ids=["flux", "sdxl", "faceid", "faceid on a partner model", "sd15", "free"],
)
async def test_the_mention_of_a_tune_shows_its_person(
    astria: AsyncAstria, fake: FakeAstria, params: dict[str, Any], on: int | None
) -> None:
    tune = await astria.tunes.wait(await astria.tunes.create(name="woman", image_urls=[IMAGE], **params))
    prompt = await astria.prompts.create(tune, text=f"{tune.mention()} in a garden", on=on)
    assert fake.persons_of(prompt) == (tune.id,)
    done = await astria.prompts.wait(prompt)
    assert len(done.images) == 4


async def test_a_text_without_the_mention_shows_nobody(astria: AsyncAstria, fake: FakeAstria) -> None:
    tune = await astria.tunes.create(name="woman", image_urls=[IMAGE], base_tune_id=bases.FLUX1_DEV, model_type="lora")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prompt = await astria.prompts.create(tune, text="a woman in a garden")
    assert fake.persons_of(prompt) == ()


async def test_an_adapters_bare_id_is_refused_by_the_service(astria: AsyncAstria) -> None:
    tune = await astria.tunes.create(name="woman", image_urls=[IMAGE], base_tune_id=bases.FLUX1_DEV, model_type="lora")
    refused = pytest.raises(ValidationError, match="model_type=lora is not supported")
    with refused, pytest.warns(AstriaWarning, match="draws nothing by itself"):
        await astria.prompts.create(tune.id, text=f"{tune.mention()} in a garden")


async def test_an_unknown_base_is_refused(astria: AsyncAstria) -> None:
    with pytest.raises(AstriaError, match="must exist"):
        await astria.tunes.create(name="woman", image_urls=[IMAGE], base_tune_id=7)
