"""MockTransport: a function as a network."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from astria_async._wire import Request, Response, Transport
from astria_async.errors import ConfigurationError, TransportError
from astria_async.testing import MockTransport
from astria_async.testing.transport import CHUNK

pytestmark = pytest.mark.anyio

REQUEST = Request(method="GET", url="https://api.astria.ai/tunes")


def hello(request: Request) -> Response:
    return Response.from_json(200, {"path": request.path})


async def test_a_plain_function_answers() -> None:
    transport: Transport = MockTransport(hello)
    assert (await transport.send(REQUEST)).json() == {"path": "/tunes"}


async def test_an_async_function_answers() -> None:
    async def slow_hello(request: Request) -> Response:
        await anyio.lowlevel.checkpoint()
        return hello(request)

    assert (await MockTransport(slow_hello).send(REQUEST)).status == 200


async def test_every_request_is_kept_even_if_no_answer_came() -> None:
    def unreachable(request: Request) -> Response:
        raise TransportError("no answer", request_was_sent=False)

    transport = MockTransport(unreachable)
    with pytest.raises(TransportError):
        await transport.send(REQUEST)
    assert transport.requests == [REQUEST]


async def test_sending_is_point_at_which_task_can_be_cancelled() -> None:
    transport = MockTransport(hello)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await transport.send(REQUEST)
    assert transport.requests == []


async def test_a_stream_gives_the_same_answer_in_chunks() -> None:
    body = bytes(range(256)) * 10
    transport = MockTransport(lambda _: Response(status=206, headers={"Content-Type": "image/png"}, body=body))
    async with transport.stream(REQUEST) as answer:
        chunks = [chunk async for chunk in answer.chunks()]
        assert (answer.status, answer.headers["content-type"]) == (206, "image/png")
    assert b"".join(chunks) == body
    assert [len(chunk) for chunk in chunks] == [CHUNK, CHUNK, 512]


async def test_a_streamed_body_can_be_read_once() -> None:
    async with MockTransport(hello).stream(REQUEST) as answer:
        assert [chunk async for chunk in answer.chunks()]
        with pytest.raises(RuntimeError, match="iterated once"):
            [chunk async for chunk in answer.chunks()]


async def test_a_closed_transport_says_so() -> None:
    transport = MockTransport(hello)
    await transport.aclose()
    await transport.aclose()
    with pytest.raises(ConfigurationError, match="closed"):
        await transport.send(REQUEST)
    with pytest.raises(ConfigurationError, match="closed"):
        async with transport.stream(REQUEST):
            pass
