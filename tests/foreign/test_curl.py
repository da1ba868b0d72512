"""curl: forms with files, forms without, and JSON."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.network


def curl(url: str, *words: str, key: str = "sd_curl") -> tuple[int, str, str]:
    """(status, content type, body)."""
    command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "60"]
    command += ["--write-out", "\\n%{http_code} %{content_type}", "-H", f"Authorization: Bearer {key}", *words, url]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=90).stdout
    body, _, end = printed.rpartition("\n")
    status, _, kind = end.partition(" ")
    return int(status), kind, body


def created(answer: tuple[int, str, str]) -> Any:
    """The object that an answer of 201 holds."""
    assert answer[:2] == (201, "application/json; charset=utf-8")
    return json.loads(answer[2])


def is_a_picture(url: str) -> bool:
    """Whether there is a PNG, for whoever asks."""
    command = ["curl", "--silent", "--fail", "--noproxy", "*", url]
    return subprocess.run(command, check=True, capture_output=True, timeout=90).stdout.startswith(b"\x89PNG")


def test_a_tune_from_files_as_the_documentation_sends_it(base_url: str, pictures: list[Path]) -> None:
    files = [word for path in pictures for word in ("-F", f"tune[images][]=@{path}")]
    fields = ["-F", "tune[title]=By curl", "-F", "tune[name]=woman", "-F", "tune[branch]=fast"]
    tune = created(curl(f"{base_url}/tunes", *files, *fields))
    assert (tune["title"], tune["name"], tune["branch"]) == ("By curl", "woman", "fast")
    assert len(tune["orig_images"]) == 2
    status, _, body = curl(f"{base_url}/tunes/{tune['id']}")
    assert status == 200
    assert json.loads(body)["trained_at"]
    text = "sks woman, é and ✓"
    prompt = created(curl(f"{base_url}/tunes/{tune['id']}/prompts", "-F", f"prompt[text]={text}", "-F", "prompt[num_images]=2"))  # fmt: skip
    _, _, body = curl(f"{base_url}/tunes/{tune['id']}/prompts/{prompt['id']}")
    done = json.loads(body)
    assert (done["text"], len(done["images"])) == (text, 2)
    assert all(map(is_a_picture, [*done["images"], *tune["orig_images"]]))


def test_a_tune_from_addresses_as_a_plain_form(base_url: str) -> None:
    urls = ["--data-urlencode", "tune[image_urls][]=https://e.com/1.jpg", "-d", "tune[image_urls][]=https://e.com/2"]
    tune = created(curl(f"{base_url}/tunes", *urls, "-d", "tune[title]=plain", "-d", "tune[name]=man"))
    assert len(tune["orig_images"]) == 2
    answer = curl(f"{base_url}/tunes/{tune['id']}/prompts", "-d", "prompt[text]=a+portrait&prompt[super_resolution]=true")  # fmt: skip
    assert (created(answer)["text"], created(answer)["super_resolution"]) == ("a portrait", True)


def test_a_tune_as_json(base_url: str) -> None:
    data = {"tune": {"name": "cat", "title": "json", "image_urls": ["https://e.com/1"], "characteristics": {"a": "b"}}}
    words = ["-H", "Content-Type: application/json", "-d", json.dumps(data)]
    tune = created(curl(f"{base_url}/tunes", *words))
    status, _, body = curl(f"{base_url}/tunes.json?limit=1")
    assert (status, [item["id"] for item in json.loads(body)]) == (200, [tune["id"]])


def test_a_wrong_key_is_refused_in_plain_text(base_url: str) -> None:
    status, kind, body = curl(f"{base_url}/tunes", key="wrong")
    assert (status, kind, body.strip()) == (401, "text/plain; charset=utf-8", "HTTP Token: Access denied.")


def test_wrong_parameters_are_refused_by_name(base_url: str) -> None:
    status, _, body = curl(f"{base_url}/tunes", "-F", "tune[title]=nameless")
    assert status == 422
    errors = json.loads(body)
    assert "name" in errors
    assert all(isinstance(message, str) for messages in errors.values() for message in messages)
    status, _, body = curl(f"{base_url}/tunes/690204/prompts", "-F", "prompt[text]=x", "-F", "prompt[num_images]=9")
    assert (status, [*json.loads(body)]) == (422, ["num_images"])


def test_what_is_not_there_is_404(base_url: str) -> None:
    status, _, body = curl(f"{base_url}/tunes/1")
    assert (status, json.loads(body)) == (404, {"status": 404, "error": "Not Found"})
