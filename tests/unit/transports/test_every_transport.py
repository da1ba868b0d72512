"""Each transport over real sockets: what it sends, what it gives back, and what it says of a failure."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any

import anyio
import pytest

from astria_async import ParameterError, Request, RequestTimeoutError, SystemClock, Timeout, Transport, TransportError
from astria_async._codec import measure
from astria_async.middleware import AttemptTimeout

from ...support.transports import ALL, nobody_listening, over
from .conftest import always, get, half_an_answer, post

pytestmark = over(ALL)


async def test_it_returns_status_headers_and_body_of_any_answer(serve: Any, transport: Transport) -> None:
    async def refuse(connection: Any) -> None:
        await connection.request()
        await connection.answer(b'{"a": 1}', "422 Unprocessable", "X-Request-Id: r1\r\n")

    async with serve(refuse) as server:
        response = await transport.send(get(f"{server.url}/tunes?limit=1", headers={"x-a": "b"}))
    assert (response.status, response.headers["x-request-id"], response.json()) == (422, "r1", {"a": 1})
    assert server.requests[0].startswith(b"GET /tunes?limit=1 HTTP/1.1\r\n")
    assert b"x-a: b\r\n" in server.requests[0].lower()


async def test_a_header_that_comes_twice_is_one_with_a_comma(serve: Any, transport: Transport) -> None:
    async def twice(connection: Any) -> None:
        await connection.request()
        await connection.answer(headers="X-Tag: a\r\nx-other: c\r\nx-tag: b\r\n")

    async with serve(twice) as server:
        headers = (await transport.send(get(server.url))).headers
    assert (headers["x-tag"], headers["x-other"]) == ("a, b", "c")


async def test_a_compressed_answer_is_unpacked(serve: Any, transport: Transport) -> None:
    async def packed(connection: Any) -> None:
        await connection.request()
        await connection.answer(gzip.compress(b"hello"), headers="Content-Encoding: gzip\r\n")

    async with serve(packed) as server:
        assert (await transport.send(get(server.url))).body == b"hello"


async def test_json_goes_out_with_its_length(serve: Any, transport: Transport) -> None:
    async with serve(always) as server:
        await transport.send(post(f"{server.url}/tunes", {"tune": {"name": "é"}}))
        await transport.send(Request(method="POST", url=f"{server.url}/like"))
    assert server.requests[0].endswith(b'\r\n\r\n{"tune":{"name":"\xc3\xa9"}}')
    assert b"content-type: application/json\r\n" in server.requests[0].lower()
    assert b"content-length: 0\r\n" in server.requests[1].lower()
    assert server.connections == 1


async def test_files_are_streamed_with_their_announced_length(serve: Any, transport: Transport, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"x" * 1_000_000)
    part = measure(file, parameter="images[0]")
    async with serve(always) as server:
        await transport.send(post(server.url, {"tune": {"name": "woman", "images": [part]}}))
    assert file.read_bytes() in server.requests[0]
    assert b'name="tune[images][]"; filename="a.png"' in server.requests[0]
    assert b"transfer-encoding" not in server.requests[0]


async def test_a_file_of_unknown_length_goes_out_in_chunks(serve: Any, transport: Transport) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    part = measure(Pipe(b"some bytes"), parameter="images[0]")
    async with serve(always) as server:
        await transport.send(post(server.url, {"tune": {"images": [part]}}))
    assert b"transfer-encoding: chunked\r\n" in server.requests[0].lower()
    assert b"some bytes" in server.requests[0]


async def test_vanished_file_is_reported_and_its_connection_not_reused(
    serve: Any, transport: Transport, tmp_path: Path
) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"x" * 100)
    part = measure(file, parameter="images[0]")
    file.unlink()
    async with serve(always) as server:
        with pytest.raises(ParameterError, match=r"a\.png: the file cannot be read any more"):
            await transport.send(post(server.url, {"tune": {"images": [part]}}))
        await transport.send(get(server.url))
        assert server.connections == 2


# --- What is certain, and what is not.


async def test_a_refused_connection_was_certainly_not_sent(carrier: Any, transport: Transport) -> None:
    async with nobody_listening() as port:
        with pytest.raises(TransportError, match=f"127.0.0.1:{port} gave no answer: ") as caught:
            await transport.send(post(f"http://127.0.0.1:{port}/", {"a": 1}))
    # httpx-aiohttp gives no evidence, and is not believed.
    assert caught.value.request_was_sent is (carrier.name == "client of httpx-aiohttp")


async def reset_at_once(connection: Any) -> None:
    await connection.stream.receive(1)
    await connection.reset()


async def reset_after_the_request(connection: Any) -> None:
    await connection.request()
    await connection.reset()


async def close_after_the_request(connection: Any) -> None:
    await connection.request()


async def no_http(connection: Any) -> None:
    await connection.request()
    await connection.stream.send(b"what?\r\n\r\n")


@pytest.mark.parametrize(
    "conversation",
    [reset_at_once, reset_after_the_request, close_after_the_request, half_an_answer, no_http],
)
async def test_any_failure_after_byte_was_written_may_have_been_sent(
    conversation: Any, serve: Any, transport: Transport
) -> None:
    async with serve(conversation) as server:
        with pytest.raises(TransportError) as caught:
            await transport.send(post(f"{server.url}/tunes", {"tune": {"name": "woman"}}))
    assert caught.value.request_was_sent is True


async def says_nothing(connection: Any) -> None:
    await connection.stream.receive()
    await anyio.sleep_forever()


async def test_a_connection_that_takes_too_long_ends_as_a_timeout(
    carrier: Any, serve: Any, transport: Transport
) -> None:
    async with serve(says_nothing) as server:  # it never answers the first word of TLS
        url = server.url.replace("http:", "https:")
        with pytest.raises(RequestTimeoutError, match=f"{url} gave no answer: ") as caught:
            await transport.send(get(url, timeout=Timeout(connect=0.05)))
    assert caught.value.request_was_sent is (carrier.name == "client of httpx-aiohttp")  # as above
    assert caught.value.outcome == ("unknown" if caught.value.request_was_sent else "not_sent")


async def test_an_attempt_that_takes_too_long_ends_as_a_timeout(serve: Any, transport: Transport) -> None:
    send = AttemptTimeout(SystemClock())
    async with serve(says_nothing) as server:
        with pytest.raises(RequestTimeoutError, match="no answer within 0.05 s") as caught:
            await send(get(server.url, timeout=Timeout(attempt=0.05)), transport.send)
    assert (caught.value.request_was_sent, caught.value.outcome) == (True, "unknown")


async def test_an_error_holds_neither_the_key_nor_a_request(serve: Any, transport: Transport) -> None:
    async with serve(reset_after_the_request) as server:
        with pytest.raises(TransportError) as caught:
            await transport.send(get(server.url, headers={"authorization": "Bearer sd_secret"}))
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "sd_secret" not in repr(caught.value) + str(vars(caught.value))


@pytest.mark.parametrize("wrong", ["file", "header", "value"])
async def test_no_tracebacks_locals_show_the_key(transport: Transport, tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"x" * 100)
    tree: dict[str, Any] = {"a": measure(file, parameter="images[0]") if wrong == "file" else object()}
    headers = {"authorization": "Bearer sd_secret", **({"x-a": "\n"} if wrong == "header" else {})}
    request = post("http://127.0.0.1:9/", {"a": 1} if wrong == "header" else tree).replace(headers=headers)
    file.unlink()
    with pytest.raises((ParameterError, TransportError)) as caught:
        await transport.send(request)
    trace = caught.value.__traceback__
    while (trace := trace.tb_next if trace else None) is not None:  # the first frame is this one
        assert "sd_secret" not in repr(trace.tb_frame.f_locals)


@pytest.mark.parametrize(
    "url", ["http://a.example:99999/x", "http://[", "//host/x", "", "ftp://host/x", "a lake", "http://a\0b/"]
)
async def test_what_is_no_url_was_certainly_not_sent(url: str, transport: Transport) -> None:
    with pytest.raises(TransportError, match="is not a URL: ") as caught:
        await transport.send(get(url))
    assert caught.value.request_was_sent is False
