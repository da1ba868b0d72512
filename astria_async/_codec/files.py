"""Files on their way out: told by their first bytes, measured, and read in chunks off the event loop."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any, BinaryIO

from anyio.to_thread import run_sync

from .._threads import in_thread
from .._wire import FilePart
from ..errors import ParameterError

#: Bytes read at a time: large enough that the hop to a thread (about 0.1 ms) costs little.
CHUNK = 256 * 1024

#: (offset, magic bytes, type, extension). Source: WHATWG MIME Sniffing, section 6; HEIC and AVIF: ISO 14496-12 ftyp.
_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (0, b"GIF8", "image/gif", "gif"),
    (8, b"WEBP", "image/webp", "webp"),
    (4, b"ftyphei", "image/heic", "heic"),
    (4, b"ftypmif1", "image/heic", "heic"),
    (4, b"ftypavif", "image/avif", "avif"),
    (4, b"ftypqt  ", "video/quicktime", "mov"),
    (4, b"ftypM4A", "audio/mp4", "m4a"),
    (4, b"ftyp", "video/mp4", "mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm", "webm"),
    (8, b"WAVE", "audio/wav", "wav"),
    (0, b"ID3", "audio/mpeg", "mp3"),
    (0, b"\xff\xfb", "audio/mpeg", "mp3"),
    (0, b"\xff\xf3", "audio/mpeg", "mp3"),
    (0, b"OggS", "audio/ogg", "ogg"),
)
_UNKNOWN = ("application/octet-stream", "bin")
_EXTENSIONS = {kind: extension for _, _, kind, extension in _MAGIC}


def sniff(head: bytes) -> tuple[str, str]:
    """(content type, extension) of a file by its first 16 bytes; `application/octet-stream`, `bin` where unknown."""
    for offset, magic, kind, extension in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return kind, extension
    return _UNKNOWN


def extension_for(content_type: str, head: bytes) -> str:
    """The extension for a picture or video: by its first bytes, else by what the server called it."""
    by_bytes = sniff(head)
    return (
        _EXTENSIONS.get(content_type.partition(";")[0].strip().lower(), "bin") if by_bytes is _UNKNOWN else by_bytes[1]
    )


def measure(source: Path | bytes | BinaryIO, *, parameter: str, name: str | None = None) -> FilePart:
    """Look at a file without reading it: name, type by magic bytes, size. Blocks: call it in a thread.

    Raises ParameterError, naming `parameter`, for what is missing, a folder, empty, or not readable.
    """
    if isinstance(source, bytes):
        return _part(source, source[:16], len(source), parameter, name)
    if isinstance(source, Path):
        return _measure_path(source, parameter, name)
    return _measure_object(source, parameter, name)


def _measure_path(path: Path, parameter: str, name: str | None) -> FilePart:
    try:
        head, size = _head_and_size(path)
    except IsADirectoryError:
        problem = f"{path} is a folder; pass its files, such as sorted(folder.glob('*.jpg'))"
    except FileNotFoundError:
        problem = f"there is no file {path}"
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        problem = f"{str(path)!r} cannot be read: {_why(error)}"
    else:
        return _part(path, head, size, parameter, name or path.name)
    raise ParameterError(f"{parameter}: {problem}")


def _head_and_size(path: Path) -> tuple[bytes, int]:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):  # where it can be opened, and where opening it says something else
        raise IsADirectoryError
    if not stat.S_ISREG(mode):  # opening a pipe may wait for ever
        raise OSError("it is no regular file; open it, and pass the file object")
    with path.open("rb") as file:
        return file.read(16), os.fstat(file.fileno()).st_size


def _measure_object(source: BinaryIO, parameter: str, name: str | None) -> FilePart:
    own = getattr(source, "name", None)
    name = name or (os.path.basename(own) if isinstance(own, str) else None)
    if isinstance(source, io.TextIOBase):
        raise ParameterError(f"{parameter}: the file is open in text mode; open it with mode 'rb', or pass its Path")
    if getattr(source, "closed", False):
        raise ParameterError(f"{parameter}: the file object is closed; open it, or pass its Path")
    try:
        if not source.seekable():
            return _part(source, b"", None, parameter, name, rewindable=False)
        start, head = source.tell(), source.read(16)
        size = source.seek(0, io.SEEK_END) - start
        source.seek(start)
    except (OSError, ValueError) as error:
        problem = f"{parameter}: the file object cannot be read: {_why(error)}"
    else:
        if isinstance(head, bytes):
            return _part(source, head, size, parameter, name, start=start)
        problem = f"{parameter}: the file object gives {type(head).__name__}, not bytes; open it with mode 'rb'"
    raise ParameterError(problem)


def _part(
    source: Path | bytes | BinaryIO,
    head: bytes,
    size: int | None,
    parameter: str,
    name: str | None,
    *,
    start: int = 0,
    rewindable: bool = True,
) -> FilePart:
    if size is not None and size <= 0:
        raise ParameterError(f"{parameter}: {name or 'the file'} is empty")
    content_type, extension = sniff(head)
    name = name or f"{parameter.replace('[', '-').replace(']', '')}.{extension}"
    name = name.encode(errors="replace").decode()  # a path may hold bytes that are no UTF-8
    return FilePart(name=name, content_type=content_type, source=source, size=size, start=start, rewindable=rewindable)


async def read_in_chunks(part: FilePart) -> AsyncGenerator[bytes]:
    """The bytes of a file from its start, at most `part.size` of them, never more than a chunk in memory.

    Raises ParameterError where the file changed since it was measured: the length that was announced cannot be kept,
    so the service never sees a whole request, and sending it again would not help.
    """
    if isinstance(part.source, bytes):
        yield part.source
        return
    run: Any = in_thread if isinstance(part.source, Path) else run_sync  # what the caller opened may block: a pipe
    read, close = await run(_opened, part.source, part)
    left = part.size
    try:
        while left is None or left > 0:
            chunk: bytes = await run(_read, read, CHUNK if left is None else min(CHUNK, left), part.name)
            if not chunk:
                break
            if left is not None:
                left -= len(chunk)
            yield chunk
            del chunk  # not held while the next one is read
    finally:
        close()
    if left:
        raise ParameterError(f"{part.name}: the file became {left} bytes shorter while it was being sent")


def _opened(source: Path | BinaryIO, part: FilePart) -> tuple[Callable[[int], bytes | None], Callable[[], object]]:
    """(read, close) for a file at its start. What the caller opened stays open."""
    try:
        if isinstance(source, Path):
            file = source.open("rb", buffering=0)
            return file.read, file.close
        if part.rewindable:
            source.seek(part.start)
        return source.read, lambda: None
    except (OSError, ValueError) as error:  # ValueError: a file object that was closed meanwhile
        problem = f"{part.name}: the file cannot be read any more: {_why(error)}"
    raise ParameterError(problem)


def _read(read: Callable[[int], bytes | None], size: int, name: str) -> bytes:
    try:
        chunk = read(size)
    except (OSError, ValueError) as error:
        problem = f"{name}: the file cannot be read any more: {_why(error)}"
    else:
        if chunk is not None:
            return chunk
        problem = f"{name}: the file object has nothing to read yet; make it blocking"
    raise ParameterError(problem)


def _why(error: Exception) -> object:
    return getattr(error, "strerror", None) or error
