"""The fields of the parameter classes: of which kind each is, and its bounds. The kind says how it is checked and sent."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache
from typing import Any, TypeAlias

import attrs
from attrs import field, frozen

from ...errors import ParameterError
from .._base import Model
from .scalars import a, as_flag, as_id, as_number, as_text, as_url, as_whole, each


class Kind(Enum):
    """What a parameter holds. `check` converts the values of a scalar kind; `_codec.to_tree` those of the last four."""

    TEXT = "text"
    FLAG = "flag"
    WHOLE = "whole number"
    NUMBER = "number"
    ID = "id"
    URL = "URL"
    CALLBACK = "callback"  # a URL that the service calls
    DATA_URL = "data URL"
    MODEL_TYPE = "model type"  # text; "checkpoint" is sent as null
    WORDS = "mapping"
    TEXTS = "list of text"
    IDS = "list of ids"
    URLS = "list of URLs"
    FILE = "file"
    FILES = "list of files"
    PROMPT = "prompt"
    PROMPTS = "list of prompts"


Convert: TypeAlias = Callable[[Any, str], Any]

#: The kind of a field that names none, by the last alternative of its annotation; others are names, which are text.
_BY_TYPE = {"bool": Kind.FLAG, "int": Kind.WHOLE, "float": Kind.NUMBER}
#: A value of exactly this type, within the bounds, needs no further look.
_EXACT = {Kind.TEXT: str, Kind.FLAG: bool, Kind.WHOLE: int, Kind.NUMBER: float}
_CONVERTERS: dict[Kind, Convert] = {
    Kind.TEXT: as_text, Kind.MODEL_TYPE: as_text, Kind.FLAG: as_flag, Kind.WHOLE: as_whole, Kind.NUMBER: as_number,
    Kind.ID: as_id,
}  # fmt: skip
#: What stands for a value of the wrong kind while the rules look at the others.
_STAND_INS: dict[Kind, Any] = {Kind.WHOLE: 1, Kind.NUMBER: 1.0, Kind.FLAG: True, Kind.ID: 1}
#: A data URL's head: its type and parameters, which are short.
_DATA_HEAD = 200


@frozen(kw_only=True)
class Parameter:
    """One field, compiled: all that a walk over the values has to know."""

    name: str
    kind: Kind
    exact: type | None
    low: float | None
    high: float | None
    multiple_of: int | None
    url_name: str | None  # of a file: the parameter that takes its URL
    convert: Convert | None  # None for what `_codec.to_tree` encodes
    stand_in: Any


def param(
    doc: str,
    *,
    kind: Kind | None = None,
    low: float | None = None,
    high: float | None = None,
    multiple_of: int | None = None,
    url_name: str | None = None,
) -> Any:
    """An optional parameter. `kind=None` takes it from the annotation; `url_name` is a file's name when it is a URL."""
    facts = {"kind": kind, "low": low, "high": high, "multiple_of": multiple_of, "url_name": url_name}
    several = kind in (Kind.TEXTS, Kind.IDS, Kind.URLS, Kind.FILES, Kind.PROMPTS)
    large = kind in (Kind.FILE, Kind.FILES, Kind.DATA_URL)
    return field(
        default=None,
        repr=_type_of if large else True,
        converter=materialized if several else None,
        metadata={"doc": doc, **{name: fact for name, fact in facts.items() if fact is not None}},
    )


def required(doc: str) -> Any:
    """A parameter that has to be given."""
    return field(metadata={"doc": doc, "required": True})


def materialized(values: Any) -> Any:
    """A generator as a tuple, so that the parameters can be used twice; anything else as it is."""
    if values is None or type(values) in (list, tuple):
        return values
    return tuple(values) if isinstance(values, Iterator) and not hasattr(values, "read") else values


def _type_of(value: Any) -> str:
    """A file's type, for a repr: its bytes, or the text of a data URL, may be megabytes."""
    return "None" if value is None else f"<{type(value).__name__}>"


@cache
def parameters_of(params: Any) -> dict[str, Parameter]:
    """The parameters of a class, by name."""
    specs: tuple[attrs.Attribute[Any], ...] = attrs.fields(params)
    files = {spec.metadata["url_name"]: spec.name for spec in specs if "url_name" in spec.metadata}
    return {spec.name: _parameter(spec, files.get(spec.name)) for spec in specs}


def _parameter(spec: attrs.Attribute[Any], file_name: str | None) -> Parameter:
    facts = spec.metadata
    kind = facts.get("kind") or _BY_TYPE.get(str(spec.type).removesuffix(" | None").rpartition(" | ")[2], Kind.TEXT)
    low, high = facts.get("low"), facts.get("high")
    if kind is Kind.NUMBER:  # bounded in any case: what is not a number, or infinite, is outside
        low, high = (-sys.float_info.max if low is None else low), (sys.float_info.max if high is None else high)
    elif kind is Kind.WHOLE and (low is not None or high is not None):
        low, high = (0 if low is None else low), (sys.maxsize if high is None else high)
    return Parameter(
        name=spec.name,
        kind=kind,
        exact=None if "multiple_of" in facts else _EXACT.get(kind),
        low=low,
        high=high,
        multiple_of=facts.get("multiple_of"),
        url_name=facts.get("url_name"),
        convert=_CONVERTERS.get(kind) or _converter(kind, file_name),
        stand_in=_STAND_INS.get(kind, "?"),
    )


def _converter(kind: Kind, file_name: str | None) -> Convert | None:
    if kind in (Kind.URL, Kind.URLS):
        remedy = "give a public https URL"
        if file_name is not None:
            remedy = f"a file goes into {file_name}, as Path(...)"

        def url(value: Any, label: str) -> str:
            if isinstance(value, Model) and file_name is not None:
                raise ParameterError(f"{label}: {a(type(value).__name__)} is not a URL; pass it as {file_name}")
            return as_url(value, label, remedy, is_line=kind is Kind.URLS)

        return url if kind is Kind.URL else lambda values, label: each(values, label, "URLs", url)
    simple: dict[Kind, Convert] = {
        Kind.CALLBACK: as_url,
        Kind.DATA_URL: _as_data_url,
        Kind.WORDS: _as_words,
        Kind.TEXTS: lambda values, label: each(values, label, "texts", as_text),
        Kind.IDS: lambda values, label: each(values, label, "ids", as_id),
    }
    return simple.get(kind)


def _as_data_url(value: Any, label: str) -> str:
    """Looks at the head alone: the rest may be megabytes."""
    if not isinstance(value, str):
        raise ParameterError(f"{label}: {type(value).__name__} is not a data URL; a file goes into input_image")
    text = value.strip() if value[:1].isspace() or value[-1:].isspace() else value
    head = text[:_DATA_HEAD].lower()
    if not head.startswith("data:") or "," not in head:
        raise ParameterError(f"{label}: it is not a data URL; begin it with data:image/jpeg;base64,")
    return text


def _as_words(value: Any, label: str) -> dict[str, Any]:
    try:
        words = dict(value)
    except (TypeError, ValueError):
        remedy = "Inspection.summarize([...]) makes one of inspections" if isinstance(value, Model) else "pass a dict"
        raise ParameterError(f"{label}: {type(value).__name__} is not a mapping; {remedy}") from None
    return {as_text(name, f"{label}'s key"): word for name, word in words.items()}
