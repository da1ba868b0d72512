"""Every endpoint, called with curl as it is documented, is answered with the documented status and keys."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

pytestmark = pytest.mark.network

FLUX, FACE_BASE = 1504944, 690204

TUNE = (
    "id title name is_api token branch model_type base_tune_id steps args callback face_crop training_face_correct "
    "ckpt_url ckpt_urls eta started_training_at trained_at expires_at created_at updated_at url orig_images cost_mc"
)
PROMPT = (
    "id tune_id text negative_prompt callback cfg_scale steps seed started_training_at trained_at created_at updated_at "
    "url images content_types user_error cost_mc workspace_id pack_id base_pack_id order_id orig_prompt_id "
    "super_resolution controlnet_txt2img ar aspect_ratio resolution num_images denoising_strength "
    "controlnet_conditioning_scale image_references input_image input_video"
)
PACK = (
    "id base_tune_id user_id slug title subtitle token model_type multiplier public_at unlisted_at main_class_name "
    "cover_url logo cost_mc_hash costs prompts_per_class created_at updated_at"
)
USER = "id name email usd_balance_mc auto_extend_tunes top_off_amount payer"
WORKSPACE = "id title slug favicon_url landing_page_html brief"
INSPECTION = (
    "name body_type ethnicity age glasses eye_color hair_color hair_length hair_style facial_hair is_bald headcover "
    "funny_face wearing_sunglasses wearing_hat blurry includes_multiple_people full_body_image_or_longshot selfie "
    "low_resolution low_quality"
)
CATALOG = "cache_ttl default default_video_model models video_models cli"


@frozen
class Call:
    """A call as documented. `{...}` in the path and the words are ids, and the path of an image on disk.

    `keys` are those that the answer has, or each item if it is a list; None if it is empty, "" if nothing is known.
    """

    method: str
    path: str
    words: tuple[str, ...]
    status: tuple[int, ...]
    keys: str | None
    is_list: bool = False
    has_key: bool = True

    def __str__(self) -> str:
        return f"{self.method} {self.path} {' '.join(self.words)}".strip()


def form(*fields: str) -> tuple[str, ...]:
    return tuple(word for field in fields for word in ("-F", field))


def text(*fields: str) -> tuple[str, ...]:
    """As `form`, for values that begin with "<", which curl would read a file for."""
    return tuple(word for field in fields for word in ("--form-string", field))


def plain(*fields: str) -> tuple[str, ...]:
    return tuple(word for field in fields for word in ("--data-urlencode", field))


def sent(data: object) -> tuple[str, ...]:
    return "-H", "Content-Type: application/json", "-d", json.dumps(data)


URL = "https://example.com/1.jpg"
OK, CREATED = (200,), (201,)
CALLS = [
    Call("POST", "/tunes", form("tune[title]=a", "tune[name]=man", "tune[images][]=@{image}"), CREATED, TUNE),
    Call("POST", "/tunes", form("tune[title]=b", "tune[name]=man", "tune[images][0]=@{image}"), CREATED, TUNE),
    Call(
        "POST",
        "/tunes",
        plain("tune[title]=c", "tune[name]=man", f"tune[image_urls][]={URL}", f"tune[base_tune_id]={FLUX}")
        + plain("tune[model_type]=lora", "tune[preset]=flux-lora-portrait"),
        CREATED,
        TUNE,
    ),
    Call("GET", "/tunes", (), OK, TUNE, is_list=True),
    Call("GET", "/tunes.json?limit=1&before_id={prompt}", (), OK, TUNE, is_list=True),
    Call("GET", "/tunes?title=lOrA&model_type=lora&branch=flux1&name[]=woman", (), OK, TUNE, is_list=True),
    Call("GET", "/tunes/{lora}", (), OK, TUNE),
    Call("PATCH", "/tunes/{lora}", form("tune[title]=the lora"), OK, TUNE),
    Call("DELETE", "/tunes/{doomed_tune}", (), (200, 204), ""),
    Call(
        "POST",
        f"/tunes/{FLUX}/prompts",
        text("prompt[text]=<lora:{lora}:1> ohwx woman", "prompt[seed]=-1"),
        CREATED,
        PROMPT,
    ),
    Call("POST", "/tunes/{checkpoint}/prompts", plain("prompt[text]=sks woman in a garden"), CREATED, PROMPT),
    Call("POST", f"/tunes/{FACE_BASE}/prompts", text("prompt[text]=<faceid:{face}:1> woman"), CREATED, PROMPT),
    Call("POST", f"/tunes/{FLUX}/prompts", form("prompt[text]=", "prompt[input_image]=@{image}"), CREATED, PROMPT),
    Call("POST", "/prompts?view=board", sent({"prompt": {"tune_id": FLUX, "text": "a garden"}}), CREATED, "prompt"),
    Call("POST", "/prompts", form(f"prompt[tune_id]={FLUX}", "prompt[text]=a garden"), CREATED, PROMPT),
    Call("GET", f"/tunes/{FLUX}/prompts", (), OK, PROMPT, is_list=True),
    Call("GET", "/prompts?limit=2&offset=1", (), OK, PROMPT, is_list=True),
    Call("GET", "/prompts?text=garden&tune_id={checkpoint}&is_video=false", (), OK, PROMPT, is_list=True),
    Call("GET", f"/tunes/{FLUX}/prompts/{{prompt}}", (), OK, PROMPT),
    Call("GET", "/prompts/{prompt}?expand[]=debug_images", (), OK, f"{PROMPT} debug_images"),
    Call("GET", "/prompts/{prompt}?expand=prompt.debug_images", (), OK, f"{PROMPT} debug_images"),
    Call("PATCH", f"/tunes/{FLUX}/prompts/{{prompt}}", sent({"prompt": {"base_pack_id": None}}), OK, PROMPT),
    Call("PATCH", "/prompts/{prompt}", sent({"prompt": {"base_pack_id": None}}), OK, PROMPT),
    Call("POST", "/prompts/{prompt}/duplicate", ("-d", ""), CREATED, PROMPT),
    Call("POST", "/prompts/{prompt}/duplicate", form("prompt[num_images]=1", "image_index=0"), CREATED, PROMPT),
    Call("POST", "/prompts/{prompt}/likes", ("-d", ""), (200, 201), None),
    Call("POST", "/prompts/{prompt}/like", ("-d", ""), (200, 201), None),
    Call("DELETE", "/prompts/{prompt}/likes", (), (200, 201), None),
    Call("DELETE", f"/tunes/{FLUX}/prompts/{{doomed}}", (), OK, "message"),
    Call("DELETE", "/prompts/{doomed_too}", (), OK, "message"),
    Call("GET", "/packs", (), OK, PACK, is_list=True),
    Call("GET", "/gallery/packs?public=true&listed=true&limit=1", (), OK, PACK, is_list=True),
    Call("GET", "/p/{pack}", (), OK, f"{PACK} template_prompts"),
    Call("GET", "/p/{slug}", (), OK, f"{PACK} template_prompts"),
    Call(
        "POST", "/p/{pack}/tunes", form("tune[title]=run", "tune[name]=woman", "tune[images][]=@{image}"), CREATED, TUNE
    ),
    Call("POST", "/p/{slug}/tunes", sent({"tune": {"tune_ids": ["{lora}"]}}), CREATED, "status"),
    Call(
        "POST",
        "/packs",
        sent({"pack": {"title": "Mine", "base_tune_id": FLUX, "model_type": "lora"}}),
        (200, 201),
        PACK,
    ),
    Call("POST", "/images/inspect", form("name=woman", "file=@{image}"), (200, 201), INSPECTION),
    Call("POST", "/images/inspect", form("name=woman", f"file_url={URL}"), (200, 201), INSPECTION),
    Call(
        "POST",
        "/images/class_name",
        sent({"file_url": URL, "names": ["man", "woman"]}),
        OK,
        "class_name short_description caption captions first_name",
    ),
    Call("POST", "/images/describe", sent({"file_url": URL, "names": ["woman"]}), OK, "description"),
    Call("POST", "/videos/inspect", sent({"file_url": "https://example.com/v.mp4"}), (200, 201), "id status"),
    Call("GET", "/videos/inspect/{video}", (), OK, "id status description"),
    Call(
        "POST",
        "/themes",
        form("theme[theme]=a day in Rome", "theme[tune_ids][]={lora}", "theme[prompt_attributes][num_images]=1"),
        (200, 201),
        None,
    ),
    Call("GET", "/gallery/tunes?limit=200", (), OK, TUNE, is_list=True),
    Call("GET", "/users", (), OK, USER),
    Call("GET", "/workspaces.json", (), OK, WORKSPACE, is_list=True),
    Call("POST", "/workspaces.json", sent({"workspace": {"title": "Shop"}}), (200, 201), WORKSPACE),
    Call("GET", "/workspaces/{workspace}.json", (), OK, WORKSPACE),
    Call("PATCH", "/workspaces/{workspace}.json", sent({"workspace": {"brief": "quiet"}}), OK, WORKSPACE),
    Call("GET", "/cli/models", (), OK, CATALOG, has_key=False),
]


@pytest.fixture(scope="module")
def ids(curl: Callable[..., Any], images: list[Path]) -> dict[str, str]:
    """What the calls are about, made with curl too: {name: id}."""

    def made(path: str, *words: str) -> Any:
        answer = curl(path, *words)
        assert answer.status in (200, 201), answer
        return answer.json()

    def tune(title: str, **params: object) -> str:
        data = {"title": title, "name": "woman", "image_urls": [URL], **params}
        return str(made("/tunes", *sent({"tune": data}))["id"])

    def prompt(text: str, **params: object) -> str:
        return str(made(f"/tunes/{FLUX}/prompts", *sent({"prompt": {"text": text, **params}}))["id"])

    lora = tune("my lora", base_tune_id=FLUX, model_type="lora", preset="flux-lora-portrait")
    pack = made("/packs", *sent({"pack": {"title": "Headshots", "base_tune_id": FLUX, "model_type": "lora"}}))
    prompt(f"<lora:{lora}:1> ohwx woman in an office", pack_id=pack["id"])
    return {
        "lora": lora,
        "checkpoint": tune("my checkpoint"),
        "face": tune("my face", model_type="faceid"),
        "doomed_tune": tune("doomed"),
        "prompt": prompt(f"<lora:{lora}:1> ohwx woman in a garden"),
        "doomed": prompt("a lake"),
        "doomed_too": prompt("a lake"),
        "pack": str(pack["id"]),
        "slug": pack["slug"],
        "workspace": str(made("/workspaces.json", *sent({"workspace": {"title": "First"}}))["id"]),
        "video": str(made("/videos/inspect", *sent({"file_url": "https://example.com/v.mp4"}))["id"]),
        "image": str(images[0]),
    }


def filled(text: str, ids: dict[str, str]) -> str:
    """A text with its `{...}` replaced; those of JSON are left alone."""
    for name, value in ids.items():
        text = text.replace(f"{{{name}}}", value)
    return text


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_an_endpoint_answers_as_documented(call: Call, curl: Callable[..., Any], ids: dict[str, str]) -> None:
    words = [filled(word, ids) for word in call.words]
    answer = curl(filled(call.path, ids), "-X", call.method, *words, key="sd_curl" if call.has_key else None)
    assert answer.status in call.status, answer
    if call.keys is None:
        assert answer.body.strip() == ""
    if not call.keys:
        return
    data = answer.json()
    assert isinstance(data, list) is call.is_list
    items = data if call.is_list else [data]
    assert items
    for item in items:
        assert {*call.keys.split()} <= item.keys()


def test_a_direct_upload_ends_in_a_tune(curl: Callable[..., Any], images: list[Path]) -> None:
    content = images[0].read_bytes()
    checksum = base64.b64encode(hashlib.md5(content).digest()).decode()
    blob = {"filename": "1.jpg", "byte_size": len(content), "checksum": checksum, "content_type": "image/jpeg"}
    upload = curl("/api/direct_uploads", *sent({"blob": blob})).json()
    assert {"signed_id", "public_url", "direct_upload"} <= upload.keys()
    headers = [
        word for name, value in upload["direct_upload"]["headers"].items() for word in ("-H", f"{name}: {value}")
    ]
    put = curl(upload["direct_upload"]["url"], "-X", "PUT", *headers, "--data-binary", f"@{images[0]}", key=None)
    assert put.status in (200, 204)
    tune = curl("/tunes", *form("tune[title]=up", "tune[name]=man", f"tune[images][]={upload['signed_id']}"))
    assert len(tune.json()["orig_images"]) == 1


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/tunes", "/tunes/1", "/prompts", "/users", "/p/1", "/workspaces.json"])
def test_without_a_key_everything_is_refused_in_plain_text(curl: Callable[..., Any], method: str, path: str) -> None:
    answer = curl(path, "-X", method, key=None)
    if answer.status != 404:  # there is no such endpoint
        assert (answer.status, answer.content_type) == (401, "text/plain; charset=utf-8")
        assert answer.body.strip() == "HTTP Token: Access denied."
