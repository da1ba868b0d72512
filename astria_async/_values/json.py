"""Leaf: JSON in, strictly; large documents piece by piece, so that a thread can parse them while others work."""

from __future__ import annotations

import json
import re
from typing import Any

#: Bytes above which a document is parsed piece by piece, in a thread: parsing 256 kB takes about 2 ms.
LARGE = 256 * 1024
#: The parser in C lets no other thread work until it is done. So containers down to this depth are walked in Python, and
#: each of their items is parsed in C: of a page, the list and its objects.
_WALKED = 3
_SPACE = re.compile(r"[ \t\n\r]*")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def decode_json(body: bytes) -> Any:
    """A document's value. Raises ValueError (or RecursionError) for what is not JSON, NaN and Infinity among it."""
    text = body.decode()
    if len(text) <= LARGE:
        return _DECODER.decode(text)
    value, end = _value(text, _after_space(text, 0), 0)
    end = _after_space(text, end)
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def _value(text: str, start: int, depth: int) -> tuple[Any, int]:
    """(the value that begins there, where it ends)."""
    opening = text[start : start + 1]
    if depth < _WALKED and opening in ("[", "{"):
        return _items(text, start + 1, depth + 1) if opening == "[" else _members(text, start + 1, depth + 1)
    return _DECODER.raw_decode(text, start)


def _items(text: str, position: int, depth: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    position = _after_space(text, position)
    if text[position : position + 1] == "]":
        return items, position + 1
    while True:
        item, position = _value(text, position, depth)
        items.append(item)
        position, is_last = _after_item(text, position, "]")
        if is_last:
            return items, position


def _members(text: str, position: int, depth: int) -> tuple[dict[str, Any], int]:
    members: dict[str, Any] = {}
    position = _after_space(text, position)
    if text[position : position + 1] == "}":
        return members, position + 1
    while True:
        if text[position : position + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, position)
        name, position = _DECODER.raw_decode(text, position)
        position = _after_space(text, position)
        if text[position : position + 1] != ":":
            raise json.JSONDecodeError("Expecting ':' delimiter", text, position)
        members[name], position = _value(text, _after_space(text, position + 1), depth)
        position, is_last = _after_item(text, position, "}")
        if is_last:
            return members, position


def _after_item(text: str, position: int, closing: str) -> tuple[int, bool]:
    """(where the next item begins, False), or (where the container ends, True)."""
    position = _after_space(text, position)
    mark = text[position : position + 1]
    if mark == closing:
        return position + 1, True
    if mark != ",":
        raise json.JSONDecodeError("Expecting ',' delimiter", text, position)
    return _after_space(text, position + 1), False


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return position if found is None else found.end()
