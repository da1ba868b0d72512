"""Comparing the identity that a create was sent with, a title or a seed, with the one that comes back."""

from __future__ import annotations

import re

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def uuids_in(title: object) -> list[str]:
    """Each UUID in a title, in lower case."""
    return [found.lower() for found in _UUID.findall(title)] if isinstance(title, str) else []


def has_uuid(title: str) -> bool:
    """Whether a title holds a UUID, and so can be told from other transactions' titles."""
    return bool(uuids_in(title))


def is_same_identity(sent: object, came: object) -> bool:
    """Whether a seed or a title that came back is the one that was sent: services trim titles, and change their case."""
    if type(sent) is type(came) and sent == came:
        return True
    if isinstance(sent, str):
        return isinstance(came, str) and normalized(sent) == normalized(came)
    return sent == as_seed(came)


def as_seed(came: object) -> int | None:
    """A seed that came back; None if it is not one. It may be a text: cfg_scale, a number too, comes as "3.0" [R]."""
    if isinstance(came, str) and came.strip().isdecimal() and len(came) < 20:
        return int(came)
    return came if isinstance(came, int) and not isinstance(came, bool) else None


def is_another(came: object, expected: object) -> bool:
    """Whether a field that came is another one than expected. An id may come as a text; a null says nothing."""
    if came is None or came == expected:
        return False
    return type(expected) is not int or as_seed(came) not in (None, expected)


def normalized(text: str) -> str:
    """A text for comparing: trimmed, its blanks folded, its case too."""
    return " ".join(text.split()).casefold()
