"""The fake's prompts: their shape, their life, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async._codec import decode
from astria_async._wire import Request
from astria_async.models import Prompt
from astria_async.testing import FakeAstria, VirtualClock

pytestmark = pytest.mark.anyio

#: The documented keys (astria-api, section 4) without the two that are there in flight only.
IN_FLIGHT = {"progress_timing_seconds", "progress_elapsed_seconds"}
KEYS = {
    "id", "tune_id", "text", "negative_prompt", "callback", "cfg_scale", "steps", "seed", "started_training_at",
    "trained_at", "created_at", "updated_at", "url", "images", "content_types", "user_error", "cost_mc", "workspace_id",
    "pack_id", "base_pack_id", "order_id", "orig_prompt_id", "super_resolution", "controlnet_txt2img", "ar",
    "aspect_ratio", "resolution", "num_images", "denoising_strength", "controlnet_conditioning_scale",
    "image_references", "input_image", "input_video",
    # Those that only the vendor's clients know of:
    "filenames", "liked", "prompt_likes_count", "style", "w", "h", "mask_image", "video_model", "video_prompt",
    "video_duration",
}  # fmt: skip
FLUX = 1504944
SD15 = 690204
VIDEO = {"text": "", "video_model": "kling", "video_prompt": "she walks"}
GEMINI = 3618064


async def test_a_new_prompt_is_answered_bare_in_the_documented_shape(api: Any) -> None:
    response = await api(
        "POST",
        f"/tunes/{SD15}/prompts",
        {"prompt": {"text": "a portrait", "cfg_scale": 3, "seed": "7", "num_images": 2}},
    )
    prompt = response.json()
    assert response.status == 201
    assert prompt.keys() == KEYS | IN_FLIGHT
    assert (prompt["cfg_scale"], prompt["seed"], prompt["num_images"]) == ("3.0", 7, 2)
    assert (prompt["images"], prompt["content_types"], prompt["user_error"]) == ([], [], None)
    assert prompt["url"] == f"https://www.astria.ai/tunes/{SD15}/prompts/{prompt['id']}.json"
    assert (prompt["ar"], prompt["negative_prompt"], prompt["input_image"]) == ("1:1", "", None)
    assert prompt["cost_mc"] == 2 * 2300


async def test_what_was_not_given_is_null(api: Any) -> None:
    prompt = await api.prompt(SD15)
    assert prompt["cfg_scale"] is prompt["steps"] is prompt["callback"] is prompt["seed"] is None
    assert (prompt["num_images"], prompt["resolution"]) == (4, "1K")
    assert (await api.prompt(GEMINI))["resolution"] == "2K"


async def test_the_sdks_own_model_knows_every_key(api: Any, clock: VirtualClock) -> None:
    prompt = await api.prompt(SD15)
    await clock.sleep(5)
    response = await api("GET", f"/prompts/{prompt['id']}")
    known = decode(response, Prompt, Request(method="GET", url="https://api.astria.ai/prompts"))
    assert known.extra.keys() <= {"filenames", "liked", "prompt_likes_count", "style", "w", "h", "mask_image"} | {
        "video_model", "video_prompt", "video_duration"
    }  # fmt: skip


async def test_prompt_is_pending_then_in_flight_then_has_its_images(api: Any, clock: VirtualClock) -> None:
    prompt = await api.prompt(SD15, num_images=3)
    await clock.sleep(5.5)
    flying = await api.get(f"/tunes/{SD15}/prompts/{prompt['id']}")
    assert flying["started_training_at"] == "2026-01-01T12:00:00.500Z"
    assert (flying["trained_at"], flying["images"]) == (None, [])
    assert (flying["progress_elapsed_seconds"], flying["progress_timing_seconds"]) == (5, 19)
    await clock.sleep(14.5)
    done = await api.get(f"/prompts/{prompt['id']}.json")
    assert done["trained_at"] == done["updated_at"] == "2026-01-01T12:00:20.000Z"
    assert done["images"] == [f"https://mp.astria.ai/pictures/p{prompt['id']}-{index}" for index in range(3)]
    assert done["content_types"] == ["image/png"] * 3
    assert done.keys() == KEYS


async def test_prompts_of_a_mock_are_free_and_wait_for_it(api: Any, clock: VirtualClock) -> None:
    tune = await api.tune()
    prompt = await api.prompt(tune["id"])
    await clock.sleep(31.9)
    assert (await api.get(f"/prompts/{prompt['id']}"))["trained_at"] is None
    await clock.sleep(0.1)
    done = await api.get(f"/prompts/{prompt['id']}")
    assert (done["trained_at"], done["cost_mc"]) == ("2026-01-01T12:00:32.000Z", 0)


async def test_a_video_is_one_video(api: Any, clock: VirtualClock) -> None:
    data = {"prompt": {"video_model": "kling", "video_prompt": "she smiles", "input_video_url": "https://e.com/v"}}
    prompt = (await api("POST", f"/tunes/{SD15}/prompts", data)).json()
    await clock.sleep(20)
    done = await api.get(f"/prompts/{prompt['id']}")
    assert (done["content_types"], len(done["images"])) == (["video/mp4"], 1)
    assert done["input_video"] == "https://e.com/v"


async def test_references_come_back_as_urls(api: Any) -> None:
    urls = ["https://e.com/1", "https://e.com/2"]
    prompt = await api.prompt(
        SD15, video_model="seedance", video_prompt="she walks", image_reference_urls=urls, input_image_url=urls[0]
    )
    assert (prompt["image_references"], prompt["input_image"]) == (urls, urls[0])


# --- Failures


async def test_a_text_with_the_marker_fails(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    assert fake.failure_marker == "[[fail]]"
    fake.failure_marker = "nude"
    prompt = await api.prompt(SD15, "a nude")
    assert prompt["user_error"] is None
    await clock.sleep(20)
    failed = await api.get(f"/prompts/{prompt['id']}")
    assert (failed["user_error"], failed["images"], failed["trained_at"]) == (
        "The prompt was made to fail", [], "2026-01-01T12:00:20.000Z"
    )  # fmt: skip


async def test_without_a_marker_none_fails_by_its_text(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    fake.failure_marker = ""
    prompt = await api.prompt(SD15, "[[fail]]")
    await clock.sleep(20)
    assert (await api.get(f"/prompts/{prompt['id']}"))["images"]


async def test_a_prompt_can_be_made_to_fail_by_its_id(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    prompt = await api.prompt(SD15)
    fake.fail_prompt(prompt["id"], "NSFW")
    await clock.sleep(20)
    assert (await api.get(f"/prompts/{prompt['id']}"))["user_error"] == "NSFW"
    with pytest.raises(KeyError):
        fake.fail_prompt(1)


# --- The other routes


async def test_a_prompt_can_be_changed_and_deleted(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    prompt = await api.prompt(SD15)
    path = f"/tunes/{SD15}/prompts/{prompt['id']}"
    await clock.sleep(1)
    changed = (await api("PATCH", path, {"prompt": {"base_pack_id": 5, "text": "other"}})).json()
    assert (changed["base_pack_id"], changed["text"]) == (5, "a portrait")
    assert changed["updated_at"] == "2026-01-01T12:00:01.000Z"
    response = await api("DELETE", path)
    assert (response.status, response.json()) == (200, {"message": "Prompt successfully deleted"})
    assert (await api("DELETE", path)).status == 404
    other = await api.prompt(SD15)
    assert (await api("DELETE", f"/prompts/{other['id']}")).status == 200
    assert fake.prompts == ()
    assert await api.get("/prompts") == await api.get(f"/tunes/{SD15}/prompts") == []


async def test_a_prompt_is_found_under_its_own_tune_only(api: Any) -> None:
    prompt = await api.prompt(SD15)
    assert (await api("GET", f"/tunes/{FLUX}/prompts/{prompt['id']}")).status == 404
    assert (await api("GET", f"/tunes/99/prompts/{prompt['id']}")).status == 404


async def test_prompts_are_found_by_text_and_tune(api: Any) -> None:
    for tune_id, text in ((SD15, "red"), (SD15, "Dark Red"), (FLUX, "red"), (FLUX, "blue")):
        await api.prompt(tune_id, text)
    assert [prompt["text"] for prompt in await api.get("/prompts?text=red")] == ["red", "Dark Red", "red"]
    assert [prompt["text"] for prompt in await api.get(f"/prompts?tune_id={FLUX}")] == ["blue", "red"]
    assert await api.get("/prompts?tune_id=99") == []
    assert [prompt["text"] for prompt in await api.get(f"/tunes/{SD15}/prompts?text=dark")] == ["Dark Red"]


@pytest.mark.parametrize("path", ["/prompts/{}", f"/tunes/{SD15}/prompts/{{}}"])
async def test_a_patch_sets_and_takes_away(api: Any, path: str) -> None:
    path = path.format((await api.prompt(SD15))["id"])
    changed = (await api("PATCH", path, {"prompt": {"orig_prompt_id": 9, "base_pack_id": "901"}})).json()
    assert (changed["orig_prompt_id"], changed["base_pack_id"]) == (9, 901)
    assert len(await api.get("/prompts?orig_prompt_id=9")) == len(await api.get("/prompts?base_pack_id=901")) == 1
    changed = (await api("PATCH", path, {"prompt": {"orig_prompt_id": None, "base_pack_id": ""}})).json()
    assert (changed["orig_prompt_id"], changed["base_pack_id"]) == (None, None)


async def test_a_prompt_can_name_its_tune_in_the_body(api: Any) -> None:
    data = {"prompt": {"tune_id": str(SD15), "text": "a portrait", "order_id": 77}}
    wrapped = (await api("POST", "/prompts?view=board", data)).json()["prompt"]
    assert (wrapped["tune_id"], wrapped["order_id"]) == (SD15, 77)
    form = f"prompt[tune_id]={SD15}&prompt[text]=a+portrait".encode()
    bare = (await api("POST", "/prompts", form, content_type="application/x-www-form-urlencoded")).json()
    assert bare["tune_id"] == SD15
    assert [prompt["id"] for prompt in await api.get("/prompts?order_id=77")] == [wrapped["id"]]
    assert await api.refused("/prompts", {"prompt": {"text": "x", "tune_id": 1}}) == {"tune": ["must exist"]}


@pytest.mark.parametrize("params", [VIDEO, {"text": "she walks --video kling"}])
async def test_a_video_is_one_however_it_was_ordered(api: Any, clock: VirtualClock, params: dict[str, Any]) -> None:
    prompt = await api.prompt(SD15, **params)
    await clock.sleep(20)
    done = await api.get(f"/prompts/{prompt['id']}")
    assert (done["num_images"], done["content_types"]) == (1, ["video/mp4"])
    assert [one["id"] for one in await api.get("/prompts?is_video=true")] == [prompt["id"]]


# --- Idempotency


async def test_with_idempotency_prompts_that_agree_are_one(api: Any, fake: FakeAstria) -> None:
    before = await api.prompt(SD15, "before")
    fake.account_idempotency = True
    once = await api.prompt(SD15, seed=1, super_resolution=True)
    again = await api.prompt(
        SD15, seed="1", super_resolution="1", aspect_ratio="16:9", input_image_url="https://e.com/1"
    )
    assert once["id"] == again["id"]
    assert (await api.prompt(SD15, "before"))["id"] == before["id"]
    assert len(fake.prompts) == 2


@pytest.mark.parametrize(
    "difference",
    [{"seed": 2}, {"text": "other"}, {"callback": "https://e.com/?n=1"}, {"num_images": 1}, {"ar": "16:9"}],
)
async def test_prompts_that_differ_in_what_counts_are_two(
    api: Any, fake: FakeAstria, difference: dict[str, Any]
) -> None:
    fake.account_idempotency = True
    one = await api.prompt(SD15, seed=1)
    assert one["id"] != (await api.prompt(SD15, **{"seed": 1, **difference}))["id"]
    assert one["id"] != (await api.prompt(FLUX, seed=1))["id"]


async def test_turning_idempotency_off_and_on_forgets_nothing(api: Any, fake: FakeAstria) -> None:
    fake.account_idempotency = True
    await api.prompt(SD15, seed=1)
    fake.account_idempotency = False
    made_meanwhile = await api.prompt(SD15, seed=2)
    fake.account_idempotency = True
    assert (await api.prompt(SD15, seed=2))["id"] == made_meanwhile["id"]
