"""Tunes and prompts, called over HTTP with the fields of the vendor's documentation, as curl sends them.

The caller is plain httpx: nothing of ours encodes the request, reads the answer, or knows the rules.
"""

from __future__ import annotations

from typing import Any

import pytest

from .documented import (
    CALLBACK,
    FLUX,
    GEMINI,
    PROMPT,
    SD15,
    SDXL,
    TITLE,
    TUNE,
    Curl,
    images,
    lora,
)

pytestmark = pytest.mark.network


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


def test_a_video_is_ordered_by_model_or_text(curl: Curl) -> None:
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
