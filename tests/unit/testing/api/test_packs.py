"""The fake's packs: who sees which, and what comes of running one."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async._codec import decode
from astria_async._wire import Request
from astria_async.models import Pack
from astria_async.testing import FakeAstria, VirtualClock

pytestmark = pytest.mark.anyio

#: The documented keys (astria-api, section 4).
KEYS = {
    "id", "base_tune_id", "user_id", "slug", "title", "subtitle", "token", "model_type", "multiplier", "public_at",
    "unlisted_at", "main_class_name", "cover_url", "logo", "cost_mc_hash", "costs", "prompts_per_class",
    "template_prompts", "created_at", "updated_at",
}  # fmt: skip
PICTURES = ["https://e.com/1"]


async def test_pack_has_documented_shape_and_sdk_knows_all_of_it(api: Any, fake: FakeAstria) -> None:
    stored = fake.add_pack(title="Head shots!", prompts=["in an office", "outside"], num_images=3, classes=["cat"])
    response = await api("GET", "/p/head-shots.json")
    shape = response.json()
    assert shape.keys() == KEYS
    assert (shape["id"], shape["main_class_name"]) == (stored.id, "cat")
    assert shape["costs"] == {"cat": {"cost_mc": 150_000 + 6 * 2300, "num_images": 6}}
    assert [one["text"] for one in shape["template_prompts"]] == ["in an office", "outside"]
    assert not decode(response, Pack, Request(method="GET", url="https://api.astria.ai/p/1")).extra
    assert (await api("GET", shape["cover_url"])).status == 200
    assert (await api("GET", "https://mp.astria.ai/pictures/k1-0")).status == 404


async def test_who_sees_which_pack(api: Any, fake: FakeAstria) -> None:
    for title, key, public, listed in (
        ("mine", "sd_test", False, False), ("hidden", "sd_other", False, True), ("public", "sd_other", True, True),
        ("unlisted", "sd_other", True, False), ("everybody's", "", True, True),
    ):  # fmt: skip
        fake.add_pack(title=title, key=key, public=public, listed=listed)

    async def titles(path: str) -> list[str]:
        return [pack["title"] for pack in await api.get(path) if pack["id"] > 1000]  # without those of the gallery

    assert await titles("/packs") == ["everybody's", "mine"]
    assert await titles("/packs?public=true") == ["everybody's", "unlisted", "public"]
    assert await titles("/packs?listed=true") == ["everybody's", "public"]
    assert await titles("/gallery/packs") == ["everybody's", "public"]
    assert await titles("/gallery/packs?limit=1&offset=1") == ["public"]
    found = [(await api("GET", f"/p/{pack.id}")).status for pack in fake.packs]
    assert found == [200, 404, 200, 200, 200]


async def test_a_pack_is_made_on_a_tune_that_exists(api: Any, fake: FakeAstria) -> None:
    for title in ("Mine", "Mine"):
        response = await api("POST", "/packs", {"pack": {"title": title, "base_tune_id": 690204, "model_type": "pti"}})
        assert (response.status, response.json()["model_type"]) == (201, "pti")
    assert [pack.slug for pack in fake.packs] == ["mine", "mine-2"]
    wrong = await api.refused("/packs", {"pack": {"title": " ", "base_tune_id": 1}})
    assert wrong == {"title": ["can't be blank"], "base_tune": ["must exist"]}
    with pytest.raises(ValueError, match="another pack"):
        fake.add_pack(title="Other", slug="mine-2")


# --- Runs


async def test_training_set_becomes_tune_of_packs_kind_with_its_prompts(api: Any, fake: FakeAstria) -> None:
    pack = fake.add_pack(title="P", prompts=["in a park", "at sea"])
    params = {
        "name": "woman",
        "title": "T",
        "image_urls": PICTURES,
        "prompt_attributes": {"num_images": 1, "style": "Cinematic"},
    }
    response = await api("POST", "/p/p/tunes", {"tune": params})
    tune = response.json()
    assert (response.status, tune["base_tune_id"], tune["model_type"]) == (201, 1504944, "lora")
    assert [(one.text, one.num_images, one.params["style"]) for one in fake.prompts] == [
        (f"<lora:{tune['id']}:1> ohwx woman in a park", 1, "Cinematic"),
        (f"<lora:{tune['id']}:1> ohwx woman at sea", 1, "Cinematic"),
    ]  # fmt: skip
    assert [one.orig_prompt_id for one in fake.prompts] == [one.id for one in pack.templates]
    assert [one["base_pack_id"] for one in await api.get(f"/prompts?base_pack_id={pack.id}")] == [pack.id] * 2
    kept = await api("POST", "/p/p/tunes", {"tune": {**params, "base_tune_id": 690204}})
    assert (kept.json()["branch"], kept.json()["model_type"]) == ("sd15", None)


async def test_with_idempotency_a_run_is_not_made_twice(api: Any, fake: FakeAstria) -> None:
    fake.account_idempotency = True
    fake.add_pack(title="P", prompts=["in a park"])
    tune = {"tune": {"name": "woman", "title": "T", "image_urls": PICTURES}}
    ids = {(await api("POST", "/p/p/tunes", tune)).json()["id"] for _ in range(2)}
    assert (len(ids), len(fake.prompts)) == (1, 1)


async def test_run_for_tunes_that_exist_is_an_order_of_prompts(api: Any, fake: FakeAstria) -> None:
    pack = fake.add_pack(title="P", prompts=["in a park", "at sea"], num_images=2)
    ids = [(await api.tune(branch="sd15"))["id"] for _ in range(2)]
    answer = (await api("POST", f"/p/{pack.id}/tunes", {"tune": {"tune_ids": ids}})).json()
    order = answer["order"]
    assert (answer["status"], order["tune_ids"], order["total_cost_mc"]) == (201, ids, 4 * 2 * 2300)
    assert answer["prompt_ids"] == [prompt.id for prompt in fake.prompts]
    assert len(await api.get(f"/prompts?order_id={order['id']}")) == 4
    only = {"tune": {"tune_ids": ids[:1], "prompt_ids": [str(pack.templates[1].id)]}}
    fake.pack_runs_answer = "message"
    assert fake.pack_runs_answer == "message"
    assert (await api("POST", "/p/p/tunes", only)).json() == {"status": 201, "message": "Prompts created"}
    assert fake.prompts[-1].text == "sks man at sea"
    assert len(fake.prompts) == 5


async def test_a_multi_pack_needs_tunes_and_shows_them_together(api: Any, fake: FakeAstria) -> None:
    fake.add_pack(title="Couple", prompts=["at the beach"], multi=True)
    assert "tune_ids" in await api.refused(
        "/p/couple/tunes", {"tune": {"name": "man", "title": "T", "image_urls": PICTURES}}
    )
    ids = [(await api.tune())["id"] for _ in range(2)]
    answer = (await api("POST", "/p/couple/tunes", {"tune": {"tune_ids": ids}})).json()
    assert (len(answer["prompt_ids"]), answer["order"]["tune_ids"]) == (1, ids)


@pytest.mark.parametrize(
    ("params", "status", "name"),
    [
        ({"tune_ids": [1]}, 404, "error"),
        ({"tune_ids": [690204], "prompt_ids": [1]}, 422, "prompt_ids"),
        ({"tune_ids": [690204], "prompt_attributes": {"num_images": 9}}, 422, "prompts.num_images"),
        ({"name": "man", "title": "T", "image_urls": []}, 422, "images"),
        ({"name": "cat", "title": "T", "image_urls": PICTURES}, 422, "name"),
    ],
)
async def test_a_run_that_is_wrong_makes_nothing(
    api: Any, fake: FakeAstria, params: dict[str, Any], status: int, name: str
) -> None:
    fake.add_pack(title="P", prompts=["in a park"])
    assert name in await api.refused("/p/p/tunes", {"tune": params}, status)
    assert fake.tunes == fake.prompts == ()


async def test_a_run_that_cannot_be_paid_makes_nothing(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    fake.add_pack(title="P", prompts=["in a park"])
    fake.account("sd_test").balance_mc = 1
    assert "base" in await api.refused("/p/p/tunes", {"tune": {"tune_ids": [690204]}})
    assert "base" in await api.refused("/p/p/tunes", {"tune": {"name": "man", "title": "T", "image_urls": PICTURES}})
    assert fake.tunes == fake.prompts == ()


# --- Packs that are made over HTTP


async def test_a_prompt_with_a_pack_id_becomes_a_template(api: Any, fake: FakeAstria) -> None:
    pack = (await api("POST", "/packs", {"pack": {"title": "Mine", "base_tune_id": 1504944}})).json()
    tune = await api.tune(branch=None, base_tune_id=1504944, name="woman")
    text = f"<lora:{tune['id']}:1> ohwx woman in a garden"
    template = await api.prompt(1504944, text, pack_id=pack["id"], num_images=2)
    shape = await api.get("/p/mine")
    assert [(one["id"], one["text"]) for one in shape["template_prompts"]] == [(template["id"], "in a garden")]
    assert [one["id"] for one in await api.get(f"/prompts?pack_id={pack['id']}")] == [template["id"]]
    man = await api.tune(branch=None, base_tune_id=1504944, name="man")
    run = (await api("POST", "/p/mine/tunes", {"tune": {"tune_ids": [man["id"]]}})).json()
    (made,) = await api.get(f"/prompts?base_pack_id={pack['id']}")
    assert (made["id"], made["order_id"]) == (run["prompt_ids"][0], run["order"]["id"])
    assert (made["pack_id"], made["orig_prompt_id"], made["num_images"]) == (None, template["id"], 2)
    assert made["text"] == f"<lora:{man['id']}:1> ohwx man in a garden"
    assert fake.persons_of(made["id"]) == (man["id"],)


async def test_a_template_comes_and_goes_by_patch_and_delete(api: Any) -> None:
    pack = (await api("POST", "/packs", {"pack": {"title": "Mine", "base_tune_id": 1504944}})).json()
    tune = await api.tune()
    path = f"/prompts/{(await api.prompt(tune['id'], 'sks man at sea'))['id']}"

    async def templates() -> list[str]:
        return [one["text"] for one in (await api.get("/p/mine"))["template_prompts"]]

    await api("PATCH", path, {"prompt": {"pack_id": pack["id"]}})
    assert await templates() == ["at sea"]
    await api("PATCH", path, {"prompt": {"pack_id": None}})
    assert await templates() == []
    await api("PATCH", path, {"prompt": {"pack_id": pack["id"]}})
    await api("DELETE", path)
    assert await templates() == []


async def test_a_template_that_names_no_tune_is_refused(api: Any, fake: FakeAstria) -> None:
    pack = (await api("POST", "/packs", {"pack": {"title": "Mine", "base_tune_id": 1504944}})).json()
    told = {"base": ["Prompt is not using a fine-tuned model"]}
    whole = {"text": "a garden", "pack_id": pack["id"]}
    assert await api.refused("/tunes/1504944/prompts", {"prompt": whole}) == told
    prompt = await api.prompt(1504944, "a garden")
    response = await api("PATCH", f"/prompts/{prompt['id']}", {"prompt": {"pack_id": pack["id"]}})
    assert (response.status, response.json(), fake.prompts[0].pack_id) == (422, told, None)


async def test_the_gallery_has_packs_to_run(api: Any, fake: FakeAstria) -> None:
    shown = await api.get("/gallery/packs")
    assert len(shown) >= 3
    assert [pack["id"] for pack in await api.get("/packs?public=true&listed=true")] == [pack["id"] for pack in shown]
    assert await api.get("/packs") == []
    for pack in shown:
        name = pack["main_class_name"]
        params: dict[str, Any] = {"name": name, "title": f"for {pack['slug']}", "image_urls": PICTURES}
        if pack["slug"] == "couples":
            params = {"tune_ids": [(await api.tune(name=name))["id"] for _ in range(2)]}
        assert (await api("POST", f"/p/{pack['slug']}/tunes", {"tune": params})).status == 201
    assert len(fake.prompts) == sum(len(pack["template_prompts"]) for pack in shown)


async def test_tunes_of_another_class_are_refused(api: Any, fake: FakeAstria) -> None:
    dog = await api.tune(name="dog")
    told = await api.refused("/p/corporate-headshots/tunes", {"tune": {"tune_ids": [dog["id"]]}})
    assert told == {"name": ["dog is not supported by this pack: woman, man, cat"]}
    assert fake.prompts == ()
