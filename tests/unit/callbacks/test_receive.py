"""What the app refuses: before anything is kept, and without a trace of the secret or the body."""

from __future__ import annotations

import logging
from typing import Any

import anyio
import pytest

from ...support.asgi import post
from .conftest import SECRET, Shop

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"method": "GET"}, 405),
        ({"query_string": b"order=17"}, 403),
        ({"query_string": b""}, 403),
        ({"query_string": b"\xff"}, 403),
        ({"path": "/hooks/other", "raw_path": b"/hooks/other"}, 403),
        ({"path": "/hooks/\xe4", "raw_path": "/hooks/\xe4".encode()}, 403),
        ({"headers": [(b"content-length", b"1000001")]}, 413),
        ({"headers": [(b"content-length", b"x")]}, 413),
        ({"body": b"x" * 1_000_001}, 413),
        ({"body": b"[" * 900_000}, 400),
        ({"body": b"nothing"}, 400),
        ({"body": b'{"tune": {"id": "x"}}'}, 400),
    ],
)
async def test_other_requests_are_refused_without_a_trace(
    shop: Shop, change: dict[str, Any], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    url = shop.signer.url("/astria", order=17)
    assert await post(shop.app, url, **{"body": b'{"tune": {"id": 3}}', **change}) == status
    assert await shop.app.left_over() == []
    assert SECRET not in caplog.text
    assert "_signature" not in caplog.text


async def test_signatures_are_checked_before_the_body_is_read(shop: Shop) -> None:
    async def receive() -> Any:
        raise AssertionError("the body was read")

    statuses = []

    async def send(message: Any) -> None:
        statuses.append(message.get("status"))

    scope = {"type": "http", "method": "POST", "path": "/hooks/astria", "query_string": b"a=1", "headers": []}
    await shop.app(scope, receive, send)
    assert statuses[0] == 403


async def test_forged_calls_are_logged_once_a_minute(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(50):
        await post(shop.app, "https://shop.astria-tests.com/hooks/astria?a=1")
    await shop.clock.sleep(61)
    await post(shop.app, "https://shop.astria-tests.com/hooks/astria?a=1")
    lines = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert [line.split()[1] for line in lines] == ["1", "50"]


async def test_slow_bodies_are_refused(shop: Shop) -> None:
    statuses = []

    async def receive() -> Any:
        await anyio.sleep_forever()

    async def send(message: Any) -> None:
        statuses.append(message.get("status"))

    path, _, query = shop.signer.url("/astria").removeprefix("https://shop.astria-tests.com").partition("?")
    scope = {"type": "http", "method": "POST", "path": path, "query_string": query.encode(), "headers": []}
    await shop.app(scope, receive, send)
    assert statuses[0] == 408


async def test_mounted_apps_find_their_path(shop: Shop) -> None:
    url = shop.signer.url("/astria", order=17)
    path = url.partition("?")[0].removeprefix("https://shop.astria-tests.com")
    inner = path.removeprefix("/hooks").encode()
    body = b'{"tune": {"id": 3}}'
    assert await post(shop.app, url, body, raw_path=inner, path=inner.decode(), root_path="/hooks") == 204
