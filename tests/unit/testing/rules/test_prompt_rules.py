"""What the fake refuses of prompts, and what it takes though one would not think so."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async.testing import FakeAstria

pytestmark = pytest.mark.anyio

FLUX = 1504944
SD15 = 690204
URL = "https://e.com/1"
VIDEO = {"text": "", "video_model": "kling", "video_prompt": "she walks"}


@pytest.mark.parametrize(
    "params",
    [
        {"seed": -1},
        {"text": "", "input_image_url": URL},
        {**VIDEO, "audio_reference_url": URL},
        {**VIDEO, "generate_audio": True},
        {**VIDEO, "video_first_frame_url": URL, "image_reference_urls": [URL]},
        {**VIDEO, "video_model": "seedance25_720p", "image_reference_urls": [URL] * 30},
        {"text": "she walks --video kling"},
        {"scheduler": "of next month", "style": "Unknown"},
    ],
)
async def test_a_prompt_that_looks_wrong_is_taken(api: Any, params: dict[str, Any]) -> None:
    await api.prompt(SD15, **{"text": "a portrait", **params})


@pytest.mark.parametrize(
    ("params", "kind"),
    [
        ({"base_tune_id": 1504944, "model_type": "lora"}, "lora"),
        ({"base_tune_id": 666678}, "pti"),
        ({"model_type": "faceid"}, "faceid"),
    ],
)
async def test_a_prompt_on_an_adapters_own_id_is_refused(api: Any, params: dict[str, Any], kind: str) -> None:
    tune = await api.tune(branch=None, **params)
    told = {"base": [f"model_type={kind} is not supported. Use a checkpoint instead"]}
    assert await api.refused(f"/tunes/{tune['id']}/prompts", {"prompt": {"text": "ohwx man"}}) == told
    assert await api.refused("/prompts", {"prompt": {"text": "ohwx man", "tune_id": tune["id"]}}) == told
    free = await api.tune(branch="fast", **params)
    await api.prompt(free["id"], "anything")


@pytest.mark.parametrize(
    ("params", "errors"),
    [
        ({"text": None}, {"text": ["can't be blank"]}),
        ({"text": " "}, {"text": ["can't be blank"]}),
        ({"num_images": 9}, {"num_images": ["must be less than or equal to 8"]}),
        ({"num_images": "0"}, {"num_images": ["must be greater than or equal to 1"]}),
        ({"num_images": 2.5}, {"num_images": ["must be an integer"]}),
        ({"num_images": True}, {"num_images": ["is not a number"]}),
        ({"seed": 2**32 + 1}, {"seed": ["must be less than or equal to 4294967296"]}),
        ({"cfg_scale": "high"}, {"cfg_scale": ["is not a number"]}),
        ({"w": 500}, {"w": ["must be a multiple of 8"]}),
        ({"inpaint_faces": "1"}, {"inpaint_faces": ["requires super_resolution"]}),
        ({"hires_fix": True, "super_resolution": "false"}, {"hires_fix": ["requires super_resolution"]}),
        ({"controlnet": "pose"}, {"controlnet": ["requires an input image"]}),
        ({"input_image_url": "a.jpg"}, {"input_image_url": ["is invalid"]}),
        ({"video_model": "kling"}, {"video_prompt": ["can't be blank"]}),
        ({**VIDEO, "num_images": 2}, {"num_images": ["must be 1 for --video"]}),
        ({"text": "she walks --video kling", "num_images": "3"}, {"num_images": ["must be 1 for --video"]}),
        ({**VIDEO, "image_reference_urls": ["a.jpg"]}, {"image_reference_urls": ["is invalid"]}),
        ({"image_reference_urls": [URL]}, {"image_references": ["are only supported on video prompts"]}),
        ({**VIDEO, "video_model": "kling_motion_control"}, {"input_video": ["is required for kling_motion_control"]}),
        ({**VIDEO, "video_model": "wan_animate_move"}, {"input_video": ["is required for wan_animate_move"]}),
        (
            {**VIDEO, "video_model": "seedance_2", "video_first_frame_url": URL, "image_reference_urls": [URL]},
            {"image_reference_urls": ["cannot be combined with a first or last frame on seedance_2"]},
        ),
        (
            {**VIDEO, "video_model": "seedance25_720p", "video_last_frame_url": URL, "input_video_url": URL},
            {"input_video_url": ["cannot be combined with a first or last frame on seedance25_720p"]},
        ),
        (
            {**VIDEO, "video_model": "seedance_2", "image_reference_urls": [URL] * 10},
            {"image_references": ["is too long (maximum is 9)"]},
        ),
        ({"lora_scale": 0.8}, {"lora_scale": ["is only supported in prompts_attributes of a tune"]}),
        ({"pack_id": 7}, {"pack": ["must exist"]}),
        ({"seed": -2}, {"seed": ["must be greater than or equal to -1"]}),
        ({"callback": "https://e.com/?id={id}"}, {"callback": ["is invalid"]}),
    ],
)
async def test_a_prompt_that_is_wrong_is_refused_and_not_created(
    api: Any, fake: FakeAstria, params: dict[str, Any], errors: object
) -> None:
    whole = {"text": "a portrait", **params}
    assert await api.refused(f"/tunes/{SD15}/prompts", {"prompt": whole}) == errors
    assert fake.prompts == ()


async def test_flux_takes_no_negative_prompt_and_a_low_scale(api: Any) -> None:
    whole = {"text": "x", "negative_prompt": "y", "cfg_scale": "5"}
    assert await api.refused(f"/tunes/{FLUX}/prompts", {"prompt": whole}) == {
        "cfg_scale": ["must be less than 5"],
        "negative_prompt": ["is not supported for flux"],
    }


async def test_a_text_for_a_flux_tune_has_to_name_it(api: Any) -> None:
    whole = {"name": "man", "title": "T", "branch": "flux1", "image_urls": [URL]}
    wrong = {"tune": {**whole, "prompts_attributes": [{"text": "a man"}]}}
    assert await api.refused("/tunes", wrong) == {"prompts.text": ["must include `ohwx man`"]}
    await api.tune(branch="flux1", prompts_attributes=[{"text": "ohwx man on the moon", "lora_scale": 0.8}])


async def test_every_limit_may_be_met_exactly(api: Any) -> None:
    await api.prompt(
        SD15, num_images=8, seed=2**32, steps=50, cfg_scale=15, denoising_strength=1, w=512, super_resolution="True",
        hires_fix=1, controlnet="pose", input_image_base64="data:image/png;base64,AA==",
    )  # fmt: skip


async def test_an_account_that_cannot_pay_is_told_so(api: Any, fake: FakeAstria) -> None:
    fake.account("sd_test").balance_mc = 2300 * 5
    await api.prompt(SD15)
    assert "Not enough balance" in str(await api.refused(f"/tunes/{SD15}/prompts", {"prompt": {"text": "x"}}))
    await api.prompt(SD15, num_images=1)
    assert fake.account("sd_test").balance_mc == 0
