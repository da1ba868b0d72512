"""Prompts that exist: duplicated, liked, and found by what they are."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async.testing import FakeAstria, VirtualClock

pytestmark = pytest.mark.anyio

SD15 = 690204


async def test_a_duplicate_is_the_same_order_with_changes(api: Any, fake: FakeAstria) -> None:
    original = await api.prompt(SD15, "a lake", num_images=2, style="Cinematic", seed=7)
    response = await api("POST", f"/prompts/{original['id']}/duplicate.json", {"prompt": {"text": "a hill"}})
    copy = response.json()
    assert (response.status, copy["text"], copy["num_images"], copy["seed"]) == (201, "a hill", 2, 7)
    assert (copy["orig_prompt_id"], copy["images"]) == (original["id"], [])
    assert fake.prompts[1].params["style"] == "Cinematic"
    plain = (await api("POST", f"/prompts/{original['id']}/duplicate")).json()
    assert plain["id"] != copy["id"]


async def test_duplicate_is_paid_for_unless_it_takes_an_image(api: Any, fake: FakeAstria) -> None:
    fake.account("sd_test").balance_mc = 4600 + 2300
    original = await api.prompt(SD15, num_images=2)
    refusal = await api.refused(f"/prompts/{original['id']}/duplicate", None)
    assert "Not enough balance" in refusal["base"][0]
    await fake._clock.sleep(20)
    taken = (await api("POST", f"/prompts/{original['id']}/duplicate", {"image_index": "1"})).json()
    assert (taken["num_images"], taken["cost_mc"]) == (1, 0)
    assert fake.account("sd_test").balance_mc == 2300


async def test_image_that_was_taken_over_can_be_taken_over_again(api: Any, clock: VirtualClock) -> None:
    original = await api.prompt(SD15, num_images=2)
    await clock.sleep(20)
    picture = (await api.get(f"/prompts/{original['id']}"))["images"][1]
    first = (await api("POST", f"/prompts/{original['id']}/duplicate", {"image_index": 1})).json()
    await clock.sleep(20)
    second = (await api("POST", f"/prompts/{first['id']}/duplicate", {"image_index": 0})).json()
    await clock.sleep(20)
    assert (await api.get(f"/prompts/{second['id']}"))["images"] == [picture]


@pytest.mark.parametrize("index", [2, -1, "first", [0]])
async def test_a_picture_that_is_not_there_cannot_be_taken_over(api: Any, clock: VirtualClock, index: object) -> None:
    original = await api.prompt(SD15, num_images=2)
    path = f"/prompts/{original['id']}/duplicate"
    assert "image_index" in await api.refused(path, {"image_index": 0})
    await clock.sleep(20)
    assert "image_index" in await api.refused(path, {"image_index": index})


async def test_a_duplicate_that_is_wrong_is_refused(api: Any) -> None:
    lora = await api.tune(model_type="lora")
    original = await api.prompt(lora["id"])  # of the free branch
    path = f"/prompts/{original['id']}/duplicate"
    assert "num_images" in await api.refused(path, {"prompt": {"num_images": 9}})
    await api("DELETE", f"/tunes/{lora['id']}")
    assert await api.refused(path, {}) == {"tune": ["must exist"]}
    assert (await api("POST", "/prompts/1/duplicate")).status == 404


@pytest.mark.parametrize("word", ["likes", "like"])
async def test_a_like_is_answered_with_nothing_under_both_names(api: Any, fake: FakeAstria, word: str) -> None:
    prompt = await api.prompt(SD15)
    path = f"/prompts/{prompt['id']}/{word}"
    for method, liked in (("POST", True), ("POST", True), ("DELETE", False)):
        response = await api(method, path)
        assert (response.status, response.body, fake.prompts[0].liked) == (201, b"", liked)
    assert (await api("POST", f"/prompts/1/{word}")).status == 404


async def test_a_like_of_a_packs_prompt_counts_for_the_original(api: Any, fake: FakeAstria) -> None:
    pack = fake.add_pack(title="P", prompts=["in a park"])
    tune = await api.tune()
    prompt = (await api("POST", f"/p/{pack.id}/tunes", {"tune": {"tune_ids": [tune["id"]]}})).json()["prompt_ids"][0]
    for method, likes in (("POST", 1), ("POST", 1), ("DELETE", 0)):
        await api(method, f"/prompts/{prompt}/likes")
        assert pack.templates[0].likes == likes


# --- Filters


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("pack_id=PACK", ["b"]),
        ("base_pack_id=6", ["a"]),
        ("pack_id=x", []),
        ("pack_id=", ["film", "b", "a"]),
        ("is_video=true", ["film"]),
        ("is_video=0", ["b", "a"]),
        ("is_api=true", ["film", "b", "a"]),
        ("is_api=false", []),
        ("user_id=501", ["film", "b", "a"]),
        ("user_id=1", []),
        ("liked=false&text=b", ["b"]),
        ("order_id=1", []),
        (f"tune_id={SD15}&is_video=true", ["film"]),
    ],
)
async def test_prompts_are_narrowed_down(api: Any, fake: FakeAstria, query: str, texts: list[str]) -> None:
    pack, tune = fake.add_pack(title="P", key="sd_test"), await api.tune()
    await api.prompt(SD15, "a", base_pack_id="6")
    await api.prompt(tune["id"], "b", pack_id=pack.id)
    await api.prompt(SD15, "film", video_model="kling", video_prompt="she walks")
    query = query.replace("PACK", str(pack.id))
    assert [prompt["text"] for prompt in await api.get(f"/prompts?{query}")] == texts


async def test_copies_are_found_by_what_they_were_made_from(api: Any) -> None:
    original = await api.prompt(SD15)
    copy = (await api("POST", f"/prompts/{original['id']}/duplicate")).json()
    found = await api.get(f"/tunes/{SD15}/prompts?orig_prompt_id={original['id']}")
    assert [prompt["id"] for prompt in found] == [copy["id"]]


async def test_today_ends_at_midnight_utc(api: Any, clock: VirtualClock) -> None:
    await api.prompt(SD15, "yesterday's")
    await clock.sleep(12 * 3600)
    await api.prompt(SD15, "today's")
    assert [prompt["text"] for prompt in await api.get("/prompts?today=true")] == ["today's"]
    assert [prompt["text"] for prompt in await api.get("/prompts?today=false")] == ["yesterday's"]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("expand[]=comments", {"comments"}),
        ("expand=prompt.comments", {"comments"}),
        ("expand=debug_images", {"debug_images", "debug_filenames", "debug_content_types"}),
        ("expand[]=prompt.debug_images&expand[]=comments", {"debug_images", "comments"}),
        ("expand=unknown", set()),
    ],
)
async def test_expand_adds_keys_in_every_form(api: Any, query: str, keys: set[str]) -> None:
    prompt = await api.prompt(SD15)
    more = (await api.get(f"/prompts/{prompt['id']}?{query}")).keys() - prompt.keys()
    assert keys <= more
    assert bool(keys) == bool(more)


async def test_debug_images_are_added_on_demand(api: Any) -> None:
    prompt = await api.prompt(SD15)
    assert "debug_images" not in prompt
    for path in (f"/prompts/{prompt['id']}", f"/tunes/{SD15}/prompts/{prompt['id']}"):
        assert (await api.get(f"{path}?expand[]=debug_images"))["debug_images"] == []
    assert "debug_images" in (await api.get("/prompts?expand[]=debug_images"))[0]
