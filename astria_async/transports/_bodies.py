"""An answer's body: read up to a limit, and unpacked, never more of it than that, by the same rules on every transport."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator

from .._runtime.threads import in_thread_or_leave
from .._wire import Headers, Request
from ..errors import TransportError

#: The codings that are asked for. An answer in another one cannot be read.
CODINGS = "gzip, deflate"
#: Packed bytes, and unpacked ones, up to which unpacking takes the event loop less time (1 ms) than a thread is worth.
_INLINE_IN, _INLINE_OUT = 16 * 1024, 256 * 1024
#: Bytes unpacked at a time.
_PIECE = 256 * 1024
#: Packed bytes given to zlib at a time: at each end, of a piece or of a member, it copies what is left of them.
_WINDOW = 16 * 1024
#: gzip members in one body. An empty one has 20 bytes, so a small body could hold a million, each with a reader of its own.
_MOST_MEMBERS = 10_000
#: More codings one upon the other are not a service's doing.
_MOST_CODINGS = 3
_GZIP_MAGIC = b"\x1f\x8b"


class Body:
    """Gathers one answer's body. Raises TransportError once it has more than `request.max_bytes`."""

    __slots__ = ("_headers", "_length", "_max_bytes", "_pieces", "_progress", "_size")

    def __init__(self, request: Request, headers: Headers) -> None:
        self._headers = headers
        self._max_bytes = request.max_bytes
        self._progress = request.progress
        self._pieces: list[bytes] = []
        self._size = 0
        length = headers.get("content-length", "")
        self._length = int(length[:20]) if length.isdecimal() else -1
        if self._length > self._max_bytes and request.method != "HEAD":
            raise _too_large(self._max_bytes)

    def add(self, piece: bytes) -> None:
        """Some bytes came."""
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > self._max_bytes:
            raise _too_large(self._max_bytes)
        if self._progress is not None and self._size != self._length:  # at its end nothing needs more time
            self._progress.moved(len(piece))

    async def unpacked(self) -> bytes:
        """All of it, unpacked. Raises TransportError if its coding is broken, or not one that was asked for."""
        pieces = self._pieces
        whole = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        coding = self._headers.get("content-encoding")
        if coding is None or not whole:
            return whole
        if len(whole) <= _INLINE_IN:
            found = _unpack(whole, coding, min(_INLINE_OUT, self._max_bytes))
            if found is not None:
                return found
        found = await in_thread_or_leave(_unpack, whole, coding, self._max_bytes)
        if found is None:
            raise _too_large(self._max_bytes)
        return found


def _unpack(whole: bytes, coding: str, at_most: int) -> bytes | None:
    """What was packed; None if that is more than `at_most` bytes."""
    pieces: list[bytes] = []
    size = 0
    unpack = unpacker(coding)
    for packed in (whole, b""):  # the second says that nothing more comes
        for piece in unpack(packed):
            size += len(piece)
            if size > at_most:
                return None
            pieces.append(piece)
    return b"".join(pieces)


async def unpacked(pieces: AsyncIterable[bytes], coding: str | None) -> AsyncGenerator[bytes]:
    """The pieces of a body as they come, unpacked; none is larger than 256 kB by unpacking."""
    if coding is None:
        async for piece in pieces:
            yield piece
        return
    unpack = unpacker(coding)
    is_empty = True
    async for piece in pieces:
        is_empty = False
        for found in unpack(piece):
            yield found
    if not is_empty:
        for found in unpack(b""):
            yield found


Unpack = Callable[[bytes], Iterator[bytes]]


def unpacker(codings: str) -> Unpack:
    """What unpacks pieces one after the other; given b"" once nothing more comes. Raises TransportError."""
    names = [name.strip().lower() for name in codings.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    unpack: Unpack = _as_it_is
    if len(names) > _MOST_CODINGS:
        raise _unreadable(f"it is packed {len(names)} times")
    for name in names:  # in the order in which they were applied: the first one is unpacked last
        if name in ("gzip", "x-gzip"):
            unpack = _chained(_Gzip(name), unpack)
        elif name == "deflate":
            unpack = _chained(_Deflate(name), unpack)
        else:
            raise _unreadable(f"its coding is {name[:40]!r}, which was not asked for")
    return unpack


def _as_it_is(piece: bytes) -> Iterator[bytes]:
    if piece:
        yield piece


def _chained(first: _Deflate, then: Unpack) -> Unpack:
    def unpack(piece: bytes) -> Iterator[bytes]:
        for found in first(piece):
            yield from then(found)
        if not piece:
            yield from then(b"")

    return unpack


class _Deflate:
    """Unpacks zlib's format, or a bare deflate stream, which some servers send in its place."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._inflate = self._begun()
        self._is_fresh = True

    def _begun(self) -> zlib._Decompress:
        return zlib.decompressobj()

    def __call__(self, piece: bytes) -> Iterator[bytes]:
        if not piece:
            if not self._inflate.eof:
                raise _unreadable(f"its coding, {self._name}, ends too early")
            return
        for start in range(0, len(piece), _WINDOW):
            yield from self._unpacked(piece[start : start + _WINDOW])

    def _unpacked(self, piece: bytes) -> Iterator[bytes]:
        if self._inflate.eof:
            piece = self._after_end(piece)
        while piece or not self._inflate.eof:
            try:
                found = self._inflate.decompress(piece, _PIECE)
            except zlib.error as error:
                found = self._retried(piece, error)
            self._is_fresh = False
            if found:
                yield found
            if self._inflate.eof:
                piece = self._after_end(self._inflate.unused_data)
            else:
                piece = self._inflate.unconsumed_tail
                if not piece and len(found) < _PIECE:  # else zlib may still hold something back
                    return

    def _retried(self, piece: bytes, error: zlib.error) -> bytes:
        if self._is_fresh:
            self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
            try:
                return self._inflate.decompress(piece, _PIECE)
            except zlib.error:
                pass
        raise _unreadable(f"its coding, {self._name}, is broken ({error})")

    def _after_end(self, rest: bytes) -> bytes:
        """What is still to be unpacked of what follows the end."""
        del rest
        return b""


class _Gzip(_Deflate):
    """Unpacks gzip: one member, or several. What follows them is left alone, as other readers do."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._members = 1
        self._after = b""

    def _begun(self) -> zlib._Decompress:
        return zlib.decompressobj(16 + zlib.MAX_WBITS)

    def _retried(self, piece: bytes, error: zlib.error) -> bytes:
        raise _unreadable(f"its coding, {self._name}, is broken ({error})")

    def _after_end(self, rest: bytes) -> bytes:
        self._after = self._after[:2] + rest  # a piece may end within the magic
        if not self._after.startswith(_GZIP_MAGIC):
            return b""
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise _unreadable(f"its coding, {self._name}, has more than {_MOST_MEMBERS} members")
        rest, self._after = self._after, b""
        self._inflate = self._begun()
        return rest


def _unreadable(why: str) -> TransportError:
    return TransportError(f"the answer cannot be read: {why}", request_was_sent=True)


def _too_large(most: int) -> TransportError:
    return TransportError(
        f"the answer has more than {most} bytes; raise max_response_bytes if that is right", request_was_sent=True
    )
