"""A fake on a virtual clock, and a caller that knows HTTP and nothing of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from astria_async._wire import Response
from astria_async.testing import FakeAstria, HttpRequest, VirtualClock

PICTURE = "https://example.com/a.jpg"


class Api:
    """Calls the fake with one key: JSON bodies, whole URLs or paths."""

    def __init__(self, fake: FakeAstria, key: str = "sd_test") -> None:
        self.fake = fake
        self.key = key
        self.count = 0

    async def __call__(self, method: str, target: str, data: object = None, **headers: str) -> Response:
        url = target if target.startswith("http") else f"https://api.astria.ai{target}"
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key:
            sent.setdefault("Authorization", f"Bearer {self.key}")
        body = data if isinstance(data, bytes) else b"" if data is None else json.dumps(data).encode()
        if body:
            sent.setdefault("content-type", "application/json")
        return await self.fake.handle(HttpRequest.of(method, url, sent, body))

    async def get(self, target: str) -> Any:
        """The JSON of a GET that works."""
        response = await self("GET", target)
        assert response.status == 200, response.body
        return response.json()

    async def tune(self, **params: Any) -> Any:
        """A new tune; by default a mock, free of charge and trained after 12 s."""
        self.count += 1
        whole = {"name": "man", "title": f"order {self.count}", "branch": "fast", "image_urls": [PICTURE], **params}
        response = await self("POST", "/tunes", {"tune": whole})
        assert response.status == 201, response.body
        return response.json()

    async def prompt(self, tune_id: int, text: str = "a portrait", **params: Any) -> Any:
        """A new prompt."""
        response = await self("POST", f"/tunes/{tune_id}/prompts", {"prompt": {"text": text, **params}})
        assert response.status == 201, response.body
        return response.json()

    async def refused(self, target: str, data: object, status: int = 422) -> Any:
        """The JSON of a POST that is refused."""
        response = await self("POST", target, data)
        assert response.status == status, response.body
        return response.json()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def fake(clock: VirtualClock) -> FakeAstria:
    return FakeAstria(clock=clock)


@pytest.fixture
def api(fake: FakeAstria) -> Api:
    return Api(fake)
