"""What counts as an answer, the same on every transport: heads as servers send them, bodies packed, too large, broken."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from astria_async import Response, Transport, TransportError

from ...support.transports import ALL, Carrier, over
from .conftest import get

pytestmark = over(ALL)

HELLO = gzip.compress(b"hello", mtime=0)


def _bare_deflate(content: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(content) + packing.flush()


@pytest.fixture
def answered(serve: Any, transport: Transport) -> Callable[..., Any]:
    """Ask a server that says exactly this, and hangs up."""

    async def ask(said: bytes, **more: Any) -> Response:
        async def say(connection: Any) -> None:
            await connection.request()
            await connection.stream.send(said)

        got: Response | Exception
        async with serve(say) as server:
            try:
                got = await transport.send(get(server.url, **more))
            except Exception as error:  # noqa: BLE001 -- raised outside the server's tasks, which would wrap it
                got = error
        if isinstance(got, Exception):
            raise got
        return got

    return ask


def answer(*headers: bytes, body: bytes = b"{}", status: bytes = b"200 OK") -> bytes:
    return b"\r\n".join([b"HTTP/1.1 " + status, b"content-length: %d" % len(body), *headers, b"", body])


#: What aiohttp refuses, unless it is told to take it, which is for the owner of a session to do.
REFUSED_BY_AIOHTTP = ("length-twice", "length-and-chunks", "large")


# --- Heads.


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + answer(),
        b"HTTP/1.0 200 OK\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 200\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1;a=b\r\n}\r\n0\r\n\r\n",
        answer(b"Content-Length: 2"),
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        answer(b"x-large: " + b"y" * 100_000),
    ],
    ids=[
        "provisional",
        "http-1.0",
        "until-the-end",
        "no-reason",
        "chunks",
        "length-twice",
        "length-and-chunks",
        "large",
    ],
)
async def test_an_answer_is_taken_as_servers_send_them(
    answered: Any, said: bytes, carrier: Carrier, request: pytest.FixtureRequest
) -> None:
    if carrier.name == "client of httpx-aiohttp" and request.node.callspec.id.startswith(REFUSED_BY_AIOHTTP):
        with pytest.raises(TransportError):
            await answered(said)
        return
    response = await answered(said)
    assert (response.status, response.body) == (200, b"{}")
    assert response.headers.get("content-length", "2") == "2"


async def test_five_hundred_headers_are_taken_or_the_remedy_is_told(answered: Any, carrier: Carrier) -> None:
    said = answer(*(b"x-%d: v" % number for number in range(500)))
    if carrier.name == "pyreqwest":
        with pytest.raises(TransportError, match="no more than 100 headers, 'httpx' and 'aiohttp' take more"):
            await answered(said)
    elif carrier.name == "client of httpx-aiohttp":
        with pytest.raises(TransportError, match="Too many headers received"):
            await answered(said)
    else:
        assert (await answered(said)).headers["x-499"] == "v"


@pytest.mark.parametrize("value", ["Müller.jpg".encode(), b"M\xfcller.jpg"], ids=["utf-8", "latin-1"])
async def test_a_header_that_is_not_ascii_hurts_nobody(answered: Any, carrier: Carrier, value: bytes) -> None:
    response = await answered(answer(b"x-name: " + value, b"x-other: plain"))
    assert (response.body, response.headers["x-other"]) == (b"{}", "plain")
    # pyreqwest does not give such a value out.
    assert response.headers.get("x-name") == (None if carrier.name == "pyreqwest" else "Müller.jpg")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"what?\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{",
        answer(b"content-length: 3"),
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        answer(b"x bad: 1"),
    ],
    ids=[
        "nothing",
        "no-http",
        "no-status",
        "half-a-head",
        "half-a-body",
        "two-lengths",
        "no-chunk",
        "half-the-chunks",
        "switched",
        "bad-name",
    ],
)
async def test_what_is_not_an_answer_is_a_transport_error(answered: Any, said: bytes) -> None:
    with pytest.raises(TransportError) as caught:
        await answered(said)
    assert caught.value.request_was_sent is True
    assert "\n" not in str(caught.value)


# --- Codings.


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", HELLO),
        ("GZIP", HELLO),
        ("x-gzip", HELLO),
        ("gzip", gzip.compress(b"hel") + gzip.compress(b"lo")),
        ("gzip", HELLO + b"what follows"),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", _bare_deflate(b"hello")),
        ("gzip, deflate", zlib.compress(HELLO)),
        ("identity", b"hello"),
    ],
    ids=["gzip", "upper", "x-gzip", "members", "rest", "deflate", "bare", "twice", "identity"],
)
async def test_a_packed_answer_is_unpacked(answered: Any, coding: str, packed: bytes) -> None:
    said = answer(b"content-encoding: " + coding.encode(), body=packed)
    assert (await answered(said)).body == b"hello"


async def test_an_empty_answer_has_nothing_to_unpack(answered: Any) -> None:
    assert (await answered(answer(b"content-encoding: gzip", body=b""))).body == b""


@pytest.mark.parametrize(
    ("coding", "packed", "told"),
    [
        ("gzip", b"hello", "its coding, gzip, is broken"),
        ("gzip", gzip.compress(bytes(10_000))[:-9], "its coding, gzip, ends too early"),
        ("deflate", b"hello", "its coding, deflate, is broken"),
        ("br", b"hello", "its coding is 'br', which was not asked for"),
        ("gzip, gzip, gzip, gzip", HELLO, "it is packed 4 times"),
        ("gzip", gzip.compress(b"", mtime=0) * 100_000, "has more than 10000 members"),
    ],
    ids=["not-gzip", "half", "not-deflate", "unasked", "too-often", "members"],
)
async def test_what_cannot_be_unpacked_is_a_transport_error(
    answered: Any, coding: str, packed: bytes, told: str
) -> None:
    with pytest.raises(TransportError, match=told) as caught:
        await answered(answer(b"content-encoding: " + coding.encode(), body=packed))
    assert caught.value.request_was_sent is True


async def test_a_packed_stream_is_unpacked_in_pieces(serve: Any, transport: Transport) -> None:
    content = bytes(3_000_000)

    async def packed(connection: Any) -> None:
        await connection.request()
        await connection.answer(gzip.compress(content), headers="Content-Encoding: gzip\r\n")

    async with serve(packed) as server, transport.stream(get(server.url)) as stream:
        pieces = [piece async for piece in stream.chunks()]
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= 256 * 1024


# --- The largest answer.


@pytest.mark.parametrize(
    "said",
    [
        answer(body=b"x" * 1001),
        b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1001,
        answer(b"content-encoding: gzip", body=gzip.compress(bytes(1001))),
        answer(b"content-encoding: deflate", body=zlib.compress(bytes(50_000_000))),
        answer(b"content-encoding: gzip, gzip", body=gzip.compress(gzip.compress(bytes(50_000_000)))),
    ],
    ids=["length", "announced", "no-length", "packed", "bomb", "bomb-in-a-bomb"],
)
async def test_a_too_large_answer_is_given_up(answered: Any, said: bytes) -> None:
    with pytest.raises(TransportError, match="more than 1000 bytes; raise max_response_bytes if that is") as caught:
        await answered(said, max_bytes=1000)
    assert caught.value.request_was_sent is True


async def test_an_answer_of_the_largest_size_is_taken(answered: Any) -> None:
    assert len((await answered(answer(body=b"x" * 1000), max_bytes=1000)).body) == 1000
    packed = answer(b"content-encoding: gzip", body=gzip.compress(bytes(1000)))
    assert len((await answered(packed, max_bytes=1000)).body) == 1000
