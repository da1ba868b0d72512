"""Python's requests: `data=` and `files=` with names in brackets, and `json=`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

pytestmark = pytest.mark.network


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = "Bearer sd_requests"
        yield session


def test_a_tune_from_files_then_a_prompt_and_its_images(
    session: requests.Session, base_url: str, images: list[Path]
) -> None:
    data = {"tune[title]": "By requests", "tune[name]": "man", "tune[branch]": "fast", "tune[face_crop]": True}
    with ExitStack() as stack:
        files = [("tune[images][]", stack.enter_context(path.open("rb"))) for path in images]
        answer = session.post(f"{base_url}/tunes", data=data, files=files, timeout=60)
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/json; charset=utf-8")
    tune = answer.json()
    assert (tune["title"], tune["face_crop"], len(tune["orig_images"])) == ("By requests", True, 2)
    assert session.get(f"{base_url}/tunes/{tune['id']}", timeout=60).json()["trained_at"]
    prompts = f"{base_url}/tunes/{tune['id']}/prompts"
    data = {"prompt[text]": "sks man", "prompt[num_images]": 3, "prompt[seed]": 7}
    prompt = session.post(prompts, data=data, timeout=60).json()
    done = session.get(f"{prompts}/{prompt['id']}", timeout=60).json()
    assert (done["seed"], len(done["images"])) == (7, 3)
    del session.headers["Authorization"]  # images need no key
    for url in done["images"]:
        image = session.get(url, timeout=60)
        assert (image.headers["content-type"], image.content[:4]) == ("image/png", b"\x89PNG")


def test_a_list_in_a_plain_form(session: requests.Session, base_url: str) -> None:
    data = {"tune[title]": "x", "tune[name]": "dog", "tune[image_urls][]": ["https://e.com/1", "https://e.com/2"]}
    tune = session.post(f"{base_url}/tunes", data=data, timeout=60).json()
    assert len(tune["orig_images"]) == 2


def test_prompts_that_come_with_a_tune(session: requests.Session, base_url: str) -> None:
    data = {
        "tune[title]": "x", "tune[name]": "dog", "tune[branch]": "fast", "tune[image_urls][]": "https://e.com/1",
        "tune[prompts_attributes][0][text]": "first", "tune[prompts_attributes][1][text]": "second",
    }  # fmt: skip
    tune = session.post(f"{base_url}/tunes", data=data, timeout=60).json()
    prompts = session.get(f"{base_url}/tunes/{tune['id']}/prompts", timeout=60).json()
    assert [prompt["text"] for prompt in prompts] == ["second", "first"]
    assert all(prompt["images"] for prompt in prompts)


def test_an_image_for_a_prompt(session: requests.Session, base_url: str, images: list[Path]) -> None:
    data = {"prompt[text]": "x", "prompt[controlnet]": "pose", "prompt[denoising_strength]": "0.5"}
    with images[0].open("rb") as file:
        files = {"prompt[input_image]": (images[0].name, file, "image/jpeg")}
        answer = session.post(f"{base_url}/tunes/690204/prompts", data=data, files=files, timeout=60)
    prompt = answer.json()
    assert (answer.status_code, prompt["denoising_strength"]) == (201, 0.5)
    assert prompt["input_image"]


def test_a_wrong_key_and_wrong_parameters(session: requests.Session, base_url: str) -> None:
    refused = session.get(f"{base_url}/tunes", headers={"Authorization": "Bearer none"}, timeout=60)
    assert (refused.status_code, refused.headers["content-type"].partition(";")[0]) == (401, "text/plain")
    wrong = session.post(
        f"{base_url}/tunes/690204/prompts", json={"prompt": {"text": "x", "cfg_scale": 16}}, timeout=60
    )
    assert wrong.status_code == 422
    assert isinstance(wrong.json()["cfg_scale"][0], str)
