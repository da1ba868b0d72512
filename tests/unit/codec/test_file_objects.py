"""File objects while they are sent: shared by several calls, silent, or not what they should be."""

from __future__ import annotations

import io
import os
import random
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import anyio
import pytest
from anyio.lowlevel import checkpoint

from astria_async._codec import encode, measure, read_in_chunks
from astria_async._wire import Body, FilePart
from astria_async.errors import ParameterError
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio

DATA = bytes(range(256)) * 1024 * 3 + b"and a little more"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of several chunks."""
    path = tmp_path / "a.bin"
    path.write_bytes(DATA)
    return path


async def read(part: FilePart) -> list[bytes]:
    return [chunk async for chunk in read_in_chunks(part)]


async def collect(chunks: AsyncIterator[bytes], received: list[bytes]) -> None:
    async for chunk in chunks:
        received.append(chunk)


async def test_an_open_file_closed_since_is_told_of(path: Path) -> None:
    with path.open("rb") as source:
        part = measure(source, parameter="images[0]")
    with pytest.raises(ParameterError, match=r"^a\.bin: the file cannot be read any more: .*closed"):
        await read(part)


async def test_open_file_closed_while_it_is_sent_is_told_of(path: Path) -> None:
    with path.open("rb") as source:
        chunks = read_in_chunks(measure(source, parameter="images[0]"))
        await anext(chunks)
    with pytest.raises(ParameterError, match="cannot be read any more: .*closed"):
        await anext(chunks)


# --- One file object, several calls.


async def test_calls_that_share_open_file_each_get_all_of_it(path: Path) -> None:
    received: dict[int, list[bytes]] = {number: [] for number in range(4)}
    with path.open("rb") as source:
        source.seek(5)
        async with anyio.create_task_group() as tasks:
            for chunks_of_one in received.values():
                chunks = read_in_chunks(measure(source, parameter="images[0]"))
                chunks_of_one.append(await anext(chunks))  # the next one is measured while this one is under way
                tasks.start_soon(collect, chunks, chunks_of_one)
        assert [b"".join(chunks) for chunks in received.values()] == [DATA[5:]] * 4
        assert source.tell() == 5


async def test_open_file_can_be_sent_by_one_call_after_other(path: Path) -> None:
    with path.open("rb") as source:
        for _ in range(2):
            assert b"".join(await read(measure(source, parameter="images[0]"))) == DATA


async def test_a_pipe_that_another_call_is_sending_is_refused() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as source, os.fdopen(write_end, "wb", buffering=0) as sink:
        part = measure(source, parameter="input_video")
        sink.write(b"some")
        first = read_in_chunks(part)
        assert await anext(first) == b"some"
        with pytest.raises(ParameterError, match="it can be read only once, and another call is sending it; give each"):
            await read(part)
        await first.aclose()
        sink.write(b"more")
        sink.close()
        assert b"".join(await read(part)) == b"more"


# --- Pipes, and file objects that give nothing.


def test_a_pipe_given_twice_is_refused_before_anything_is_sent() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        tree = {"tune": {"images": [measure(file, parameter=f"images[{index}]") for index in range(2)]}}
        with pytest.raises(ParameterError, match="given twice, and can be read only once"):
            encode(Body(tree), random.Random(1))


async def test_a_pipe_is_sent_to_its_end() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as source:
        with os.fdopen(write_end, "wb") as sink:
            part = measure(source, parameter="input_video")
            sink.write(b"through a pipe")
        assert b"".join(await read(part)) == b"through a pipe"
        assert await read(part) == []


async def test_a_pipe_that_does_not_block_is_waited_for() -> None:
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    with os.fdopen(read_end, "rb", buffering=0) as source, os.fdopen(write_end, "wb", buffering=0) as sink:
        part = measure(cast(BinaryIO, source), parameter="input_video")
        received: list[bytes] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(collect, read_in_chunks(part), received)
            await checkpoint()
            sink.write(b"late")
            sink.close()
    assert received == [b"late"]


class Stalled(io.BytesIO):
    """Gives nothing until it is let go."""

    def __init__(self, *, seekable: bool) -> None:
        super().__init__(DATA)
        self._can_seek = seekable
        self.is_let_go = threading.Event()
        self.daemons: list[bool] = []

    def seekable(self) -> bool:
        return self._can_seek

    def read(self, size: int | None = -1, /) -> bytes:
        if size == 16:  # what is looked at beforehand
            return super().read(size)
        self.daemons.append(threading.current_thread().daemon)
        self.is_let_go.wait()
        return super().read(size)


@pytest.mark.parametrize("seekable", [True, False])
async def test_a_cancellation_does_not_wait_for_a_stalled_file_object(seekable: bool) -> None:
    source = Stalled(seekable=seekable)
    part = measure(source, parameter="images[0]")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read, part)
        while not source.daemons:
            await checkpoint()
        tasks.cancel_scope.cancel()
    assert source.daemons == [True]  # so that the end of the program does not wait for it either
    source.is_let_go.set()


async def test_a_cancellation_does_not_wait_for_a_stalled_pipe() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as source, os.fdopen(write_end, "wb"):
        part = measure(source, parameter="input_video")
        threads = threading.active_count()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read, part)
            for _ in range(5):
                await checkpoint()
            tasks.cancel_scope.cancel()
        assert threading.active_count() == threads


async def test_virtual_clock_stands_still_while_a_file_object_is_read() -> None:
    clock, source = VirtualClock(), Stalled(seekable=True)
    part = measure(source, parameter="images[0]")
    received: list[bytes] = []
    with clock.fail_after(60):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(collect, read_in_chunks(part), received)
            while not source.daemons:
                await checkpoint()
            for _ in range(200):
                await checkpoint()
            source.is_let_go.set()
    assert (b"".join(received), clock.monotonic()) == (DATA, 0)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (lambda: "text", "gives str, not bytes; open it with mode 'rb'$"),
        (lambda: None, "has nothing to read yet; make it blocking$"),
        (lambda: 1 / 0, "cannot be read any more: division by zero$"),
    ],
)
async def test_what_a_file_object_does_wrong_is_a_parameter_error(given: Any, told: str) -> None:
    class Wrong(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def read(self, size: int | None = -1, /) -> Any:
            return given()

    with pytest.raises(ParameterError, match=told):
        await read(measure(Wrong(), parameter="images[0]"))


async def test_no_more_is_sent_than_was_measured() -> None:
    class Generous(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(size) + b"and more"

    assert b"".join(await read(measure(Generous(b"x" * 1000), parameter="images[0]"))) == b"x" * 1000
