"""One strict converter from JSON to models. The way back is `Model.to_dict`.

cattrs coerces by default (`structure(None, str)` is `'None'`): every primitive here has a hook of its own that refuses
what it does not expect. A null is taken as a key that is missing, and keys that are unknown are kept in `extra`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from inspect import isclass
from math import isfinite
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

import attrs
from cattrs import Converter, transform_error
from cattrs.cols import homogenous_tuple_structure_factory, list_structure_factory, mapping_structure_factory
from cattrs.gen import make_dict_structure_fn, override

from ..models._base import Model, key_of

_converter = Converter()
Hook = Callable[[Any, Any], Any]


def to_model(data: Any, kind: Any) -> Any:
    """`data`, as parsed from JSON, as a model or a list of models. What it raises, `problems_in` explains."""
    return _converter.structure(data, kind)


def problems_in(error: Exception) -> list[str]:
    """One line for each wrong field, such as "images[2]: expected str, got int"."""
    return [_line(text) for text in transform_error(error, path="$", format_exception=_explained)]


def _line(text: str) -> str:
    what, _, path = text.rpartition(" @ ")
    return f"{path.removeprefix('$').removeprefix('.') or 'the body'}: {what}"


def _explained(error: BaseException, _: type | None) -> str:
    if isinstance(error, KeyError):
        return "required, but missing"
    return str(error) if isinstance(error, (TypeError, ValueError)) else repr(error)


def _expected(what: str, value: object) -> TypeError:
    return TypeError(f"expected {what}, got {'null' if value is None else type(value).__name__}")


def _str(value: Any, _: Any) -> str:
    if type(value) is not str:
        raise _expected("str", value)
    return value


def _bool(value: Any, _: Any) -> bool:
    if type(value) is not bool:
        raise _expected("bool", value)
    return value


def _int(value: Any, _: Any) -> int:
    if type(value) is not int:
        raise _expected("int", value)
    return value


def _float(value: Any, _: Any) -> float:
    """A finite number, or a string of one: Rails writes decimals as strings, such as cfg_scale "3.0" [R]."""
    if type(value) not in (int, float, str):
        raise _expected("number", value)
    try:
        number = float(value)
    except (ValueError, OverflowError):
        number = float("nan")
    if not isfinite(number):
        raise ValueError(f"expected number, got {str(value)[:40]!r}")
    return number


def _datetime(value: Any, _: Any) -> datetime:
    """An aware time; one without a zone is in UTC."""
    if type(value) is not str:
        raise _expected("ISO-8601 time", value)
    try:
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        problem = ValueError(f"expected ISO-8601 time, got {value[:40]!r}")
    raise problem


def _mapping_hook(kind: Any, converter: Converter) -> Hook:
    """A JSON object as a mapping. A null in it is a key that is missing, but where any value may stand."""
    if get_args(kind)[1] is Any:
        structure = None
    else:
        structure = mapping_structure_factory(kind, converter, structure_to=dict)

    def from_json(data: Any, kind: Any) -> Any:
        if not isinstance(data, dict):
            raise _expected("object", data)
        if structure is None:
            return data
        return structure({name: value for name, value in data.items() if value is not None}, kind)

    return from_json


_PRIMITIVES: dict[Any, Hook] = {str: _str, bool: _bool, int: _int, float: _float, datetime: _datetime}


def _present(kind: Any) -> Any:
    """The type without its None: a null never gets as far as a hook."""
    if get_origin(kind) is UnionType:
        (kind,) = [member for member in get_args(kind) if member is not NoneType]
    return kind


def _exactly(kind: Any) -> Any:
    """The type, if a value of it is taken as it is; else None."""
    return kind if kind in (str, int, bool) else None


def _model_hook(cls: Any, converter: Converter) -> Hook:
    """Structures one class of models; compiled at its first use.

    What is as it should be goes through a loop of our own, which calls no hook for text, numbers and booleans: that is
    nearly all there is. What is not goes through cattrs once more, which tells every field that is wrong.
    """
    attrs.resolve_types(cls)
    specs = [spec for spec in attrs.fields(cls) if spec.name != "extra"]
    kinds = {spec.name: _present(spec.type) for spec in specs}
    hooks = {name: converter.get_structure_hook(kind) for name, kind in kinds.items()}
    overrides: dict[str, Any] = {
        spec.name: override(rename=key_of(spec), struct_hook=hooks[spec.name]) for spec in specs
    }
    explain: Hook = make_dict_structure_fn(cls, converter, **overrides)
    table = {
        key_of(spec): (spec.name, _exactly(kinds[spec.name]), hooks[spec.name], kinds[spec.name]) for spec in specs
    }

    def from_json(data: Any, kind: Any) -> Any:
        if not isinstance(data, dict):
            raise _expected("object", data)
        fields, unknown = {}, {}
        try:
            for key, value in data.items():
                if key not in table:
                    unknown[key] = value
                elif value is not None:
                    name, itself, hook, wanted = table[key]
                    fields[name] = value if type(value) is itself else hook(value, wanted)
            return cls(**fields, extra=unknown)
        except Exception:  # noqa: BLE001 -- whatever it was, cattrs finds it again, and says where
            present = {key: value for key, value in data.items() if value is not None and key in table}
            return explain({**present, "extra": unknown}, kind)

    return from_json


def _array_hook(kind: Any, converter: Converter) -> Hook:
    """A JSON array as a tuple or a list; a string is not one, though it can be iterated over."""
    factory = homogenous_tuple_structure_factory if get_origin(kind) is tuple else list_structure_factory
    structure: Hook = factory(kind, converter)
    of_texts = get_origin(kind) is tuple and get_args(kind)[0] is str

    def from_json(data: Any, kind: Any) -> Any:
        if type(data) is not list:
            raise _expected("array", data)
        if of_texts and {*map(type, data)} <= {str}:  # nearly all arrays are of URLs: no need to look at each by itself
            return tuple(data)
        return structure(data, kind)

    return from_json


def _is_mapping(kind: Any) -> bool:
    origin: Any = get_origin(kind)
    return origin in (dict, Mapping)


def _is_array(kind: Any) -> bool:
    origin: Any = get_origin(kind)
    return origin in (list, tuple)


def _is_model(kind: Any) -> bool:
    return isclass(kind) and issubclass(kind, Model)


for _kind, _hook in _PRIMITIVES.items():
    _converter.register_structure_hook(_kind, _hook)
_converter.register_structure_hook_factory(_is_mapping, _mapping_hook)
_converter.register_structure_hook_factory(_is_array, _array_hook)
_converter.register_structure_hook_factory(_is_model, _model_hook)
