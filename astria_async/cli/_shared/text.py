"""Counts and lengths of time in words."""

from __future__ import annotations


def count_of(number: int, noun: str) -> str:
    """`1 prompt`, `2 prompts`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def rough_duration(seconds: float) -> str:
    """A length of time in its largest whole unit: `40 s`, `7 min`, `3 h`, `12 d`."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def short_duration(seconds: float) -> str:
    """How long something short took: `<1 ms`, `3 ms`, `1.25 s`."""
    if seconds < 0.001:
        return "<1 ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.2f} s"
