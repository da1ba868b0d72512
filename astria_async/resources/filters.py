"""The filters of lists, as queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._values.spelling import unknown_name
from ..models.parameters.filters import PromptFilters
from ..models.parameters.scalars import as_flag, as_id, as_text, each, optional
from ._resource import id_of

#: How each is checked. An object may stand for its id.
_CONVERTERS: dict[str, Callable[[Any, str], Any]] = {
    "text": as_text,
    "user_id": as_id,
    **dict.fromkeys(("pack_id", "base_pack_id", "orig_prompt_id", "order_id"), id_of),
    **dict.fromkeys(("liked", "today", "is_video", "is_api", "debug_images"), as_flag),
}


def query_of(filters: PromptFilters) -> dict[str, Any]:
    """The filters as a query. Raises TypeError for an unknown name, with the nearest one; ParameterError for a value."""
    names = PromptFilters.__annotations__
    if unknown := sorted(filters.keys() - names.keys()):
        raise TypeError(unknown_name("list()", "option", unknown[0], ["tune", *names, "page_size", "limit"]))
    query: dict[str, Any] = {}
    for name, value in filters.items():
        query |= optional(_CONVERTERS[name], **{name: value})
    if query.pop("debug_images", None):
        query["expand"] = ["debug_images"]
    return query


def tune_query(title: Any, name: Any, model_type: Any, branch: Any) -> dict[str, Any]:
    """The filters of a list of tunes as a query. One class may stand for itself. Raises ParameterError."""
    names = name if name is None or isinstance(name, str) else each(name, "name", "classes", as_text)
    return {**optional(as_text, title=title), "name": names, **optional(as_text, model_type=model_type, branch=branch)}
