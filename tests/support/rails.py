"""What the server makes of a form: the parts of a multipart body, and Rails' rules for their names.

Written from the rules (Rack's nested query parsing), not from the code under test:

    a[b]=1            {"a": {"b": "1"}}
    a[b][]=1          {"a": {"b": ["1"]}}             and so on for each further one
    a[b][0][c]=1      {"a": {"b": {"0": {"c": "1"}}}} a hash, whatever the key looks like
    a[b][][c]=1       {"a": {"b": [{"c": "1"}]}}      a new hash once the last one has the key
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

from attrs import frozen

Value: TypeAlias = "str | Upload"


@frozen
class Upload:
    """A file as it arrived."""

    name: str
    content_type: str
    data: bytes


def parse_form(content_type: str, body: bytes) -> list[tuple[str, Value]]:
    """The fields of a multipart body in their order. AssertionError where it is not well formed (RFC 7578)."""
    kind, _, boundary = content_type.partition("; boundary=")
    assert kind == "multipart/form-data"
    assert re.fullmatch(r"[0-9A-Za-z'()+_,./:=?-]{1,70}", boundary), "RFC 2046, section 5.1.1"
    first, *parts, last = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    assert (first, last) == (b"", b"--\r\n")
    return [_part(part) for part in parts]


def _part(part: bytes) -> tuple[str, Value]:
    head, blank, data = part.partition(b"\r\n\r\n")
    assert blank
    headers = dict(line.split(": ", 1) for line in head.decode().removeprefix("\r\n").split("\r\n"))
    found = re.fullmatch(
        r'form-data; name="(?P<name>[^"\r\n]*)"(?:; filename="(?P<file>[^"\r\n]*)")?', headers["Content-Disposition"]
    )
    assert found is not None, headers
    name = _unquoted(found["name"])
    if found["file"] is None:
        assert headers.keys() == {"Content-Disposition"}
        return name, data.decode()
    return name, Upload(_unquoted(found["file"]), headers["Content-Type"], data)


def _unquoted(text: str) -> str:
    return text.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def nested(fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The fields as Rails nests them. TypeError where two of them contradict each other, which Rails answers with 400."""
    tree: dict[str, Any] = {}
    for name, value in fields:
        first, brackets = re.fullmatch(r"([^\[]+)((?:\[[^\[\]]*\])*)", name).groups()  # type: ignore[union-attr]
        _put(tree, [first, *re.findall(r"\[([^\]]*)\]", brackets)], value)
    return tree


def _put(tree: dict[str, Any], keys: list[str], value: Any) -> None:
    key, *rest = keys
    if not rest:
        tree[key] = value
    elif rest[0] != "":
        _put(_of_type(dict, tree.setdefault(key, {})), rest, value)
    elif len(rest) == 1:
        _of_type(list, tree.setdefault(key, [])).append(value)
    else:
        items = _of_type(list, tree.setdefault(key, []))
        if not items or _has(items[-1], rest[1:]):
            items.append({})
        _put(items[-1], rest[1:], value)


def _of_type(kind: type, node: Any) -> Any:
    if not isinstance(node, kind):
        raise TypeError(f"expected {kind.__name__}, got {type(node).__name__}")
    return node


def _has(node: Any, keys: list[str]) -> bool:
    if "" in keys:
        return False  # a list can take one more
    for key in keys:
        if not isinstance(node, dict) or key not in node:
            return False
        node = node[key]
    return True


def with_lists(node: Any) -> Any:
    """Hashes with the keys 0, 1, 2, ... as lists: so does the code behind `..._attributes`."""
    if isinstance(node, list):
        return [with_lists(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node and [*node] == [str(index) for index in range(len(node))]:
        return [with_lists(item) for item in node.values()]
    return {key: with_lists(item) for key, item in node.items()}
