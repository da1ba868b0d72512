"""A keyword that is not known, and the nearest one that is. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def unexpected(
    given: Iterable[str], known: Iterable[str], *, others: Iterable[str] = (), see: str | None = None
) -> TypeError | None:
    """The error, in one line, for the first given name that is not known; None if all are known.

    Args:
        given: The names of the keywords that a caller wrote.
        known: The names that are taken here.
        others: Names that the method takes besides, and that a misspelt one may have meant.
        see: What has the list of names, for the message; None writes them all out.
    """
    known = tuple(known)
    for name in given:
        if name in known:
            continue
        names = [candidate for candidate in (*others, *known) if candidate != name]
        nearest = get_close_matches(name, names, n=1)
        remedy = f"see {see}" if see else f"it takes {', '.join(names)}" if names else "it takes no keywords"
        return TypeError(f"unexpected {name!r}; {f'did you mean {nearest[0]!r}?' if nearest else remedy}")
    return None
