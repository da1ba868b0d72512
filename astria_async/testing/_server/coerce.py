"""Parameters as Rails casts them: a form says everything as text, and JSON may say `"3"` for 3."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

_INTEGER = re.compile(r"\s*[+-]?\d{1,18}\s*")
_NUMBER = re.compile(r"\s*[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?\s*")
_FALSE = frozenset({"0", "f", "false", "off"})
_URL = re.compile(r"https?://[^\s/?#{}]+[^\s]*", re.IGNORECASE)

#: Texts longer than that are cut when they serve as a name of something.
_TOO_LONG_FOR_A_NAME = 10_000


def as_text(value: object) -> str | None:
    """A scalar as text; None for everything else."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, float) or (isinstance(value, int) and abs(value) < 10**18) else None


def as_integer(value: object) -> int | None:
    """A whole number; None if it is not one."""
    if value is None:
        return None
    if isinstance(value, str):
        return int(value) if _INTEGER.fullmatch(value) and value.isascii() else None
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18 else None


def as_number(value: object) -> float | None:
    """A finite number; None if it is not one."""
    if value is None:
        return None
    if isinstance(value, str):
        value = float(value) if _NUMBER.fullmatch(value) and value.isascii() else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e30:
        return None
    return float(value)


def as_flag(value: object) -> bool | None:
    """True for `true`, `True`, `1` and whatever else is not false; None where it is blank, or no scalar."""
    if value is None or isinstance(value, bool):
        return value
    text = as_text(value)
    return None if text is None or not text.strip() else text.strip().lower() not in _FALSE


def is_url(text: object) -> bool:
    """Whether it looks like a URL that could be fetched."""
    return isinstance(text, str) and len(text) < _TOO_LONG_FOR_A_NAME and _URL.fullmatch(text) is not None


def is_blank(value: object) -> bool:
    """Whether Rails takes it for absent."""
    return value is None or value == [] or value == {} or (isinstance(value, str) and not value.strip())


def items_of(value: object) -> list[Any]:
    """A list's items, those of a mapping whose keys are "0", "1", ..., or none."""
    if isinstance(value, Mapping):
        return list(value.values()) if all(key.isascii() and key.isdigit() for key in value) else []
    return value if isinstance(value, list) else []
