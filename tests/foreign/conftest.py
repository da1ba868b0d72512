"""`astria-async mock` in a process of its own, for clients that know nothing of ours."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from astria_async.cli.demo.scenario import SAMPLES


@frozen
class Answer:
    """What curl printed."""

    status: int
    content_type: str
    body: str

    def json(self) -> Any:
        assert self.content_type == "application/json; charset=utf-8", self
        return json.loads(self.body)


Curl = Callable[..., Answer]


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    """Where the mock listens. Training and rendering take no time."""
    command = [sys.executable, "-m", "astria_async", "mock", "--port", "0", "--fast", "1e9", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split("listens on ")[1].split(",")[0]
        process.terminate()


@pytest.fixture(scope="session")
def images() -> list[Path]:
    """Two images on disk."""
    return [*SAMPLES[:2]]


@pytest.fixture(scope="session")
def curl(base_url: str) -> Curl:
    """Run curl as the documentation does: `curl("/tunes", "-F", "tune[title]=x")`. A path or a whole URL."""

    def curl(path: str, *words: str, key: str | None = "sd_curl") -> Answer:
        command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "60", "--globoff"]
        command += ["--write-out", "\\n%{http_code} %{content_type}"]
        command += [] if key is None else ["-H", f"Authorization: Bearer {key}"]
        command += [*words, path if path.startswith("http") else base_url + path]
        printed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=90).stdout
        body, _, end = printed.rpartition("\n")
        status, _, content_type = end.partition(" ")
        return Answer(int(status), content_type, body)

    return curl
