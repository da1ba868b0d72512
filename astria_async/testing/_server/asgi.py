"""The fake as an ASGI application, for a real server on a loopback port."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any, TypeAlias

import anyio

from ..._wire import Response
from ...errors import TransportError
from .http import HttpRequest, answer

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

#: Larger bodies are answered with 413, in bytes: 50 images of 4 MB.
MAX_BODY = 200 * 1024 * 1024


class _BodyTooLargeError(Exception):
    """More body than is allowed."""


class _ClientGoneError(Exception):
    """The client went away before its request was complete."""


def app_of(
    handle: Callable[[HttpRequest], Awaitable[Response]], max_body: int, beside: Callable[[], Coroutine[Any, Any, None]]
) -> App:
    """An ASGI 3 application around `handle`. A dropped answer is one that breaks off after its headers.

    `beside` runs from the startup to the shutdown of a server that has these.
    """

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send, beside)
        elif scope["type"] == "http":
            await _http(scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _http(scope: Message, receive: Receive, send: Send) -> None:
        try:
            body = await _read(receive, max_body)
        except _ClientGoneError:
            return
        except _BodyTooLargeError:
            await _respond(scope, send, answer(413, {"error": "Request Entity Too Large"}))
            return
        try:
            response = await handle(_call(scope, body))
        except TransportError:
            await send(_start(200, [(b"content-length", b"1")]))
            return
        await _respond(scope, send, response)

    return app


def _call(scope: Message, body: bytes) -> HttpRequest:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    path, root = scope["path"], scope.get("root_path", "")
    if root and path.startswith(f"{root}/"):  # mounted in another application
        path = path[len(root) :]
    query = scope.get("query_string", b"").decode("latin-1")
    host = headers.get("host", "")
    return HttpRequest(method=scope["method"], host=host, path=path, query=query, headers=headers, body=body)


async def _read(receive: Receive, max_body: int) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _ClientGoneError
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > max_body:
            raise _BodyTooLargeError
    return bytes(body)


async def _respond(scope: Message, send: Send, response: Response) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send(_start(response.status, headers))
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else response.body})


def _start(status: int, headers: list[tuple[bytes, bytes]]) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers}


async def _lifespan(receive: Receive, send: Send, beside: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(beside)
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                break
            await send({"type": f"{message['type']}.complete"})
        tasks.cancel_scope.cancel()
    await send({"type": "lifespan.shutdown.complete"})
