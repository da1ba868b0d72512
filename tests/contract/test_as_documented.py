"""Each endpoint of the facts page, called over HTTP with the fields of the vendor's documentation, as curl sends them.

The caller is plain httpx: nothing of ours encodes the request, reads the answer, or knows the rules.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from astria_async.testing import FakeAstria, Timings

pytestmark = pytest.mark.network

FLUX, SDXL, SD15, GEMINI = 1504944, 666678, 690204, 3618064
JPEG = b"\xff\xd8\xff" + b"image" * 100
CALLBACK = "https://optional-callback-url.com/webhooks/astria?user_id=1"
TITLE = "John Doe - UUID - 1234-6789-1234-56789"

TUNE = {
    "id", "title", "name", "is_api", "token", "branch", "model_type", "base_tune_id", "steps", "args", "callback",
    "face_crop", "training_face_correct", "ckpt_url", "ckpt_urls", "eta", "started_training_at", "trained_at",
    "expires_at", "created_at", "updated_at", "url", "orig_images", "cost_mc",
}  # fmt: skip
PROMPT = {
    "id", "tune_id", "text", "negative_prompt", "callback", "cfg_scale", "steps", "seed", "started_training_at",
    "trained_at", "created_at", "updated_at", "url", "images", "content_types", "user_error", "cost_mc",
    "workspace_id", "pack_id", "base_pack_id", "order_id", "orig_prompt_id", "super_resolution",
    "controlnet_txt2img", "ar", "aspect_ratio", "resolution", "num_images", "denoising_strength",
    "controlnet_conditioning_scale", "image_references", "input_image", "input_video", "filenames", "liked",
}  # fmt: skip
PACK = {
    "id", "base_tune_id", "user_id", "slug", "title", "subtitle", "token", "model_type", "multiplier", "public_at",
    "unlisted_at", "main_class_name", "cover_url", "logo", "cost_mc_hash", "costs", "prompts_per_class",
    "template_prompts", "created_at", "updated_at",
}  # fmt: skip
INSPECTION = {
    "name", "body_type", "ethnicity", "age", "glasses", "eye_color", "hair_color", "hair_length", "hair_style",
    "facial_hair", "is_bald", "headcover", "funny_face", "wearing_sunglasses", "wearing_hat", "blurry",
    "includes_multiple_people", "full_body_image_or_longshot", "selfie", "low_resolution", "low_quality",
}  # fmt: skip


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[FakeAstria, str]]:
    """A fake for which everything takes no time, and where it listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        fake = FakeAstria(timings=Timings().scaled(0), images_origin=f"http://localhost:{port}")
        server = uvicorn.Server(uvicorn.Config(fake.asgi(), log_level="critical"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield fake, f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join()


class Curl:
    """Sends what `curl -F` sends: each field a part of multipart/form-data, `@` before the name of a file."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def __call__(self, method: str, path: str, *fields: str, json: object = None, **headers: str) -> httpx.Response:
        parts: list[tuple[str, Any]] = []
        for name, _, value in (field.partition("=") for field in fields):
            is_file = value.startswith("@")
            parts.append((name, (value[1:], JPEG, "image/jpeg") if is_file else (None, value)))
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, path, files=parts or None, json=json, headers=sent)

    def made(self, path: str, *fields: str, **more: Any) -> Any:
        response = self("POST", path, *fields, **more)
        assert response.status_code == 201, response.text
        return response.json()

    def got(self, path: str, **headers: str) -> Any:
        response = self("GET", path, **headers)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
def curl(served: tuple[FakeAstria, str], request: pytest.FixtureRequest) -> Iterator[Curl]:
    """Each test has an account of its own."""
    headers = {"Authorization": f"Bearer sd_{request.node.name}"}
    with httpx.Client(base_url=served[1], headers=headers, trust_env=False) as client:
        yield Curl(client)


@pytest.fixture
def persons_of(served: tuple[FakeAstria, str]) -> Callable[[int], tuple[int, ...]]:
    return served[0].persons_of


def images() -> list[str]:
    return [f"tune[images][]=@{number}.jpg" for number in range(1, 5)]


def lora(curl: Curl, name: str = "man") -> Any:
    fields = [f"tune[title]={TITLE}", f"tune[name]={name}", f"tune[base_tune_id]={FLUX}", "tune[model_type]=lora"]
    return curl.made("/tunes", *fields, f"tune[callback]={CALLBACK}", "tune[preset]=flux-lora-portrait", *images())


# --- Tunes


def test_a_flux_lora_draws_on_the_base_model(curl: Curl, persons_of: Any) -> None:
    tune = lora(curl)
    assert tune.keys() >= TUNE
    assert (tune["model_type"], tune["branch"], tune["token"], tune["ckpt_url"]) == ("lora", "flux1", "ohwx", None)
    assert len(tune["orig_images"]) == 4
    text = f"<lora:{tune['id']}:1.0> a painting of ohwx man in the style of Van Gogh"
    prompt = curl.made(f"/tunes/{FLUX}/prompts", f"prompt[text]={text}", f"prompt[callback]={CALLBACK}")
    assert prompt.keys() >= PROMPT
    assert (prompt["tune_id"], prompt["seed"], persons_of(prompt["id"])) == (FLUX, None, (tune["id"],))
    refused = curl("POST", f"/tunes/{tune['id']}/prompts", f"prompt[text]={text}")
    assert refused.status_code == 422
    assert "model_type=lora is not supported. Use a checkpoint instead" in refused.text


def test_a_create_without_a_base_is_an_sd15_checkpoint(curl: Curl, persons_of: Any) -> None:
    tune = curl.made("/tunes", f"tune[title]={TITLE}", "tune[name]=woman", *images())
    assert (tune["model_type"], tune["branch"], tune["token"]) == (None, "sd15", "sks")
    prompt = curl.made(f"/tunes/{tune['id']}/prompts", "prompt[text]=sks woman in a garden")
    assert persons_of(prompt["id"]) == (tune["id"],)


def test_sdxl_is_trained_as_pti_and_faceid_at_once(curl: Curl, persons_of: Any) -> None:
    fields = [f"tune[title]={TITLE}", "tune[name]=woman", *images()]
    sdxl = curl.made("/tunes", *fields, f"tune[base_tune_id]={SDXL}", "tune[model_type]=lora")
    face = curl.made("/tunes", *fields[:3], "tune[model_type]=faceid")
    assert (sdxl["model_type"], sdxl["token"]) == ("pti", "ohwx")
    assert (face["token"], face["ckpt_url"], face["ckpt_urls"]) == (None, None, [])
    assert face["trained_at"] <= face["eta"]
    for base, text, tune in (
        (SDXL, f"<lora:{sdxl['id']}:0.83> ohwx woman", sdxl),
        (SD15, f"<faceid:{face['id']}:1> woman", face),
        (GEMINI, f"<faceid:{face['id']}:1> woman wearing a hat", face),
    ):
        assert persons_of(curl.made(f"/tunes/{base}/prompts", f"prompt[text]={text}")["id"]) == (tune["id"],)


def test_nested_parameters_come_as_forms_and_as_json(curl: Curl) -> None:
    form = curl.made(
        "/tunes", f"tune[title]={TITLE}", "tune[name]=man", "tune[branch]=fast", f"tune[base_tune_id]={FLUX}",
        "tune[characteristics][eye_color]=blue eyes", "tune[prompts_attributes][0][text]=ohwx man holding flowers",
        "tune[prompts_attributes][0][lora_scale]=0.8", "tune[prompts_attributes][1][text]=ohwx man",
        "tune[images][0]=@1.jpg",
    )  # fmt: skip
    attributes = [{"text": "ohwx cat", "callback": CALLBACK, "num_images": 8}]
    tree = {"title": "Grumpy cat", "name": "cat", "branch": "fast", "image_urls": ["https://i.imgur.com/HLHBnl9.jpeg"]}
    json = curl.made("/tunes", json={"tune": {**tree, "prompts_attributes": attributes}})
    assert [len(curl.got(f"/tunes/{tune['id']}/prompts")) for tune in (form, json)] == [2, 1]


def test_tunes_are_listed_read_changed_and_deleted(curl: Curl) -> None:
    ids = [lora(curl)["id"] for _ in range(3)]
    assert [tune["id"] for tune in curl.got("/tunes?limit=2")] == ids[:0:-1]
    assert [tune["id"] for tune in curl.got(f"/tunes.json?before_id={ids[1]}")] == ids[:1]
    assert len(curl.got("/tunes?title=JOHN&name[]=man&model_type=lora&branch=flux1")) == 3
    assert curl.got(f"/tunes/{ids[0]}").keys() >= TUNE
    changed = curl("PATCH", f"/tunes/{ids[0]}", "tune[title]=Jane", "tune[auto_extend]=true").json()
    assert (changed["title"], changed["expires_at"]) == ("Jane", None)
    deep = curl("GET", "/tunes?offset=201")
    assert (deep.status_code, "before_id" in deep.text) == (400, True)
    assert curl("DELETE", f"/tunes/{ids[0]}").status_code == 200
    gone = curl("GET", f"/tunes/{ids[0]}")
    assert (gone.status_code, gone.json()) == (404, {"status": 404, "error": "Not Found"})


# --- Prompts


def test_prompts_are_listed_read_changed_and_deleted(curl: Curl) -> None:
    ids = [curl.made(f"/tunes/{SD15}/prompts", "prompt[text]=a lake", "prompt[seed]=-1")["id"] for _ in range(3)]
    assert [prompt["id"] for prompt in curl.got(f"/tunes/{SD15}/prompts?limit=2")] == ids[:0:-1]
    assert [prompt["id"] for prompt in curl.got(f"/prompts?before_id={ids[1]}&text=LAKE")] == ids[:1]
    done = curl.got(f"/tunes/{SD15}/prompts/{ids[0]}?expand[]=debug_images")
    assert done.keys() >= PROMPT | {"debug_images"}
    assert (len(done["images"]), bool(done["trained_at"])) == (4, True)
    assert curl.got(f"/prompts/{ids[0]}?expand=prompt.comments")["comments"] == []
    for path in (f"/tunes/{SD15}/prompts/{ids[0]}", f"/prompts/{ids[0]}"):
        assert curl("PATCH", path, "prompt[base_pack_id]=260", "prompt[orig_prompt_id]=7").json()["base_pack_id"] == 260
        assert curl("PATCH", path, json={"prompt": {"base_pack_id": None}}).json()["base_pack_id"] is None
    deep = curl("GET", "/prompts?offset=10001")
    assert (deep.status_code, "before_id" in deep.text) == (400, True)
    for path in (f"/tunes/{SD15}/prompts/{ids[0]}", f"/prompts/{ids[1]}"):
        answer = curl("DELETE", path)
        assert (answer.status_code, answer.json()) == (200, {"message": "Prompt successfully deleted"})
    assert [prompt["id"] for prompt in curl.got("/prompts")] == ids[2:]


@pytest.mark.parametrize(
    "field",
    [
        "pack_id=1", "base_pack_id=1", f"tune_id={SDXL}", "user_id=1", "orig_prompt_id=1", "order_id=1", "liked=true",
        "today=false", "is_video=true", "is_api=false", "text=hill",
    ],
)  # fmt: skip
def test_each_filter_of_prompts_narrows_the_list(curl: Curl, field: str) -> None:
    curl.made(f"/tunes/{SD15}/prompts", "prompt[text]=a lake")
    assert (len(curl.got("/prompts")), curl.got(f"/prompts?{field}")) == (1, [])


def test_an_input_image_needs_no_text(curl: Curl) -> None:
    fields = ["prompt[text]=", "prompt[input_image]=@1.jpg", "prompt[super_resolution]=true"]
    assert curl.made(f"/tunes/{SD15}/prompts", *fields)["input_image"].startswith("http")


def test_a_video_is_ordered_by_its_model_or_in_the_text(curl: Curl) -> None:
    model = ["prompt[text]=", "prompt[video_model]=seedance25_720p", "prompt[video_prompt]=she walks"]
    flagged = ["prompt[text]=a lake --video kling"]
    for fields in ([*model, "prompt[image_references][]=@1.jpg"], flagged):
        prompt = curl.made(f"/tunes/{GEMINI}/prompts", *fields)
        done = curl.got(f"/prompts/{prompt['id']}")
        assert (done["content_types"], len(done["images"])) == (["video/mp4"], 1)
    refused = curl("POST", f"/tunes/{GEMINI}/prompts", *flagged, "prompt[num_images]=2")
    assert (refused.status_code, refused.json()) == (422, {"num_images": ["must be 1 for --video"]})


def test_a_prompt_is_duplicated_and_liked(curl: Curl) -> None:
    prompt = curl.made(f"/tunes/{SD15}/prompts", "prompt[text]=a lake")
    copy = curl.made(f"/prompts/{prompt['id']}/duplicate", "prompt[seed]=12345")
    assert (copy["seed"], copy["orig_prompt_id"], copy["text"]) == (12345, prompt["id"], "a lake")
    taken = curl.made(f"/prompts/{prompt['id']}/duplicate", "image_index=1")
    assert curl.got(f"/prompts/{taken['id']}")["images"] == curl.got(f"/prompts/{prompt['id']}")["images"][1:2]
    for method in ("POST", "DELETE"):
        for word in ("likes", "like"):
            answer = curl(method, f"/prompts/{prompt['id']}/{word}")
            assert (answer.status_code, answer.content) == (201, b"")


def test_the_board_gets_its_prompt_wrapped(curl: Curl) -> None:
    data = {"prompt": {"tune_id": SD15, "text": "a lake", "order_id": 5}}
    assert curl.made("/prompts?view=board", json=data)["prompt"].keys() >= PROMPT
    assert curl.made("/prompts", f"prompt[tune_id]={SD15}", "prompt[text]=a lake").keys() >= PROMPT


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
