"""The mock in a process of its own, and Debian's chromium in front of its page."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

#: Nothing that calls home, and no sandbox, which a container has no rights to build.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


expect.set_options(timeout=30_000)  # a bound, not a wait: in milliseconds


class Mock:
    """A running `astria-async mock`."""

    def __init__(self, *words: str) -> None:
        command = [sys.executable, "-m", "astria_async", "mock", "--port", "0", *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split("listens on ")[1].split(",")[0]

    def call(self, method: str, path: str, data: object = None) -> Any:
        """What a client is answered: the JSON of a success, else the status."""
        headers = {"Authorization": "Bearer sd_browser", "Content-Type": "application/json"}
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def tune(self, **params: object) -> Any:
        """Create a tune: a new one's id, or the status of a refusal."""
        tune = {"name": "woman", "title": "a tune", "image_urls": ["https://e.com/1", "https://e.com/2"], **params}
        answer = self.call("POST", "/tunes", {"tune": tune})
        return answer if isinstance(answer, int) else answer["id"]

    def prompt(self, tune_id: int = 690204, **params: object) -> Any:
        """Create a prompt: its id."""
        return self.call("POST", f"/tunes/{tune_id}/prompts", {"prompt": {"text": "a portrait", **params}})["id"]

    def stop(self) -> None:
        """End it, as Ctrl-C does."""
        self.process.terminate()
        self.process.communicate(timeout=30)


@pytest.fixture
def start() -> Iterator[Callable[..., Mock]]:
    """Start a mock with some options."""
    started: list[Mock] = []

    def start(*words: str) -> Mock:
        started.append(Mock(*words))
        return started[-1]

    yield start
    for mock in started:
        mock.stop()


@pytest.fixture
def mock(start: Callable[..., Mock]) -> Mock:
    return start()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser's console said, of any kind. There must be nothing at a test's end."""
    said: list[str] = []
    yield said
    assert not said


@pytest.fixture
def look(chromium: Browser, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Open a mock's page in a new window, its width and colour scheme as given."""
    contexts = []

    def look(mock: Mock, width: int = 1400, scheme: Any = "light", script: bool = True) -> Page:
        size: Any = {"width": width, "height": 900}
        context = chromium.new_context(viewport=size, color_scheme=scheme, java_script_enabled=script)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(mock.url)
        return page

    yield look
    for context in contexts:
        context.close()
