"""What is given as a file: a part to be uploaded, a URL, or an upload's signed id."""

from __future__ import annotations

import binascii
import io
import os
import re
from collections.abc import Mapping
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import unquote, unquote_to_bytes

from .._clock import yield_thread
from .._values.urls import shown_url
from .._wire import FilePart
from ..errors import ParameterError
from ..models import UploadedFile
from ..models.parameters.scalars import a, as_number, as_url
from .files import measure
from .reading import reason

#: Characters from which on a data URL is decoded in a thread: that takes about 0.1 ms.
LARGE = 64 * 1024
_URL = re.compile(r"[\s\ufeff]*https?://", re.IGNORECASE)
_DATA_URL = re.compile(r"data:[^,]{0,300}?(;base64)?,", re.IGNORECASE)
#: What Rails signs: base64, two dashes, a digest in hex [V].
_SIGNED_ID = re.compile(r"[\w+/=-]+--[0-9a-f]{40,128}")
_LONGEST_ID = 2000
#: Characters of base64 decoded at a time, a multiple of 4: about 0.1 ms.
_PIECE = 64 * 1024
_WHAT = "a Path, bytes, (name, bytes), an open file or a URL"


def is_url(value: object) -> bool:
    """True for the URL of a file; False for a file and for an upload's signed id."""
    return isinstance(value, str) and _URL.match(value) is not None


def is_quick(value: object) -> bool:
    """True for what `file_input` reads without the disk and without much work: a URL, a signed id, a short data URL."""
    return isinstance(value, UploadedFile) or (isinstance(value, str) and len(value) < LARGE)


def file_input(value: Any, label: str) -> FilePart | str:
    """A file input as a part to be uploaded, or as its URL or signed id. Blocks: call it in a thread.

    Raises ParameterError, naming `label`.
    """
    if isinstance(value, UploadedFile):
        return value.signed_id
    if isinstance(value, str):
        return _from_text(value.strip(), label)
    if isinstance(value, os.PathLike):
        return measure(_path(value, label), parameter=label)
    if isinstance(value, type):
        raise ParameterError(f"{label}: {value.__name__} is a class and not a file; pass an object of it")
    if isinstance(value, (bytes, bytearray, memoryview)):
        return measure(bytes(value), parameter=label)
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        name, content = value
        if isinstance(content, (bytes, bytearray, memoryview)):
            return measure(bytes(content), parameter=label, name=name)
    file = _file_object(value)
    if file is not None:
        return measure(file, parameter=label, name=_name_of(value))
    raise ParameterError(f"{label}: {_not_a_file(value)}")


def files_in(node: Any, label: str = "") -> Any:
    """A tree with each `Path`, bytes and file object in it as a part to be uploaded. Blocks: call it in a thread.

    Raises ParameterError, naming it, for what can neither be sent nor uploaded.
    """
    if isinstance(node, Mapping):
        return {name: files_in(child, f"{label}[{name}]" if label else str(name)) for name, child in node.items()}
    if isinstance(node, list):
        return [files_in(child, f"{label}[{index}]") for index, child in enumerate(node)]
    if node is None or isinstance(node, (str, int, float, FilePart)):
        return node
    if hasattr(node, "__index__") or hasattr(node, "__float__"):
        return as_number(node, label)
    return file_input(node, label)


def _from_text(text: str, label: str) -> FilePart | str:
    if _URL.match(text):
        return as_url(text, label, is_line=True)
    if match := _DATA_URL.match(text):
        return measure(_data(text, match.end(), bool(match.group(1)), label), parameter=label)
    if len(text) <= _LONGEST_ID and _SIGNED_ID.fullmatch(text):
        return text
    if not text:
        raise ParameterError(f"{label}: it is empty; pass {_WHAT}")
    remedy = f"for a file on disk pass Path({shown_url(text)})"
    if "://" in text[:20]:
        remedy = "begin it with https://, or pass a Path for a file on disk"
    if text[:5].lower() == "data:":
        remedy = "a data URL begins with data:image/jpeg;base64,"
    raise ParameterError(f"{label}: {shown_url(text)} is not a URL; {remedy}")


def _data(text: str, start: int, is_base64: bool, label: str) -> bytes:
    """The bytes that a data URL holds, from `start`."""
    if not is_base64:
        return unquote_to_bytes(text[start:])
    try:
        try:
            return _decoded(text, start)
        except ValueError:
            if "%" not in text:
                raise
            return _decoded(unquote(text[start:], errors="strict"), 0)
    except ValueError:  # binascii.Error is one
        problem = f"{label}: the data URL is not valid base64; encode the file again"
    raise ParameterError(problem)


def _decoded(text: str, start: int) -> bytes:
    """Decode base64 piece by piece: at once, a thread would not let the event loop's thread run meanwhile (the GIL).

    Raises ValueError.
    """
    data = io.BytesIO()  # hands out what it holds without another copy
    for at in range(start, len(text), _PIECE):
        piece = text[at : at + _PIECE]
        if "=" in piece and at + _PIECE < len(text):
            raise ValueError("padding before the end")
        yield_thread()
        data.write(binascii.a2b_base64(piece, strict_mode=True))
    return data.getvalue()


def _path(value: os.PathLike[Any], label: str) -> Path:
    try:
        return Path(os.fsdecode(value))
    except Exception as error:  # noqa: BLE001 -- __fspath__ may be anybody's, and raise what it likes
        problem = f"{label}: {type(value).__name__} does not tell its path: {reason(error)}; pass a pathlib.Path"
    raise ParameterError(problem)


def _file_object(value: Any) -> BinaryIO | None:
    """The file object to read from: the value, or the file in it, if the value itself reads asynchronously.

    That is `wrapped` in a file of anyio or trio, and `file` in an upload of Starlette, FastAPI, Litestar or aiohttp.
    """
    for file in (value, getattr(value, "wrapped", None), getattr(value, "file", None)):
        read = getattr(file, "read", None)
        if callable(read) and not iscoroutinefunction(read) and hasattr(file, "seekable"):
            return cast(BinaryIO, file)
    return None


def _name_of(value: Any) -> str | None:
    """The name that an upload had on its sender's disk; None if it does not tell."""
    name = getattr(value, "filename", None)
    return os.path.basename(name.replace("\\", "/")) or None if isinstance(name, str) else None


def _not_a_file(value: Any) -> str:
    kind = type(value)
    if iscoroutinefunction(getattr(value, "read", None)):
        return f"{kind.__name__} is read asynchronously; pass its Path, or the bytes of await file.read()"
    if kind.__module__.partition(".")[0] == "PIL":
        return "a PIL image is not a file; save it into an io.BytesIO(), and pass that"
    if hasattr(value, "tobytes") and hasattr(value, "shape"):
        return f"{a(kind.__name__)} is not a file; encode it as an image, and pass the bytes"
    if hasattr(value, "read"):
        return f"{kind.__name__} is not a file object of Python's io; pass the bytes of its read()"
    if kind.__name__.lower().endswith("url"):
        return f"{kind.__name__} is not a text; pass str(...) of it"
    return f"{kind.__name__} is not a file; pass {_WHAT}"
