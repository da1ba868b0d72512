"""What a list of prompts can be narrowed down by. All of it [V]: the vendor's own clients use it."""

from __future__ import annotations

from typing import Any, TypedDict


class PromptFilters(TypedDict, total=False):
    """The filters of `prompts.list`; what is left out does not filter."""

    text: str
    """Words of the text."""

    pack_id: int
    """Made by this pack."""

    base_pack_id: int
    """Coming from this pack."""

    tune_id: int
    """Of this tune."""

    user_id: int
    """Made by this user."""

    orig_prompt_id: int
    """A copy of this prompt."""

    order_id: int
    """Of this order, as `packs.run` gives it."""

    liked: bool
    """Liked, or not."""

    today: bool
    """Made today, by the service's day."""

    is_video: bool
    """Videos, or pictures."""

    is_api: bool
    """Made through the API, or on the website."""

    debug_images: bool
    """Adds the intermediate pictures to each answer's `extra`."""


def query_of(filters: PromptFilters) -> dict[str, Any]:
    """The filters as a query. Raises TypeError for a name that is none of them."""
    unknown = sorted(filters.keys() - PromptFilters.__annotations__.keys())
    if unknown:
        raise TypeError(
            f"prompts.list() has no filter {unknown[0]!r}; it has {', '.join(PromptFilters.__annotations__)}"
        )
    query: dict[str, Any] = {**filters}
    if query.pop("debug_images", None):
        query["expand"] = ["debug_images"]
    return query
