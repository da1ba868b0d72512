"""What is wrong with parameters, as the service says it with 422, and the checks that tunes and prompts share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._server.coerce import as_integer, as_number, is_blank, is_url

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


class Problems(dict[str, list[str]]):
    """Parameters with what is wrong with each."""

    def add(self, name: str, message: str) -> None:
        self.setdefault(name, []).append(message)

    def add_all(self, other: Mapping[str, list[str]], prefix: str) -> None:
        """Those of a nested object, named as Rails does: `prompts.text`."""
        for name, messages in other.items():
            for message in messages:
                self.add(f"{prefix}.{name}", message)


def check_number(
    params: Mapping[str, Any], name: str, low: float, high: float, whole: bool, problems: Problems
) -> None:
    """A number in its bounds, if there is one."""
    value = params.get(name)
    if is_blank(value):
        return
    number = as_number(value)
    if number is None:
        problems.add(name, "is not a number")
    elif whole and as_integer(value) is None:
        problems.add(name, "must be an integer")
    elif number < low:
        problems.add(name, f"must be greater than or equal to {low}")
    elif number > high:
        problems.add(name, f"must be less than or equal to {high}")


def check_callback(params: Mapping[str, Any], problems: Problems) -> None:
    """A URL, if there is one, in which no placeholder was left [R]."""
    callback = params.get("callback")
    if not is_blank(callback) and (not is_url(callback) or _PLACEHOLDER.search(str(callback))):
        problems.add("callback", "is invalid")
