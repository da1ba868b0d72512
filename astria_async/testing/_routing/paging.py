"""Pages of a list: newest first, found by bisection, so that they stay as fast as the list grows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from .._assumptions import LONGEST_PAGE, PAGE
from .._server.coerce import as_integer, as_text, is_blank
from .._server.http import Abort, answer

T = TypeVar("T")


def page_of(
    ids: Sequence[int],
    things: Mapping[int, T],
    query: Mapping[str, Any],
    *,
    deepest: int | None = None,
    longest: int = LONGEST_PAGE,
    wanted: Callable[[T], bool] | None = None,
) -> list[T]:
    """The page that `query` asks for of ascending `ids`: `before_id`, `limit`, `offset`.

    Refuses an `offset` above `deepest` with 400, naming `before_id` [D]; None knows no bound. A page has `longest` items
    at most. An offset or a limit that is not a number,
    or is below 1, is ignored; a limit that is too high is lowered [I].
    """
    offset = max(0, as_integer(query.get("offset")) or 0)
    if deepest is not None and offset > deepest:
        message = f"offset must not be above {deepest}; use before_id to go further back"
        raise Abort(answer(400, {"error": message}))
    limit = as_integer(query.get("limit")) or PAGE
    limit = min(limit, longest) if limit > 0 else PAGE
    end = len(ids)
    if not is_blank(query.get("before_id")):
        end = bisect_left(ids, as_integer(query["before_id"]) or 0)
    if wanted is None:
        end = max(0, end - offset)
        return [things[ids[position]] for position in range(end - 1, max(-1, end - 1 - limit), -1)]
    found = (things[ids[position]] for position in range(end - 1, -1, -1))
    return list(islice(filter(wanted, found), offset, offset + limit))


def contains(part: object) -> Callable[[str | None], bool]:
    """A filter for text: without regard to case, anywhere in it [I]."""
    sought = (as_text(part) or "").lower()
    return lambda text: sought in (text or "").lower()


def both(one: Callable[[T], bool] | None, other: Callable[[T], bool]) -> Callable[[T], bool]:
    """A filter that passes what both let through; None lets everything through."""
    return other if one is None else lambda thing: one(thing) and other(thing)
