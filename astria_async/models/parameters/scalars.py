"""One value of a parameter, checked for its kind: text, a whole number, a number, a flag, a URL, a list.

What means the same is taken (numpy's numbers, which have `__index__` or `__float__`, a member of a StrEnum), and becomes
Python's own kind. Anything else is refused: a text is never read as a number. Pure.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from operator import index
from typing import Any
from uuid import UUID

from ..._values.numbers import is_flag, whole_or_none
from ..._values.urls import shown_url, web_url
from ...errors import ParameterError
from .._base import Model, line


def as_text(value: Any, label: str) -> str:
    """A text. Raises ParameterError."""
    if isinstance(value, str):
        return str.__str__(value)  # of a member of a str Enum, str() would be its name
    remedy = "; pass a str"
    if isinstance(value, (bytes, bytearray)):
        remedy = "; decode it"
    elif isinstance(value, Enum):
        remedy = "; pass its .value"
    elif isinstance(value, (UUID, int, float, os.PathLike)) and not isinstance(value, bool):
        remedy = "; pass str(...) of it"
    raise ParameterError(f"{label}: {shown(value)} is not text{remedy}")


def filled_text(value: Any, label: str, remedy: str) -> str:
    """A text that is not blank. Raises ParameterError, which ends with the remedy."""
    text = as_text(value, label)
    if not text.strip():
        raise ParameterError(f"{label}: it is empty; {remedy}")
    return text


def as_whole(value: Any, label: str) -> int:
    """A whole number: an int, or what has `__index__`, as numpy's. Raises ParameterError."""
    if (number := whole_or_none(value)) is not None:
        return number
    remedy = f"; pass int({shown(value)})" if _holds_whole(value) else "; give a number such as 5"
    raise ParameterError(f"{label}: {shown(value)} is not a whole number{remedy}")


def as_number(value: Any, label: str) -> float:
    """A number: an int, a float, or what has `__index__` or `__float__`. Raises ParameterError."""
    if not is_flag(value):
        for convert in (index, float):
            try:
                if not isinstance(value, (str, bytes, bytearray)):  # float() reads these too
                    return convert(value)
            except (TypeError, ValueError, OverflowError):
                pass
    remedy = f"; pass float({shown(value)})" if isinstance(value, str) else "; give a number such as 0.5"
    raise ParameterError(f"{label}: {shown(value)} is not a number{remedy}")


def as_flag(value: Any, label: str) -> bool:
    """True or False, numpy's included. Raises ParameterError."""
    if type(value) is bool:
        return value
    if is_flag(value):
        return bool(value)
    remedy = "; pass bool(...) of it" if isinstance(value, (int, float)) else "; pass one of these two"
    raise ParameterError(f"{label}: {shown(value)} is not True or False{remedy}")


def as_url(value: Any, label: str, remedy: str = "give a public https URL", *, is_line: bool = False) -> str:
    """An http(s) URL as it is sent. Raises ParameterError, which ends with the remedy.

    One of several may be a line of a file, with its newline, and is stripped (`is_line`). One by itself is not: a blank
    at its ends is a slip, and there may be more.
    """
    if isinstance(value, str):
        if not is_line and value.strip() and value != value.strip():
            raise ParameterError(f"{label}: the URL begins or ends with a blank or a newline; pass url.strip()")
        try:
            return web_url(value)
        except ValueError as error:
            problem = f"{label}: {shown_url(value)} is not a URL: {error}; {remedy}"
            if not value.strip():
                problem = f"{label}: it is empty; {remedy}, or leave it out"
    elif type(value).__name__.lower().endswith("url"):  # of pydantic, httpx, yarl
        problem = f"{label}: {type(value).__name__} is not text; pass str(...) of it"
    else:
        problem = f"{label}: {shown(value)} is not a URL; {remedy}"
    raise ParameterError(problem)


def as_list(values: Any, label: str, of_what: str) -> list[Any]:
    """Several things. Raises ParameterError for one: a text, a file or a mapping can be iterated over, but is one."""
    one = isinstance(values, (str, bytes, bytearray, memoryview, os.PathLike, Mapping)) or hasattr(values, "read")
    if not isinstance(values, Iterable) or one:
        raise ParameterError(f"{label}: give a list of {of_what}, not {type(values).__name__}")
    return list(values)


def each(values: Any, label: str, of_what: str, convert: Callable[[Any, str], Any]) -> list[Any]:
    """A list, each of its items converted. Raises ParameterError with every problem at once."""
    converted: list[Any] = []
    problems: list[str] = []
    for number, value in enumerate(as_list(values, label, of_what)):
        try:
            converted.append(convert(value, f"{label}[{number}]"))
        except ParameterError as error:
            problems.extend(error.problems)
    if problems:
        raise ParameterError(*problems)
    return converted


def optional(convert: Callable[[Any, str], Any], **values: Any) -> dict[str, Any]:
    """Each value converted, under its name. None stays None. Raises ParameterError."""
    return {name: None if value is None else convert(value, name) for name, value in values.items()}


def as_id(value: Any, label: str) -> int:
    """The id of an object: a whole number above 0. Raises ParameterError."""
    if isinstance(value, Model):
        raise ParameterError(f"{label}: {a(type(value).__name__)} was given; pass its id")
    number = as_whole(value, label)
    if number < 1:
        raise ParameterError(f"{label}: {number} is not an id; ids begin at 1")
    return number


def a(name: str) -> str:
    """A noun with its article."""
    return f"{'an' if name[:1].lower() in 'aeiou' and name[:1] else 'a'} {name}"


def shown(value: Any, width: int = 40) -> str:
    """A value in a message: one line, cut. Megabytes are cut before they are written out."""
    if isinstance(value, (str, bytes, bytearray)):
        value = value[: 4 * width]
    return line(repr(value), width)


def _holds_whole(value: Any) -> bool:
    if isinstance(value, (str, bytes)):
        return value.strip().isdigit() and len(value) < 20
    try:
        return not is_flag(value) and float(value).is_integer()
    except (TypeError, ValueError, OverflowError):
        return False
