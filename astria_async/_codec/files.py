"""Files on their way out: looked at, measured, and refused if they cannot be sent."""

from __future__ import annotations

import inspect
import io
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

from .._wire import FilePart
from ..errors import ParameterError
from .file_types import sniff
from .reading import in_use, reason


def measure(source: Path | bytes | BinaryIO, *, parameter: str, name: str | None = None) -> FilePart:
    """Look at a file without reading it: name, type by magic bytes, size. Blocks: call it in a thread.

    Raises ParameterError, naming `parameter`, for what is missing, a folder, empty, at its end, read asynchronously, or
    not readable.
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
        problem = f"the file {path} does not exist"
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        problem = f"{str(path)!r} cannot be read: {reason(error)}"
    else:
        return _part(path, head, size, parameter, name or path.name)
    raise ParameterError(f"{parameter}: {problem}")


def _head_and_size(path: Path) -> tuple[bytes, int]:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):  # where it can be opened, and where opening it says something else
        raise IsADirectoryError
    if not stat.S_ISREG(mode):  # opening a pipe may wait for ever
        raise OSError("it is not a regular file; open it, and pass the file object")
    with path.open("rb") as file:
        return file.read(16), os.fstat(file.fileno()).st_size


def _measure_object(source: BinaryIO, parameter: str, name: str | None) -> FilePart:
    if _is_asynchronous(source):
        raise ParameterError(
            f"{parameter}: {type(source).__name__} is read with await; pass its Path, its bytes (await file.read()), or "
            "of an UploadFile its .file"
        )
    if isinstance(source, io.TextIOBase):
        raise ParameterError(f"{parameter}: the file is open in text mode; open it with mode 'rb', or pass its Path")
    if getattr(source, "closed", False) is True:
        raise ParameterError(f"{parameter}: the file object is closed; open it, or pass its Path")
    readable = getattr(source, "readable", None)
    if callable(readable) and readable() is False:
        raise ParameterError(
            f"{parameter}: the file object is open for writing; open it with mode 'rb', or pass its Path"
        )
    own = getattr(source, "name", None)
    name = name or (os.path.basename(own) if isinstance(own, str) else None)
    try:
        if not source.seekable():
            return _part(source, b"", None, parameter, name, rewindable=False)
        if type(source) is io.BytesIO:  # its bytes as they are now: whatever happens to it later, they are sent
            start, whole = source.tell(), source.getvalue()
            head, end = whole[start : start + 16], len(whole)
            kept: BinaryIO | bytes = whole[start:] if start else whole
        else:
            start, head, end = _head_and_ends(source)
            kept = source
    except Exception as error:  # noqa: BLE001 -- a file object may be anybody's, and raise what it likes
        problem = f"the file object cannot be read: {reason(error)}"
    else:
        if not isinstance(head, bytes):
            problem = f"the file object gives {type(head).__name__}, not bytes; open it with mode 'rb'"
        elif 0 < end <= start:
            problem = f"the file object stands at its end, after {start} bytes; call seek(0), or pass its getvalue()"
        else:
            return _part(kept, head, end - start, parameter, name, start=0 if kept is not source else start)
    raise ParameterError(f"{parameter}: {problem}")


def _is_asynchronous(source: object) -> bool:
    """Whether reading it has to be awaited, as of anyio's, aiofiles' and Starlette's files."""
    read: Any = getattr(source, "read", None)
    return inspect.iscoroutinefunction(read) or (read is None and hasattr(source, "__aiter__"))


def _head_and_ends(source: BinaryIO) -> tuple[int, bytes, int]:
    """(where it stands, the first bytes from there, where it ends). It stands there again afterwards."""
    with in_use(source) as shared, shared.lock:
        source.seek(shared.start)
        head = source.read(16)
        end = source.seek(0, io.SEEK_END)
        source.seek(shared.start)
        return shared.start, head, end


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
