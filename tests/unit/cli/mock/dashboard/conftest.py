"""The page's tests: a fake on a clock that stands still, and its page, with no socket between."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlencode

import pytest

from astria_async import Request, Response
from astria_async.cli.mock.callback_queue import CallbackQueue
from astria_async.cli.mock.dashboard import Dashboard
from astria_async.cli.mock.fault_file import Rule
from astria_async.testing import FakeAstria, MockTransport, ScaledClock, Timings, VirtualClock

HOST = "127.0.0.1:8787"
HERE = f"http://{HOST}"


class Desk:
    """A dashboard, and what a test does with it. `changes` counts how often it said that something changed."""

    def __init__(self, factor: float = 1.0, rules: Iterable[tuple[str, Rule]] = ()) -> None:
        self.real = VirtualClock(auto=False)
        self.clock = ScaledClock(factor, clock=self.real)
        timings = Timings(tune_started=1, tune_trained=100, prompt_started=1, prompt_trained=20)
        self.called: list[str] = []
        self.queue = CallbackQueue(MockTransport(self._take), sleep=self.clock.sleep)
        self.fake = FakeAstria(
            clock=self.clock,
            timings=timings,
            images_origin="http://localhost:8787",
            callback_receiver=self.queue.receive,
        )
        self.changes = 0
        self.dashboard = Dashboard(self.fake, self.clock, self.queue, rules=rules, on_change=self._changed)

    def _take(self, request: Request) -> Response:
        self.called.append(request.url)
        return Response(status=500 if "broken" in request.url else 204)

    def _changed(self) -> None:
        self.changes += 1

    async def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", host: str = HOST
    ) -> Response:
        """The answer to a request, as a server would pass it on. An answer without an end has the status 0."""
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": unquote(path),
            "query_string": query.encode(),
            "headers": [(n.encode(), v.encode()) for n, v in {"host": host, **(headers or {})}.items()],
        }
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.dashboard(scope, receive, send)
        if sent[-1]["type"] != "http.response.body":
            return Response(status=0)
        answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Response(status=sent[0]["status"], headers=answered, body=sent[1]["body"])

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

    async def page(self) -> str:
        """The page, as text."""
        return (await self.ask("GET", "/")).body.decode()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def make_desk() -> type[Desk]:
    return Desk
