"""Reads multipart/form-data (RFC 7578). Of a file only its name, type, size and digest are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256

from attrs import frozen

#: More parts than that are refused, as Rack does.
MAX_PARTS = 4096

_PARAMETER = re.compile(r';\s*([A-Za-z0-9*_-]+)=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))')


class MalformedError(ValueError):
    """A body, or a query, that cannot be read. The service answers 400."""


@frozen(kw_only=True)
class ReceivedFile:
    """A file that arrived. `size` is in bytes; `sha256` is the digest of its content in hexadecimal digits."""

    name: str
    content_type: str
    size: int
    sha256: str


def boundary_of(content_type: str) -> bytes:
    """The boundary that a Content-Type header names. Raises MalformedError where it names none."""
    found = _parameters(content_type).get("boundary", "")
    if not 0 < len(found) <= 200 or not found.isascii():
        raise MalformedError("multipart without a boundary")
    return found.encode()


def parts_of(body: bytes, boundary: bytes) -> Iterator[tuple[str, str | ReceivedFile]]:
    """Each part's name and value, in order. Raises MalformedError, also where the end is missing."""
    mark, count = b"--" + boundary, 0
    at = 0 if body.startswith(mark) else body.find(b"\r\n" + mark) + 2
    if at == 1:
        raise MalformedError("multipart without a part")
    at += len(mark)
    while not body.startswith(b"--", at):
        line_end = body.find(b"\r\n", at)
        if line_end < 0 or body[at:line_end].strip(b" \t"):
            raise MalformedError("a boundary that does not end its line")
        end = body.find(b"\r\n" + mark, line_end)
        count += 1
        if end < 0 or count > MAX_PARTS:
            raise MalformedError("multipart without its end" if end < 0 else "multipart with too many parts")
        found = _part(body, line_end + 2, end)
        if found is not None:
            yield found
        at = end + 2 + len(mark)


def _part(body: bytes, start: int, end: int) -> tuple[str, str | ReceivedFile] | None:
    """One part, from its headers' first byte to its content's last; None where it has no name."""
    if body.startswith(b"\r\n", start):
        return None
    head_end = body.find(b"\r\n\r\n", start, end + 2)
    if head_end < 0:
        raise MalformedError("a part whose headers do not end")
    headers = _headers(body[start:head_end])
    parameters = _parameters(headers.get("content-disposition", ""))
    name, file_name = parameters.get("name"), parameters.get("filename")
    if name is None:
        return None
    start = min(head_end + 4, end)
    if file_name is None:
        return name, text_of(body[start:end])
    content = memoryview(body)[start:end]
    kind = headers.get("content-type", "application/octet-stream")
    digest = sha256(content).hexdigest()
    return name, ReceivedFile(name=file_name, content_type=kind, size=len(content), sha256=digest)


def _headers(block: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in text_of(block).split("\r\n"))
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}


def _parameters(header: str) -> dict[str, str]:
    """`name="a"; filename="b"`. Quotes and line breaks inside come as %22, %0D, %0A, or behind a backslash."""
    found: dict[str, str] = {}
    for name, quoted, plain in _PARAMETER.findall(header):
        value = re.sub(r'\\(["\\])', r"\1", quoted) or plain
        for code, character in (("%22", '"'), ("%0D", "\r"), ("%0A", "\n")):
            value = value.replace(code, character)
        found.setdefault(name.lower(), value)
    return found


def text_of(raw: bytes) -> str:
    """The text in some bytes. Raises MalformedError if they are not UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        problem = "the text is not UTF-8"
    raise MalformedError(problem)
