"""curl: forms with files, forms without, and JSON; and what is refused."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.network

Curl = Callable[..., Any]


def is_an_image(url: str) -> bool:
    """Whether there is a PNG, for whoever asks."""
    command = ["curl", "--silent", "--fail", "--noproxy", "*", url]
    return subprocess.run(command, check=True, capture_output=True, timeout=90).stdout.startswith(b"\x89PNG")


def test_a_tune_from_files_as_the_documentation_sends_it(curl: Curl, images: list[Path]) -> None:
    files = [word for path in images for word in ("-F", f"tune[images][]=@{path}")]
    tune = curl(
        "/tunes", *files, "-F", "tune[title]=By curl", "-F", "tune[name]=woman", "-F", "tune[branch]=fast"
    ).json()
    assert (tune["title"], tune["name"], tune["branch"]) == ("By curl", "woman", "fast")
    assert len(tune["orig_images"]) == 2
    assert curl(f"/tunes/{tune['id']}").json()["trained_at"]
    text = "sks woman, é and ✓"
    prompt = curl(f"/tunes/{tune['id']}/prompts", "-F", f"prompt[text]={text}", "-F", "prompt[num_images]=2").json()
    done = curl(f"/tunes/{tune['id']}/prompts/{prompt['id']}").json()
    assert (done["text"], len(done["images"])) == (text, 2)
    assert all(map(is_an_image, [*done["images"], *tune["orig_images"]]))


def test_a_tune_from_urls_as_a_plain_form(curl: Curl) -> None:
    urls = ["--data-urlencode", "tune[image_urls][]=https://e.com/1.jpg", "-d", "tune[image_urls][]=https://e.com/2"]
    tune = curl("/tunes", *urls, "-d", "tune[title]=plain", "-d", "tune[name]=man").json()
    assert len(tune["orig_images"]) == 2
    prompt = curl(f"/tunes/{tune['id']}/prompts", "-d", "prompt[text]=a+portrait&prompt[super_resolution]=true").json()
    assert (prompt["text"], prompt["super_resolution"]) == ("a portrait", True)


def test_a_tune_as_json(curl: Curl) -> None:
    data = {"tune": {"name": "cat", "title": "json", "image_urls": ["https://e.com/1"], "characteristics": {"a": "b"}}}
    tune = curl("/tunes", "-H", "Content-Type: application/json", "-d", json.dumps(data)).json()
    assert [item["id"] for item in curl("/tunes.json?limit=1").json()] == [tune["id"]]


def test_a_wrong_key_is_refused_in_plain_text(curl: Curl) -> None:
    answer = curl("/tunes", key="wrong")
    assert (answer.status, answer.content_type) == (401, "text/plain; charset=utf-8")
    assert answer.body.strip() == "HTTP Token: Access denied."


def test_wrong_parameters_are_refused_by_name(curl: Curl) -> None:
    answer = curl("/tunes", "-F", "tune[title]=nameless")
    assert answer.status == 422
    errors = answer.json()
    assert "name" in errors
    assert all(isinstance(message, str) for messages in errors.values() for message in messages)
    answer = curl("/tunes/690204/prompts", "-F", "prompt[text]=x", "-F", "prompt[num_images]=9")
    assert (answer.status, [*answer.json()]) == (422, ["num_images"])


def test_what_does_not_exist_is_404(curl: Curl) -> None:
    answer = curl("/tunes/1")
    assert (answer.status, answer.json()) == (404, {"status": 404, "error": "Not Found"})
