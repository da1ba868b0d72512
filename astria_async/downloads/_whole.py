"""Whether a file is whole, and what tells it from another version of itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .._codec import http_date

#: Bytes in which a JPEG's end is looked for: a camera may write something behind it.
TAIL = 1024
_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]{1,256}"')


def is_ended(head: bytes, tail: bytes, size: int) -> bool:
    """Whether a file of which no length was told has its format's own end. True for a format that does not show it."""
    if head.startswith(b"\x89PNG"):
        return tail.endswith(b"IEND\xaeB`\x82")
    if head.startswith(b"\xff\xd8\xff"):
        return b"\xff\xd9" in tail
    if head.startswith(b"GIF8"):
        return tail.endswith(b";")
    if head.startswith(b"RIFF"):
        return size >= 8 + int.from_bytes(head[4:8], "little")
    return True


def validator_in(headers: Mapping[str, str]) -> str | None:
    """What If-Range may name: a strong ETag, or a time that is old enough to be strong (RFC 9110, 8.8.2.2). None: neither."""
    if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        return None
    etag = headers.get("etag", "").strip()
    if _STRONG_ETAG.fullmatch(etag):
        return etag
    modified, now = http_date(headers.get("last-modified", "")), http_date(headers.get("date", ""))
    if modified is None or now is None or (now - modified).total_seconds() < 60:
        return None
    return headers["last-modified"].strip()


def expected_length(headers: Mapping[str, str]) -> int | None:
    """The Content-Length, None if it says nothing about the bytes that come: none is there, or they are decoded."""
    if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        return None  # not asked for; a transport decodes it all the same, and its library checks the length
    text = headers.get("content-length", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
