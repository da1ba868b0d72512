"""Bodies and queries as Rails reads them: JSON, forms and multipart all become one tree of parameters.

`a[b]=1` is a mapping, `a[]=1` adds to a list, `a[0][b]=1` is a mapping whose keys are "0", "1", ... (Rails' own models
take it for a list), and `a[][b]=1` adds to a list of mappings: a name that the last one already has begins the next.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from .multipart import (
    MAX_PARTS,
    MalformedError,
    ReceivedFile,
    boundary_of,
    parts_of,
    text_of,
)

Params: TypeAlias = dict[str, Any]
"""Leaves are str, int, float, bool, None and ReceivedFile."""

#: Deeper nesting is refused: of forms as Rack does, of JSON as Ruby's parser does.
MAX_DEPTH, MAX_JSON_DEPTH = 32, 100

_NAME = re.compile(r"[^\[\]]+")
_KEYS = re.compile(r"\[([^\[\]]*)\]")


def parse_body(content_type: str, body: bytes) -> Params:
    """The parameters in a body; none where its type is another one. Raises MalformedError."""
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return {}
    if kind == "application/json":
        return _of_json(body)
    if kind == "application/x-www-form-urlencoded":
        return parse_query(text_of(body))
    if kind == "multipart/form-data":
        return nested(parts_of(body, boundary_of(content_type)))
    return {}


def parse_query(query: str) -> Params:
    """The parameters in a query. Raises MalformedError."""
    if not query:
        return {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARTS)
    except ValueError:
        problem = "a query that cannot be read"
    else:
        return nested(pairs)
    raise MalformedError(problem)


def nested(pairs: Iterable[tuple[str, str | ReceivedFile]]) -> Params:
    """Flat pairs as a tree. Raises MalformedError where one name is used in two ways: `a=1&a[b]=2`."""
    tree: Params = {}
    for name, value in pairs:
        _put(tree, _keys_of(name), value)
    return tree


def _keys_of(name: str) -> list[str]:
    """`tune[images][]` as ["tune", "images", ""]. What does not look like that is a name as it stands."""
    first = _NAME.match(name)
    rest = name[first.end() :] if first else name
    keys = _KEYS.findall(rest)
    if first is None or sum(len(key) + 2 for key in keys) != len(rest):
        return [name]
    if len(keys) > MAX_DEPTH:
        raise MalformedError("parameters nested too deeply")
    return [sys.intern(first.group()), *map(sys.intern, keys)]


def _put(tree: Params, keys: list[str], value: object) -> None:
    node: Any = tree
    for position, key in enumerate(keys[:-1]):
        following = keys[position + 1]
        if isinstance(node, list):  # its `key` is "", and `following` names something inside its last mapping
            if not node or not isinstance(node[-1], dict) or _has(node[-1], keys[position + 1 :]):
                node.append({})
            node = node[-1]
            continue
        child = node.setdefault(key, [] if following == "" else {})
        if type(child) is not (list if following == "" else dict):
            raise MalformedError(f"{key!r} is used in two ways")
        node = child
    if isinstance(node, list):
        node.append(value)
    elif isinstance(node.get(keys[-1]), (dict, list)):
        raise MalformedError(f"{keys[-1]!r} is used in two ways")
    else:
        node[keys[-1]] = value


def _has(node: Any, keys: list[str]) -> bool:
    """Whether a mapping already has what `keys` lead to; of a list one can never have enough."""
    for key in keys:
        if key == "" or not isinstance(node, dict):
            return False
        if key not in node:
            return False
        node = node[key]
    return True


def _of_json(body: bytes) -> Params:
    try:
        tree = _DECODER.decode(text_of(body))
        return _interned(tree) if isinstance(tree, dict) else {"_json": tree}
    except (ValueError, RecursionError):
        problem = "the body is not JSON"
    raise MalformedError(problem)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _interned(tree: Mapping[str, Any], depth: int = 1) -> Params:
    """A copy whose keys are shared with every other body's: a hundred thousand prompts name the same ones."""
    if depth > MAX_JSON_DEPTH:
        raise MalformedError("JSON nested too deeply")
    return {
        sys.intern(key): _interned(value, depth + 1) if isinstance(value, dict) else value
        for key, value in tree.items()
    }
