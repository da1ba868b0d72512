"""Requests to an ASGI application in this process."""

from __future__ import annotations

from typing import Any

from astria_async.callbacks import CallbackApp


async def post(app: CallbackApp, url: str, body: bytes = b"{}", **more: Any) -> int:
    """The status of a request, with what the test changes of it."""
    path, _, query = url.removeprefix("https://shop.astria-tests.com").partition("?")
    scope: dict[str, Any] = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "root_path": "", "headers": [(b"content-type", b"application/json")], **more,
    }  # fmt: skip
    incoming = [{"type": "http.request", "body": body, "more_body": False}]
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    return statuses[0]
