"""The page's tests: a fake on a clock that stands still, and its page, with no socket between."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from astria_async.testing.scaled import ScaledClock

from astria_async._wire import Response
from astria_async.cli.mock.dashboard import Console
from astria_async.testing import FakeAstria, HttpCall, Timings, VirtualClock

HERE = "http://127.0.0.1:8787"


class Desk:
    """A console, and what a test does with it. `changes` counts how often it said that something changed."""

    def __init__(self, factor: float = 1.0) -> None:
        self.real = VirtualClock(auto=False)
        self.clock = ScaledClock(factor, clock=self.real)
        timings = Timings(tune_started=1, tune_trained=100, prompt_started=1, prompt_trained=20)
        self.fake = FakeAstria(clock=self.clock, timings=timings, pictures_origin="http://localhost:8787")
        self.changes = 0
        self.console = Console(self.fake, self.clock, on_change=self._changed, stopwatch=self.real)

    def _changed(self) -> None:
        self.changes += 1

    async def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Response:
        """A request of anybody's."""
        return await self.console.handle(HttpCall.of(method, HERE + path, headers, body))

    async def call(self, method: str, path: str, data: object = None) -> Any:
        """A request of a client's; its answer's JSON."""
        headers = {"authorization": "Bearer sd_secret", "content-type": "application/json"}
        return (await self.ask(method, path, headers, b"" if data is None else json.dumps(data).encode())).json()

    async def tune(self, **params: object) -> int:
        """A new tune; its id."""
        tune = {"name": "man", "title": "first", "image_urls": ["https://e.com/1"], **params}
        return int((await self.call("POST", "/tunes", {"tune": tune}))["id"])

    async def prompt(self, tune_id: int = 690204, **params: object) -> int:
        """A new prompt; its id."""
        prompt = {"text": "a portrait", **params}
        return int((await self.call("POST", f"/tunes/{tune_id}/prompts", {"prompt": prompt}))["id"])

    async def press(self, action: str, origin: str | None = HERE, **fields: str) -> Response:
        """Press a button of the page."""
        headers = {"content-type": "application/x-www-form-urlencoded"} | ({} if origin is None else {"origin": origin})
        return await self.ask("POST", f"/_mock/{action}", headers, urlencode(fields).encode())

    async def seen(self) -> str:
        """The page, as text."""
        return (await self.ask("GET", "/")).body.decode()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def make_desk() -> type[Desk]:
    return Desk
