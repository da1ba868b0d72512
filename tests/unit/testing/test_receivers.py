"""Where callbacks go: an ASGI application, a transport, and a loop beside a server."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest

from astria_async import Request, Response, TransportError
from astria_async.testing import (
    Callback,
    FakeAstria,
    MockTransport,
    VirtualClock,
    asgi_receiver,
    http_receiver,
)
from astria_async.testing._server.asgi import Message, Receive, Send

pytestmark = pytest.mark.anyio

SD15 = 690204
URL = "https://example.com:8443/a%20b/astria?user=1"


class Receiver:
    """An ASGI application that reads a body to its end and answers 204."""

    def __init__(self) -> None:
        self.scopes: list[Message] = []
        self.bodies: list[Any] = []

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        message = await receive()
        assert (await receive())["type"] == "http.disconnect"
        self.scopes.append(scope)
        self.bodies.append(json.loads(message["body"]))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def test_an_asgi_application_is_called_as_by_a_server(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    receiver = Receiver()
    fake.callbacks.receiver = asgi_receiver(receiver)
    prompt = await api.prompt(SD15, callback=URL)
    await clock.sleep(20)
    await fake.deliver_callbacks()
    (scope,) = receiver.scopes
    assert (scope["method"], scope["path"], scope["raw_path"]) == ("POST", "/a b/astria", b"/a%20b/astria")
    assert (scope["query_string"], scope["server"], scope["scheme"]) == (b"user=1", ("example.com", 8443), "https")
    assert dict(scope["headers"])[b"content-type"] == b"application/json"
    assert receiver.bodies[0]["prompt"]["id"] == prompt["id"]
    assert fake.callbacks.log[0].status == 204


async def test_an_application_that_answers_nothing_has_no_status(
    api: Any, fake: FakeAstria, clock: VirtualClock
) -> None:
    async def silent(scope: Message, receive: Receive, send: Send) -> None:
        assert (scope["path"], scope["server"][1]) == ("/", 80)

    fake.callbacks.receiver = asgi_receiver(silent)
    await api.prompt(SD15, callback="http://example.com")
    await clock.sleep(20)
    await fake.deliver_callbacks()
    (record,) = fake.callbacks.log
    assert (record.status, record.error) == (None, None)


async def test_over_a_transport_it_is_a_post_without_a_key(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    transport = MockTransport(lambda request: Response(status=202))
    fake.callbacks.receiver = http_receiver(transport)
    await api.prompt(SD15, callback=URL)
    await clock.sleep(20)
    await fake.deliver_callbacks()
    (request,) = transport.requests
    assert (request.method, request.url, request.credentials) == ("POST", URL, False)
    assert "authorization" not in request.headers
    assert fake.callbacks.log[0].status == 202


async def test_a_receiver_that_cannot_be_reached_is_recorded(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    def unreachable(request: Request) -> Response:
        raise TransportError("there is no such host", request_was_sent=False)

    fake.callbacks.receiver = http_receiver(MockTransport(unreachable))
    await api.prompt(SD15, callback=URL)
    await clock.sleep(20)
    await fake.deliver_callbacks()
    assert isinstance(fake.callbacks.log[0].error, TransportError)


async def test_beside_server_they_come_by_themselves_when_they_are_due(api: Any, clock: VirtualClock) -> None:
    calls: list[tuple[float, str]] = []
    api.fake = fake = FakeAstria(
        clock=clock, callback_receiver=lambda call: calls.append((clock.monotonic(), call.kind))
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(fake.run)
        await clock.sleep(5)  # there is nothing to wait for yet
        await api.tune(branch="sd15", callback=URL)
        await api.prompt(SD15, callback=URL)  # due before what it waits for
        await clock.sleep(1000)
        tasks.cancel_scope.cancel()
    assert calls == [(25, "prompt"), (425, "tune")]


async def test_a_server_with_a_lifespan_delivers_them(api: Any, clock: VirtualClock) -> None:
    calls: list[Callback] = []
    api.fake = fake = FakeAstria(clock=clock, callback_receiver=calls.append)
    told: list[str] = []
    shut_down = anyio.Event()

    async def receive() -> Message:
        if told:
            await shut_down.wait()
            return {"type": "lifespan.shutdown"}
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        told.append(message["type"])

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(fake.asgi(), {"type": "lifespan"}, receive, send)
        await api.prompt(SD15, callback=URL)
        await clock.sleep(30)
        assert len(calls) == 1
        shut_down.set()
    assert told == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
