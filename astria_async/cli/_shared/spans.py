"""Time spans on the command line: 30m, 2h, 7d."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from datetime import timedelta

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_SPAN = re.compile(r"([0-9]{1,6})([mhd])")


def span(text: str) -> timedelta:
    """The time span that a text says. Raises ArgumentTypeError."""
    match = _SPAN.fullmatch(text)
    if match is None or not int(match[1]):
        raise ArgumentTypeError(f"{text!r} is not a time span; give one such as 30m, 2h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
