"""Which tunes the service refuses with 422 [D, R]. The messages' words are ours [I]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import _assumptions as assume
from .._server.coerce import as_text, is_blank, is_url, items_of
from .._server.multipart import ReceivedFile
from .problems import Problems, check_callback, check_number


def problems_of_tune(params: Mapping[str, Any]) -> Problems:
    """What is wrong with a new tune. Its title and its name are required [D]."""
    problems = Problems()
    for name in ("title", "name"):
        if is_blank(as_text(params.get(name))):
            problems.add(name, "can't be blank")
    images = [item for item in items_of(params.get("images")) if not is_blank(item) and not _is_caption(item)]
    urls = _plain_list(params.get("image_urls"), "image_urls", problems)
    if not is_blank(params.get("images")) and not items_of(params.get("images")):
        problems.add("images", "is invalid")
    if not images and not urls:
        problems.add("images", "can't be blank")
    if len(images) + len(urls) > assume.MAX_IMAGES:
        problems.add("images", f"is too long (maximum is {assume.MAX_IMAGES})")
    if not all(isinstance(item, ReceivedFile) for item in images):
        problems.add("images", "is invalid")
    if not all(map(is_url, urls)):
        problems.add("image_urls", "is invalid")
    for name in ("steps", "base_tune_id"):
        check_number(params, name, 1, 2**62, True, problems)
    check_callback(params, problems)
    return problems


def _plain_list(value: object, name: str, problems: Problems) -> list[Any]:
    """The items of a list. With an index (`image_urls[0]`) it is a mapping, which Rails does not take for a list.

    Only `images[0]` is known to be taken: a vendor's client sends it [V].
    """
    if not isinstance(value, list):
        if not is_blank(value):
            problems.add(name, "is invalid")
        return []
    return [item for item in value if not is_blank(item)]


def _is_caption(item: object) -> bool:
    """A text beside the images describes one of them [V]."""
    return isinstance(item, ReceivedFile) and item.name.lower().endswith(".txt")
