"""Files while they are sent: in chunks, off the event loop, and never other than they were measured."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
from attrs import define, field

from astria_async._codec import measure
from astria_async._codec.reading import CHUNK, read_in_chunks
from astria_async._wire import FilePart
from astria_async.errors import ParameterError

pytestmark = pytest.mark.anyio

DATA = bytes(range(256)) * 1024 * 3 + b"and a little more"
#: Seconds until a test that waits for a thread fails.
PATIENCE = 30


@define
class Reads:
    """How much was asked of a file each time, in which threads, and how often it stands open."""

    sizes: list[int] = field(factory=list)
    threads: set[int] = field(factory=set)
    still_open: int = 0


class Counted(io.FileIO):
    def __init__(self, path: CountedPath) -> None:
        super().__init__(str(path))
        self.reads = path.reads
        self.reads.still_open += 1

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads.sizes.append(-1 if size is None else size)
        self.reads.threads.add(threading.get_ident())
        return super().read(-1 if size is None else size)

    def close(self) -> None:
        if not self.closed:
            self.reads.still_open -= 1
        super().close()


class CountedPath(type(Path())):  # type: ignore[misc]
    reads: Reads

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return Counted(self)


@pytest.fixture
def path(tmp_path: Path) -> CountedPath:
    """A file of several chunks, whose reads are counted."""
    path = CountedPath(tmp_path / "a.bin")
    path.reads = Reads()
    Path(path).write_bytes(DATA)
    return path


@pytest.fixture
def file(path: CountedPath) -> FilePart:
    """The same, measured; its reads are counted from here on."""
    part = measure(path, parameter="input_video")
    path.reads.sizes.clear()
    path.reads.threads.clear()
    return part


async def read(part: FilePart) -> list[bytes]:
    return [chunk async for chunk in read_in_chunks(part)]


def test_measuring_reads_no_more_than_the_first_bytes(path: CountedPath) -> None:
    measure(path, parameter="input_video")
    assert path.reads.sizes == [16]
    assert path.reads.still_open == 0


async def test_a_file_is_read_in_chunks_and_never_whole(path: CountedPath, file: FilePart) -> None:
    chunks = await read(file)
    assert b"".join(chunks) == DATA
    assert max(map(len, chunks)) == CHUNK
    assert path.reads.sizes == [CHUNK, CHUNK, CHUNK, len(DATA) - 3 * CHUNK]
    assert path.reads.still_open == 0


async def test_a_file_is_read_off_the_event_loop(path: CountedPath, file: FilePart) -> None:
    await read(file)
    assert threading.get_ident() not in path.reads.threads


async def test_a_file_can_be_read_again(file: FilePart) -> None:
    assert b"".join(await read(file)) == b"".join(await read(file)) == DATA


async def test_a_file_is_closed_when_the_sending_is_given_up(path: CountedPath, file: FilePart) -> None:
    chunks = read_in_chunks(file)
    assert await anext(chunks)
    await chunks.aclose()
    assert path.reads.still_open == 0


class SlowPath(type(Path())):  # type: ignore[misc]
    """A file on a disk that takes long to open it."""

    opening: threading.Event
    may_open: threading.Event
    closed: threading.Event

    def open(self, *args: Any, **kwargs: Any) -> Any:
        self.opening.set()
        assert self.may_open.wait(PATIENCE)
        closed = self.closed

        class Told(io.FileIO):
            def close(self) -> None:
                super().close()
                closed.set()

        return Told(str(self))


async def test_file_that_opens_after_cancellation_is_closed_by_its_thread(tmp_path: Path) -> None:
    path = SlowPath(tmp_path / "a.bin")
    path.opening, path.may_open, path.closed = threading.Event(), threading.Event(), threading.Event()
    Path(path).write_bytes(DATA)
    part = FilePart(source=path, name="a.bin", content_type="image/jpeg", size=len(DATA))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read, part)
        assert await anyio.to_thread.run_sync(path.opening.wait, PATIENCE)
        tasks.cancel_scope.cancel()
    path.may_open.set()
    assert await anyio.to_thread.run_sync(path.closed.wait, PATIENCE)


async def test_file_that_grows_is_sent_as_long_as_it_was(path: CountedPath, file: FilePart) -> None:
    Path(path).write_bytes(DATA + b"more")
    assert b"".join(await read(file)) == DATA


async def test_a_file_that_shrinks_is_not_sent_to_its_end(path: CountedPath, file: FilePart) -> None:
    os.truncate(path, CHUNK + 10)
    received: list[bytes] = []
    with pytest.raises(ParameterError, match=f"a.bin: the file became {len(DATA) - CHUNK - 10} bytes shorter"):
        await collect(read_in_chunks(file), received)
    assert b"".join(received) == DATA[: CHUNK + 10]
    assert path.reads.still_open == 0


async def test_a_file_that_vanished_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(DATA)
    part = measure(path, parameter="input_video")
    path.unlink()
    with pytest.raises(ParameterError, match=r"^a\.bin: the file cannot be read any more: No such file"):
        await read(part)


async def test_a_disk_that_fails_while_sending_is_told_of(
    path: CountedPath, file: FilePart, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Counted, "read", fail)
    with pytest.raises(ParameterError, match="cannot be read any more: Input/output error$"):
        await read(file)
    assert path.reads.still_open == 0


async def test_bytes_are_sent_as_they_are() -> None:
    assert await read(measure(DATA, parameter="images[0]")) == [DATA]


async def test_file_objects_are_sent_from_their_place_and_stay_open() -> None:
    source = io.BytesIO(b"skipped" + DATA)
    source.seek(7)
    part = measure(source, parameter="images[0]")
    source.seek(100)
    assert b"".join(await read(part)) == b"".join(await read(part)) == DATA
    assert not source.closed


async def test_a_buffer_is_sent_as_it_was_measured() -> None:
    source = io.BytesIO(DATA)
    part = measure(source, parameter="images[0]")
    source.seek(0)
    source.write(b"something else")
    source.close()
    assert b"".join(await read(part)) == DATA


async def collect(chunks: AsyncIterator[bytes], received: list[bytes]) -> None:
    async for chunk in chunks:
        received.append(chunk)
