"""What a list of prompts is narrowed down by, and what is added to each answer [V]."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from .._routing.context import RouteContext
from .._routing.paging import contains
from .._server.coerce import (
    as_flag,
    as_integer,
    as_text,
    is_blank,
    items_of,
)
from .._store.records import StoredPrompt

Wanted: TypeAlias = Callable[[StoredPrompt], bool]

_DAY = 24 * 3600 * 1_000_000


def filter_of(context: RouteContext) -> Wanted | None:
    """Whether a prompt is asked for; None where all are. A filter that is blank does not count [I]."""
    tests: list[Wanted] = [] if context.everywhere else [context.sees]
    for name, make in _FILTERS.items():
        if not is_blank(context.query.get(name)):
            tests.append(make(context, name))
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else lambda prompt: all(test(prompt) for test in tests)


def expanded(context: RouteContext) -> frozenset[str]:
    """What `expand` adds: `expand[]=comments`, `expand=debug_images`, each also as `prompt.comments` [V]."""
    asked = context.query.get("expand")
    names = map(as_text, items_of(asked) or [asked])
    return frozenset(name.removeprefix("prompt.") for name in names if name)


def _text(context: RouteContext, name: str) -> Wanted:
    has_text = contains(context.query[name])
    return lambda prompt: has_text(as_text(prompt.text))


def _attribute(context: RouteContext, name: str) -> Wanted:
    number = as_integer(context.query[name])
    return lambda prompt: number is not None and getattr(prompt, name) == number


def _user(context: RouteContext, name: str) -> Wanted:
    is_own = as_integer(context.query[name]) == context.account.id
    return lambda prompt: is_own


def _flag(context: RouteContext, name: str) -> Wanted:
    wanted, today = as_flag(context.query[name]), context.now // _DAY
    looks: dict[str, Wanted] = {
        "liked": lambda prompt: prompt.liked,
        "today": lambda prompt: prompt.created // _DAY == today,
        "is_video": lambda prompt: prompt.is_video,
        "is_api": lambda prompt: True,  # nobody comes by the website here
    }
    look = looks[name]
    return lambda prompt: look(prompt) == wanted


_FILTERS: dict[str, Callable[[RouteContext, str], Wanted]] = {
    "text": _text,
    "tune_id": _attribute,
    "orig_prompt_id": _attribute,
    "order_id": _attribute,
    "pack_id": _attribute,
    "base_pack_id": _attribute,
    "user_id": _user,
    "liked": _flag,
    "today": _flag,
    "is_video": _flag,
    "is_api": _flag,
}
