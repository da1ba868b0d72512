"""Users, balances, workspaces; and what is there for everybody."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async.testing import FakeAstria

pytestmark = pytest.mark.anyio

SD15 = 690204


async def test_a_user_pays_for_itself(api: Any, fake: FakeAstria) -> None:
    fake.account("sd_test").balance_mc = 200_000
    await api.tune(branch="sd15")
    user = await api.get("/users")
    assert (user["usd_balance_mc"], user["payer"]["self"], user["payer"]["usd_balance_mc"]) == (50_000, True, 50_000)
    assert user["payer"]["id"] == user["id"]


async def test_a_balance_that_never_ends_shrinks_all_the_same(api: Any) -> None:
    before = (await api.get("/users"))["usd_balance_mc"]
    await api.tune(branch="sd15")
    assert before - (await api.get("/users"))["usd_balance_mc"] == 150_000


async def test_the_payer_follows_the_workspace(api: Any, fake: FakeAstria) -> None:
    shop = (await api("POST", "/workspaces.json", {"workspace": {"title": "Shop"}})).json()
    (stored,) = fake.workspaces
    stored.payer = "sd_company"
    fake.account("sd_company").balance_mc = 5000
    there = {"X-Workspace-Id": str(shop["id"])}
    user = (await api("GET", "/users", **there)).json()
    assert (user["payer"]["self"], user["payer"]["usd_balance_mc"]) == (False, 5000)
    path, data = f"/tunes/{SD15}/prompts", {"prompt": {"text": "x", "num_images": 2}}
    assert (await api("POST", path, data, **there)).status == 201
    assert fake.account("sd_company").balance_mc == 400
    assert (await api("POST", path, data, **there)).status == 422
    assert (await api("POST", path, data)).status == 201


async def test_a_workspace_has_six_fields_and_belongs_to_its_key(api: Any, fake: FakeAstria) -> None:
    shop = (await api("POST", "/workspaces", {"workspace": {"title": "My Shop", "brief": "red", "id": 7}})).json()
    assert shop == {
        "id": shop["id"], "title": "My Shop", "slug": "my-shop", "favicon_url": None, "landing_page_html": None,
        "brief": "red",
    }  # fmt: skip
    path = f"/workspaces/{shop['id']}.json"
    changed = (await api("PATCH", path, {"workspace": {"slug": "s", "brief": None}})).json()
    assert (changed["slug"], changed["brief"], changed["title"]) == ("s", None, "My Shop")
    assert await api.get(path) == changed
    assert await api.get("/workspaces") == [changed]
    other = type(api)(fake, "sd_other")
    assert ((await other("GET", path)).status, await other.get("/workspaces")) == (404, [])
    for method, target in (("POST", "/workspaces"), ("PATCH", path)):
        assert (await api(method, target, {"workspace": {"title": ""}})).json() == {"title": ["can't be blank"]}


async def test_each_list_shows_its_own_workspace_or_all(api: Any) -> None:
    shop = (await api("POST", "/workspaces", {"workspace": {"title": "Shop"}})).json()["id"]
    for workspace, text in ((str(shop), "there"), ("987", "here"), ("", "here too"), ("all", "here three")):
        response = await api("POST", f"/tunes/{SD15}/prompts", {"prompt": {"text": text}}, X_Workspace_Id=workspace)
        assert response.json()["workspace_id"] == (shop if text == "there" else None)

    async def texts(workspace: str) -> list[str]:
        return [one["text"] for one in (await api("GET", "/prompts", X_Workspace_Id=workspace)).json()]

    assert await texts(str(shop)) == ["there"]
    assert await texts("all") == ["here three", "here too", "here", "there"]
    assert await texts("") == await texts("987") == ["here three", "here too", "here"]


async def test_a_prompt_can_name_its_workspace_and_be_moved(api: Any) -> None:
    shop = (await api("POST", "/workspaces", {"workspace": {"title": "Shop"}})).json()["id"]
    prompt = await api.prompt(SD15, workspace_id=str(shop))
    assert (prompt["workspace_id"], await api.get("/prompts?text=portrait")) == (shop, [])
    path = f"/tunes/{SD15}/prompts/{prompt['id']}"
    moved = (await api("PATCH", path, {"prompt": {"workspace_id": 987}})).json()
    assert (moved["workspace_id"], len(await api.get("/prompts"))) == (None, 1)


async def test_filters_and_workspaces_narrow_down_together(api: Any) -> None:
    shop = (await api("POST", "/workspaces", {"workspace": {"title": "Shop"}})).json()["id"]
    await api.tune(title="red here")
    for title in ("red", "blue"):
        data = {"tune": {"name": "man", "title": title, "branch": "fast", "image_urls": ["https://e.com/1"]}}
        await api("POST", "/tunes", data, X_Workspace_Id=str(shop))
    found = (await api("GET", "/tunes?title=red", X_Workspace_Id=str(shop))).json()
    assert [tune["title"] for tune in found] == ["red"]


async def test_an_object_of_another_workspace_is_found_by_its_id(api: Any) -> None:
    shop = (await api("POST", "/workspaces", {"workspace": {"title": "Shop"}})).json()["id"]
    there = {"X-Workspace-Id": str(shop)}
    data = {"prompt": {"text": "x"}}
    prompt = (await api("POST", f"/tunes/{SD15}/prompts", data, **there)).json()
    assert (await api("GET", f"/prompts/{prompt['id']}")).status == 200
    assert (await api("GET", f"/prompts/{prompt['id']}", **there)).status == 200
    assert (await api("GET", f"/tunes/{SD15}", **there)).status == 200


# --- For everybody


async def test_the_gallery_has_tunes_that_anyone_can_prompt(api: Any) -> None:
    everything = await api.get("/gallery/tunes?limit=200")
    assert [tune["id"] for tune in everything] == sorted((tune["id"] for tune in everything), reverse=True)
    branches = {tune["id"]: (tune["branch"], tune["model_type"]) for tune in everything}
    known = {1504944: "flux1", 690204: "sd15", 666678: "sdxl1", 3618064: "gemini-2", 3691308: "partner-1"}
    assert {id_: branches[id_] for id_ in known} == {id_: (branch, None) for id_, branch in known.items()}
    assert {4180298, 4665564, 3159068} < branches.keys()
    (dress,) = await api.get("/gallery/tunes?name[]=dress")
    assert "base" in await api.refused(f"/tunes/{dress['id']}/prompts", {"prompt": {"text": "a dress"}})
    text = f"<lora:{dress['id']}:1> ohwx dress"
    assert (await api.prompt(1504944, text))["tune_id"] == 1504944
    assert await api.get("/tunes") == []


async def test_the_catalog_needs_no_key_and_its_tunes_exist(api: Any, fake: FakeAstria) -> None:
    nobody = type(api)(fake, "")
    catalog = await nobody.get("/cli/models")
    assert catalog["default"] in catalog["models"]
    assert catalog["default_video_model"] in catalog["video_models"]
    for model in catalog["models"].values():
        assert (await api.get(f"/tunes/{model['tune_id']}"))["trained_at"]
    assert (await nobody("GET", "/users")).status == 401
