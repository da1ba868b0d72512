"""Values for property tests: trees of parameters, and models as the service could describe them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import attrs
from hypothesis import strategies as st

from astria_async._wire import FilePart
from astria_async.models._base import Model

#: Any text that can be sent.
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
#: Names of parameters: no brackets, and nothing that is written differently inside quotes.
KEYS = st.text(st.characters(codec="utf-8", exclude_characters='[]"%\r\n'), min_size=1, max_size=8).filter(
    lambda key: not key.isdigit()
)
FILES = st.builds(
    lambda name, data: FilePart(name=name, content_type="image/png", source=data, size=len(data)),
    st.text(st.characters(codec="utf-8", exclude_characters="%"), min_size=1, max_size=8),
    st.binary(min_size=1, max_size=40),
)
_NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
LEAVES: st.SearchStrategy[Any] = TEXTS | st.integers() | st.booleans() | _NUMBERS | FILES


def _branches(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.dictionaries(KEYS, children, min_size=1, max_size=4)
    return st.lists(LEAVES, min_size=1, max_size=4) | st.lists(objects, min_size=1, max_size=3) | objects


#: Trees as a form can hold them: nothing is null or empty, and lists hold either leaves or objects.
TREES = st.dictionaries(KEYS, st.recursive(LEAVES, _branches, max_leaves=12), min_size=1, max_size=4)


def _json(floats: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.none() | st.booleans() | st.integers() | floats | TEXTS,
        lambda children: st.lists(children, max_size=5) | st.dictionaries(TEXTS, children, max_size=5),
        max_leaves=20,
    )


#: Any JSON at all.
FINITE_JSON = _json(_NUMBERS)
#: The same, with what Python writes and reads besides: NaN and infinities.
JSON = _json(st.floats())

_TIMES = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=5.5))]))
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: st.integers(),
    bool: st.booleans(),
    float: _NUMBERS,
    datetime: _TIMES,
    Any: FINITE_JSON,
}


def _values(hint: Any) -> st.SearchStrategy[Any]:
    if hint in _PLAIN:
        return _PLAIN[hint]
    inner = get_args(hint)
    match get_origin(hint):
        case origin if origin is tuple:
            return st.lists(_values(inner[0]), max_size=3).map(tuple)
        case origin if origin is Mapping:
            return st.dictionaries(TEXTS, _values(inner[1]), max_size=3)
        case origin if origin is UnionType:
            (kind,) = [member for member in inner if member is not NoneType]
            return st.none() | _values(kind)
    return models(hint)


def models(kind: type[Model]) -> st.SearchStrategy[Any]:
    """A model with each field filled or not, and keys in `extra` that it does not know (one may be called "extra")."""
    hints = get_type_hints(kind)
    fields = {spec.name: _values(hints[spec.name]) for spec in attrs.fields(kind) if spec.name != "extra"}
    known = {spec.metadata.get("key", spec.name) for spec in attrs.fields(kind)} - {"extra"}
    unknown = (TEXTS | st.just("extra")).filter(lambda key: key not in known)
    return st.builds(kind, extra=st.dictionaries(unknown, FINITE_JSON, max_size=3), **fields)
