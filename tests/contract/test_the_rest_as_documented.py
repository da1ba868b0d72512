"""Packs, images, videos, themes and the account, called over HTTP with the fields of the vendor's documentation, as curl sends them.

The caller is plain httpx: nothing of ours encodes the request, reads the answer, or knows the rules.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import httpx
import pytest

from astria_async.testing import FakeAstria

from .documented import (
    CALLBACK,
    FLUX,
    GEMINI,
    INSPECTION,
    JPEG,
    PACK,
    SD15,
    SDXL,
    TITLE,
    TUNE,
    Curl,
    images,
    lora,
)

pytestmark = pytest.mark.network


# --- Packs


def test_packs_are_listed_and_read_by_id_and_slug(curl: Curl) -> None:
    listed = curl.got("/gallery/packs")
    assert all(pack.keys() >= PACK for pack in listed)
    assert curl.got("/packs?public=true&listed=true&limit=1&offset=1") == listed[1:2]
    assert curl.got("/p/260") == curl.got("/p/corporate-headshots")


def test_a_pack_is_run_in_each_of_its_ways(served: tuple[FakeAstria, str], curl: Curl, persons_of: Any) -> None:
    fields = [f"tune[title]={TITLE}", "tune[name]=man", "tune[characteristics][eye_color]=blue eyes"]
    tune = curl.made("/p/260/tunes", *fields, f"tune[prompt_attributes][callback]={CALLBACK}", *images())
    assert tune.keys() >= TUNE
    prompts = curl.got(f"/tunes/{tune['id']}/prompts")
    assert {prompt["base_pack_id"] for prompt in prompts} == {260}
    assert {persons_of(prompt["id"]) for prompt in prompts} == {(tune["id"],)}
    order = curl.made("/p/corporate-headshots/tunes", json={"tune": {"tune_ids": [tune["id"]]}})
    assert order.keys() == {"status", "order", "prompt_ids"}
    assert order["order"].keys() == {"id", "tune_ids", "total_cost_mc"}
    assert len(curl.got(f"/prompts?order_id={order['order']['id']}")) == len(order["prompt_ids"])
    served[0].pack_runs_answer = "message"
    message = curl.made("/p/260/tunes", f"tune[tune_ids][]={tune['id']}")
    served[0].pack_runs_answer = "order"
    assert message == {"status": 201, "message": "Prompts created"}
    for path, name in (("/p/260/tunes", "dog"), ("/p/couples/tunes", "man")):
        assert curl("POST", path, f"tune[title]={TITLE}", f"tune[name]={name}", *images()).status_code == 422


def test_a_pack_is_made_of_prompts(curl: Curl, persons_of: Any) -> None:
    data = {"pack": {"title": "Gardens", "base_tune_id": FLUX, "model_type": "lora", "subtitle": "green"}}
    pack = curl.made("/packs", json=data)
    assert pack.keys() >= PACK
    woman, man = lora(curl, "woman"), lora(curl)
    template = f"prompt[text]=<lora:{woman['id']}:1> ohwx woman in a garden"
    curl.made(f"/tunes/{FLUX}/prompts", template, f"prompt[pack_id]={pack['id']}")
    run = curl.made(f"/p/{pack['slug']}/tunes", f"tune[tune_ids][]={man['id']}")
    assert [persons_of(id_) for id_ in run["prompt_ids"]] == [(man["id"],)]
    refused = curl("POST", f"/tunes/{FLUX}/prompts", "prompt[text]=a garden", f"prompt[pack_id]={pack['id']}")
    assert (refused.status_code, "Prompt is not using a fine-tuned model" in refused.text) == (422, True)


# --- Images, videos, themes


def test_an_image_is_inspected_and_put_into_words(curl: Curl) -> None:
    found = curl("POST", "/images/inspect", "name=man", "file=@1.jpg")
    assert (found.status_code, found.json().keys()) == (200, INSPECTION)
    found = curl("POST", "/images/class_name", json={"file_url": "https://e.com/1", "names": ["man", "cat"]})
    assert found.json().keys() == {"class_name", "short_description", "caption", "captions", "first_name"}
    found = curl("POST", "/images/describe", json={"file_url": "https://e.com/1"})
    assert (found.status_code, found.json().keys()) == (200, {"description"})


def test_a_video_is_inspected(curl: Curl) -> None:
    begun = curl.made("/videos/inspect", json={"file_url": "https://e.com/1.mp4", "tune_ids": [1]})
    done = curl.got(f"/videos/inspect/{begun['id']}")
    assert done.keys() == {"id", "status", "description", "error"}
    assert done["description"]


def test_a_theme_makes_ten_prompts(curl: Curl, persons_of: Any) -> None:
    tune = lora(curl)
    fields = ["theme[theme]=Corporate headshots", f"theme[tune_ids][]={tune['id']}"]
    answer = curl("POST", "/themes", *fields, "theme[prompt_attributes][num_images]=2")
    assert (answer.status_code, answer.content) == (201, b"")
    prompts = curl.got(f"/tunes/{tune['id']}/prompts")
    assert [persons_of(prompt["id"]) for prompt in prompts] == [(tune["id"],)] * 10


def test_a_file_is_uploaded_directly_and_used(curl: Curl) -> None:
    digest = base64.b64encode(hashlib.md5(JPEG, usedforsecurity=False).digest()).decode()
    blob = {"filename": "1.jpg", "byte_size": len(JPEG), "checksum": digest, "content_type": "image/jpeg"}
    place = curl.made("/api/direct_uploads", json={"blob": blob})
    assert place.keys() == {"signed_id", "public_url", "direct_upload"}
    with httpx.Client(trust_env=False) as store:
        direct = place["direct_upload"]
        assert store.put(direct["url"], headers=direct["headers"], content=JPEG).status_code == 200
    fields = [f"tune[title]={TITLE}", "tune[name]=man", f"tune[images][]={place['signed_id']}"]
    assert len(curl.made("/tunes", *fields)["orig_images"]) == 1


# --- The account


def test_the_user_the_workspaces_and_the_catalog(curl: Curl) -> None:
    assert curl.got("/users").keys() >= {"id", "name", "email", "usd_balance_mc", "auto_extend_tunes", "payer"}
    shop = curl.made("/workspaces.json", json={"workspace": {"title": "Shop"}})
    assert shop.keys() == {"id", "title", "slug", "favicon_url", "landing_page_html", "brief"}
    path = f"/workspaces/{shop['id']}.json"
    changed = curl("PATCH", path, json={"workspace": {"brief": "quiet"}})
    assert changed.json() == curl.got(path) == curl.got("/workspaces.json")[0]
    named = curl.made(f"/tunes/{SD15}/prompts", "prompt[text]=a lake", f"prompt[workspace_id]={shop['id']}")
    own = curl.made(f"/tunes/{SD15}/prompts", "prompt[text]=a hill", X_Workspace_Id="987")
    assert (named["workspace_id"], own["workspace_id"]) == (shop["id"], None)
    for workspace, ids in ((str(shop["id"]), [named["id"]]), ("987", [own["id"]]), ("all", [own["id"], named["id"]])):
        assert [prompt["id"] for prompt in curl.got("/prompts", X_Workspace_Id=workspace)] == ids


def test_what_is_for_everybody(served: tuple[FakeAstria, str], curl: Curl) -> None:
    tunes = {tune["id"]: tune for tune in curl.got("/gallery/tunes?limit=200")}
    assert tunes.keys() >= {FLUX, SDXL, SD15, GEMINI, 4180298, 3691308, 4665564, 3159068}
    with httpx.Client(base_url=served[1], trust_env=False) as anybody:
        catalog = anybody.get("/cli/models").json()
        assert catalog["models"][catalog["default"]]["tune_id"] in tunes
        refused = anybody.get("/tunes")
    assert (refused.status_code, refused.text.strip()) == (401, "HTTP Token: Access denied.")
    assert refused.headers["content-type"].startswith("text/plain")
