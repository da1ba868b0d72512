"""Where callbacks go: into an ASGI application in this process, or over HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from .._wire import (
    Body,
    FilePart,
    Request,
    Timeout,
    Transport,
)
from ._server.asgi import App, Message
from .callbacks import Callback, Receiver

#: How long a receiver has, in seconds. The service's patience is not known [I].
PATIENCE = Timeout(attempt=30.0, connect=10.0)
#: What the service calls itself is not known [I].
_USER_AGENT = "Ruby"


def asgi_receiver(app: App) -> Receiver:
    """A receiver that calls an ASGI application, such as the one under test, without a network. Host and path are the URL's.

    Its lifespan is not run. What it raises is in the record of the call.

    Args:
        app: The application that is called.
    """

    async def receiver(call: Callback) -> int | None:
        url = urlsplit(call.url)
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": url.scheme,
            "path": unquote(url.path) or "/",
            "raw_path": url.path.encode() or b"/",
            "query_string": url.query.encode(),
            "root_path": "",
            "headers": [
                (b"host", url.netloc.encode()),
                (b"user-agent", _USER_AGENT.encode()),
                (b"content-type", call.content_type.encode()),
                (b"content-length", str(len(call.body)).encode()),
            ],
            "client": ("127.0.0.1", 0),
            "server": (url.hostname, url.port or (443 if url.scheme == "https" else 80)),
            "state": {},
        }
        incoming: list[Message] = [{"type": "http.disconnect"}, {"type": "http.request", "body": call.body}]
        statuses: list[int] = []

        async def receive() -> Message:
            return incoming.pop() if len(incoming) > 1 else incoming[0]

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        await app(scope, receive, send)
        return statuses[0] if statuses else None

    return receiver


def http_receiver(transport: Transport) -> Receiver:
    """A receiver that sends each call through a transport, such as `HttpxTransport()`: for the fake beside a server.

    Args:
        transport: Who carries the callbacks.
    """

    async def receiver(call: Callback) -> int | None:
        body = FilePart(name="callback", content_type=call.content_type, source=call.body, size=len(call.body))
        request = Request(
            method="POST",
            url=call.url,
            operation="callback",
            body=Body(body),
            headers={"user-agent": _USER_AGENT},
            timeout=PATIENCE,
            credentials=False,
        )
        return (await transport.send(request)).status

    return receiver
