"""Patterns of requests, as faults and the request log name them: `POST /tunes/:id/prompts`, `GET *`, `* *`."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> tuple[str, re.Pattern[str]]:
    method, _, path = pattern.strip().partition(" ")
    if not method or not path or not (path == "*" or path.startswith("/")):
        raise ValueError(f"{pattern!r} is not a pattern; write a method and a path: 'POST /tunes/:id/prompts', '* *'")
    if path == "*":
        return method.upper(), re.compile(".*", re.DOTALL)
    parts = ["[^/]+" if part.startswith(":") else ".*" if part == "*" else re.escape(part) for part in path.split("/")]
    return method.upper(), re.compile("/".join(parts) + r"(\.json)?")


def check_pattern(pattern: str) -> None:
    """Raise ValueError if it is not a pattern."""
    _compiled(pattern)


def matches(pattern: str, method: str, path: str) -> bool:
    """Whether a call is one of those that a pattern names: `POST /tunes`, `GET /prompts/:id`, `POST *`, `* *`."""
    wanted, regex = _compiled(pattern)
    return wanted in ("*", method) and regex.fullmatch(path) is not None
