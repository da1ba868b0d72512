"""The ASGI application, spoken to in ASGI's own terms."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async.testing import FakeAstria, drop

pytestmark = pytest.mark.anyio


async def speak(app: Any, scope: dict[str, Any], *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the messages to the application, one by one; what it sent."""
    waiting, sent = list(messages), []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


def scope(method: str = "GET", path: str = "/tunes", **more: Any) -> dict[str, Any]:
    headers = [(b"host", b"127.0.0.1:8000"), (b"authorization", b"Bearer sd_test"), *more.pop("headers", ())]
    return {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers, **more}


def part(body: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_request_is_answered_with_its_length(fake: FakeAstria) -> None:
    start, body = await speak(fake.asgi(), scope(query_string=b"limit=3"), part(b""))
    assert (start["status"], body["body"]) == (200, b"[]")
    assert dict(start["headers"])[b"content-length"] == b"2"
    assert fake.requests[0].query == "limit=3"


async def test_a_body_may_come_in_parts(fake: FakeAstria) -> None:
    head = (b"content-type", b"application/json")
    parts = (part(b'{"tune": {"name": "man", "title": "T", ', True), part(b'"image_urls": ["https://e.com/1"]}}'))
    start, _ = await speak(fake.asgi(), scope("POST", headers=[head]), *parts)
    assert start["status"] == 201


async def test_body_too_large_is_refused_before_it_is_all_there(fake: FakeAstria) -> None:
    start, _ = await speak(fake.asgi(max_body=10), scope("POST"), part(b"x" * 6, True), part(b"x" * 6, True))
    assert start["status"] == 413
    assert not fake.requests


async def test_a_client_that_goes_away_leaves_no_trace(fake: FakeAstria) -> None:
    assert await speak(fake.asgi(), scope("POST"), part(b"x", True), {"type": "http.disconnect"}) == []
    assert not fake.requests


async def test_a_dropped_answer_breaks_off(fake: FakeAstria) -> None:
    fake.script("* *", drop())
    (start,) = await speak(fake.asgi(), scope(), part(b""))
    assert dict(start["headers"])[b"content-length"] == b"1"


async def test_a_head_request_is_answered_without_a_body(fake: FakeAstria) -> None:
    start, body = await speak(fake.asgi(), scope("HEAD", "/pictures/p1-0"), part(b""))
    assert (start["status"], body["body"]) == (404, b"")


async def test_it_can_be_mounted_in_another_application(fake: FakeAstria) -> None:
    start, _ = await speak(fake.asgi(), scope(path="/mock/tunes", root_path="/mock"), part(b""))
    assert start["status"] == 200
    start, _ = await speak(fake.asgi(), scope(path="/tunes", root_path="/mock"), part(b""))
    assert start["status"] == 200


async def test_a_servers_lifespan_is_answered(fake: FakeAstria) -> None:
    messages = ({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    sent = await speak(fake.asgi(), {"type": "lifespan"}, *messages)
    assert sent == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]


async def test_a_websocket_is_turned_away(fake: FakeAstria) -> None:
    assert await speak(fake.asgi(), {"type": "websocket"}) == [{"type": "websocket.close"}]
