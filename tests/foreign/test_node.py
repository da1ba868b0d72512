"""Node's own fetch with FormData: one run of `client.mjs`, looked at from several sides."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def answers(base_url: str, images: list[Path]) -> Any:
    """What it was answered."""
    script = Path(__file__).with_name("client.mjs")
    command = ["node", str(script), base_url, *map(str, images)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=90).stdout)


def test_a_tune_from_files(answers: Any) -> None:
    assert (answers["created"]["status"], answers["tune"]["status"]) == (201, 200)
    tune = answers["tune"]["body"]
    assert (tune["title"], tune["name"], len(tune["orig_images"])) == ("By Node", "woman", 2)
    assert tune["trained_at"]


def test_a_prompt_and_its_images(answers: Any) -> None:
    assert answers["prompt"]["status"] == 201
    assert answers["done"]["body"]["text"] == "sks woman, é and ✓"
    assert answers["seen"] == [["image/png", True]] * 2


@pytest.mark.parametrize("kind", ["plain", "json"])
def test_prompts_without_files(answers: Any, kind: str) -> None:
    assert (answers[kind]["status"], answers[kind]["body"]["text"]) == (201, kind)


def test_a_wrong_key_is_refused_in_plain_text(answers: Any) -> None:
    refused = answers["wrongKey"]
    assert (refused["status"], refused["type"]) == (401, "text/plain; charset=utf-8")
    assert refused["body"].strip() == "HTTP Token: Access denied."


def test_wrong_parameters_are_refused_by_name(answers: Any) -> None:
    assert answers["refused"]["status"] == 422
    assert isinstance(answers["refused"]["body"]["name"][0], str)
