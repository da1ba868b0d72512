"""Uploads: refused early, given up, and seen to move."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import anyio
import pytest

from astria_async import Body, Request, Transport
from astria_async._codec import measure

from ...support.transports import ALL, OURS, over
from .conftest import always, post

SIZE = 12_000_000


@pytest.fixture
def upload(tmp_path: Path) -> dict[str, Any]:
    """More than any buffer holds."""
    path = tmp_path / "a.jpg"
    path.write_bytes(b"\xff\xd8\xff" + bytes(SIZE - 3))
    return {"tune": {"name": "woman", "images": [measure(path, parameter="images[0]")]}}


async def head_of(connection: Any) -> None:
    while b"\r\n\r\n" not in connection.seen:
        connection.seen += await connection.stream.receive()


class Moved:
    """What a request's progress was told."""

    def __init__(self) -> None:
        self.bytes: list[int] = []
        self.ends = 0

    def moved(self, size: int, /) -> None:
        self.bytes.append(size)

    def sent(self, unseen: int, /) -> None:
        assert unseen >= 0
        self.ends += 1


class MovedBefore(Moved):
    """Says when so many bytes were told."""

    def __init__(self, end: int) -> None:
        super().__init__()
        self.end = end
        self.told = anyio.Event()

    def moved(self, size: int, /) -> None:
        super().moved(size)
        if sum(self.bytes) >= self.end:
            self.told.set()


class TestOurs:
    """Of a user's client only its owner can say that it listens while it writes."""

    pytestmark = over(OURS)

    @pytest.mark.parametrize("hangs_up", [True, False])
    async def test_an_early_refusal_is_the_answer(
        self, serve: Any, transport: Transport, upload: dict[str, Any], hangs_up: bool
    ) -> None:
        done = anyio.Event()

        async def refuse(connection: Any) -> None:
            connection.seen = b""
            await head_of(connection)
            await connection.stream.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            await connection.answer(b'{"error": "too large"}', "413 Too Large", "connection: close\r\n")
            if not hangs_up:
                await done.wait()

        async with serve(refuse) as server:
            response = await transport.send(post(server.url, upload))
            done.set()
        assert (response.status, response.json()) == (413, {"error": "too large"})

    async def test_provisional_answers_do_not_end_an_upload(
        self, serve: Any, transport: Transport, upload: dict[str, Any]
    ) -> None:
        async def hint(connection: Any) -> None:
            await connection.request_begins()  # before that, nothing would have been asked
            await connection.stream.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <")
            await connection.stream.send(b"/a>\r\n\r\n")
            await always(connection)

        async with serve(hint) as server:
            assert (await transport.send(post(server.url, upload))).status == 200
        assert len(server.requests[0]) > SIZE

    async def test_after_an_early_refusal_the_next_call_works(
        self, serve: Any, transport: Transport, upload: dict[str, Any]
    ) -> None:
        async def refuse_first(connection: Any) -> None:
            if connection.number == 1:
                connection.seen = b""
                await head_of(connection)
                await connection.answer(b"{}", "401 Unauthorized")
                await connection.stream.receive()
                return
            await always(connection)

        async with serve(refuse_first) as server:
            assert (await transport.send(post(server.url, upload))).status == 401
            assert (await transport.send(post(server.url, {"a": 1}))).status == 200


class TestAll:
    """What holds for a user's client, too."""

    pytestmark = over(ALL)

    async def test_every_byte_of_a_file_is_told_and_the_end(
        self, serve: Any, transport: Transport, upload: dict[str, Any]
    ) -> None:
        progress = Moved()
        async with serve(always) as server:
            await transport.send(post(server.url, upload).replace(progress=progress))
        assert SIZE < sum(progress.bytes) < SIZE + 2000
        assert max(progress.bytes) <= 64 * 1024
        assert progress.ends >= 1

    async def test_each_byte_of_an_answer_is_told_but_its_end(self, serve: Any, transport: Transport) -> None:
        """The end comes once all the rest was told: as the length is known, nothing needs more time after it."""
        progress = MovedBefore(end=999_999)

        async def much(connection: Any) -> None:
            await connection.request()
            await connection.stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 999_999)
            await progress.told.wait()
            await connection.stream.send(b"x")

        async with serve(much) as server:
            await transport.send(Request(method="GET", url=server.url, progress=progress))
        assert sum(progress.bytes) == 999_999

    async def test_each_byte_of_an_answer_without_a_length_is_told(self, serve: Any, transport: Transport) -> None:
        async def much(connection: Any) -> None:
            await connection.request()
            await connection.stream.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 1_000_000)
            await connection.stream.aclose()

        progress = Moved()
        async with serve(much) as server:
            await transport.send(Request(method="GET", url=server.url, progress=progress))
        assert sum(progress.bytes) == 1_000_000

    async def test_an_upload_that_was_given_up_does_not_look_whole(self, serve: Any, transport: Transport) -> None:
        begun, ended = anyio.Event(), anyio.Event()
        received = bytearray()

        async def take(connection: Any) -> None:
            try:
                while True:
                    received.extend(await connection.stream.receive())
                    if b"first" in received:
                        begun.set()
            finally:
                ended.set()

        read_end, write_end = os.pipe()
        with os.fdopen(read_end, "rb") as source, os.fdopen(write_end, "wb", buffering=0) as sink:
            part = measure(source, parameter="images[0]")
            sink.write(b"first")
            async with serve(take) as server:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(transport.send, Request(method="POST", url=server.url, body=Body({"a": part})))
                    await begun.wait()
                    tasks.cancel_scope.cancel()
                sink.write(b"more")
                sink.close()
                await ended.wait()
        assert not received.endswith(b"0\r\n\r\n")
