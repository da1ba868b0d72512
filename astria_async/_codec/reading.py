"""Files while they are sent: read in chunks, off the event loop, by several calls at once if they share one."""

from __future__ import annotations

import io
import os
import stat
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import anyio

from .._runtime.threads import in_own_thread, in_thread_or_leave
from .._wire import FilePart
from ..errors import ParameterError

#: Bytes read at a time: large enough that the hop to a thread (about 0.1 ms) costs little.
CHUNK = 256 * 1024


async def read_in_chunks(part: FilePart) -> AsyncGenerator[bytes]:
    """The bytes of a file from its start, at most `part.size` of them, never more than a chunk in memory.

    A file object may be read by several calls at once; each gets all of it. It stays open, and ends up where it stood.
    A cancellation is not held up by a file that gives nothing.

    Raises ParameterError if the file changed since it was measured: the length that was announced cannot be kept, so the
    service never sees a whole request, and sending it again would not help. Also if it can be read only once, and
    another call is reading it.
    """
    if isinstance(part.source, bytes):
        yield part.source
        return
    shared = _shared_by(part)
    try:
        position, left = part.start, part.size
        while left is None or left > 0:
            size = CHUNK if left is None else min(CHUNK, left)
            chunk = await _chunk(shared, position, size, part)
            if not chunk:
                break
            position += len(chunk)
            if left is not None:
                left -= len(chunk)
            yield chunk
            del chunk  # not held while the next one is read
    finally:
        shared.release()
    if left:
        raise ParameterError(f"{part.name}: the file became {left} bytes shorter while it was being sent")


class _OwnFile:
    """A file that the first read opens, in the thread that reads. So nothing is open that nobody holds: if the thread is
    left behind while it opens the file, it closes it as well.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def read(self, size: int, /) -> bytes:
        if self._file is None:
            self._file = self._path.open("rb", buffering=0)
        return self._file.read(size)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class Shared:
    """A file object, while one call or several use it. `start` is where it stood before, and stands again afterwards."""

    def __init__(self, file: BinaryIO | _OwnFile, start: int, *, rewindable: bool = True) -> None:
        self.file = file
        self.start = start
        self.lock = threading.Lock()
        self.users = 1
        self._rewindable = rewindable

    def read(self, position: int, size: int) -> object:
        """So many bytes, or fewer, from a position. Blocks: call it in a thread, which may be left behind."""
        try:
            with self.lock:
                if not self.users:  # the thread had to wait for its turn, and was given up meanwhile
                    return b""
                if self._rewindable and not isinstance(self.file, _OwnFile):
                    self.file.seek(position)
                return self.file.read(size)
        finally:
            self._put_back_if_unused()

    def read_what_is_there(self, size: int) -> object:
        """At least one byte of a pipe that has some, at most `size`: without waiting for more."""
        read1 = getattr(self.file, "read1", self.file.read)
        return read1(size)

    def release(self) -> None:
        """One user less. After the last one it is closed, if it was opened here, or put back to where it stood."""
        with _registry:
            self.users -= 1
            if not self.users and _shared.get(id(self.file)) is self:
                del _shared[id(self.file)]
        self._put_back_if_unused()

    def _put_back_if_unused(self) -> None:
        # A thread that was left behind holds the lock: it comes here itself once it is done.
        if self.users or not self.lock.acquire(blocking=False):
            return
        try:
            with suppress(Exception):  # nothing is lost: it was read, and may have been closed by its owner since
                if isinstance(self.file, _OwnFile):
                    self.file.close()
                elif self._rewindable:
                    self.file.seek(self.start)
        finally:
            self.lock.release()


#: File objects in use, by their id: not all of them can be hashed. Each stays alive as long as it stands here.
_shared: dict[int, Shared] = {}
_registry = threading.Lock()


@contextmanager
def in_use(source: BinaryIO) -> Iterator[Shared]:
    """A file object that can be rewound, for a while. If others use it, `start` is where it stood before they did."""
    shared = _joined(source, None)
    try:
        yield shared
    finally:
        shared.release()


def _joined(source: BinaryIO, start: int | None) -> Shared:
    with _registry:
        shared = _shared.get(id(source))
        if shared is None:
            shared = _shared[id(source)] = Shared(source, source.tell() if start is None else start)
        else:
            shared.users += 1
        return shared


def _shared_by(part: FilePart) -> Shared:
    source = part.source
    assert not isinstance(source, bytes)
    if isinstance(source, Path):
        return Shared(_OwnFile(source), 0)
    try:
        if part.rewindable:
            return _joined(source, part.start)
    except (OSError, ValueError) as error:
        problem = f"the file cannot be read any more: {reason(error)}"
    else:
        with _registry:
            if id(source) not in _shared:
                shared = _shared[id(source)] = Shared(source, 0, rewindable=False)
                return shared
        problem = "it can be read only once, and another call is sending it; give each call a file of its own"
    raise ParameterError(f"{part.name}: {problem}")


async def _chunk(shared: Shared, position: int, size: int, part: FilePart) -> bytes:
    try:
        if isinstance(part.source, Path):
            chunk = await in_thread_or_leave(shared.read, position, size)
        elif not part.rewindable and await _became_readable(shared.file):
            chunk = shared.read_what_is_there(size)
        else:
            chunk = await in_own_thread(shared.read, position, size)
    except Exception as error:  # noqa: BLE001 -- a file object may be anybody's, and raise what it likes
        problem = f"the file cannot be read any more: {reason(error)}"
    else:
        if isinstance(chunk, (bytes, bytearray, memoryview)):
            return bytes(chunk[:size])
        problem = "the file object has nothing to read yet; make it blocking"
        if chunk is not None:
            problem = f"the file object gives {type(chunk).__name__}, not bytes; open it with mode 'rb'"
    raise ParameterError(f"{part.name}: {problem}")


async def _became_readable(file: object) -> bool:
    """Wait until a pipe or a terminal has something to read. False if that cannot be known of this file.

    A thread that blocks in a pipe would do as well, but at the end of the program Python waits for the lock that it
    holds (of `sys.stdin.buffer`, say), and aborts.
    """
    raw = file.raw if type(file) is io.BufferedReader else file
    if type(raw) is not io.FileIO or stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
        return False
    try:
        await anyio.wait_readable(raw.fileno())
    except (OSError, NotImplementedError):  # a device that cannot be waited for; a pipe on Windows
        return False
    return True


def reason(error: Exception) -> str:
    """Why a file cannot be read, in the system's words or in the file object's."""
    return " ".join(str(getattr(error, "strerror", None) or error).split()) or type(error).__name__
