"""Where the object of a create is looked for, and by what it is told: data on a request, which `middleware.recovery` reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from attrs import field, frozen


class Identity(Enum):
    """Where in a create's body stands what tells its object from every other one: (root, leaf). `at`: the pair, quickly."""

    TUNE_TITLE = ("tune", "title")
    PROMPT_SEED = ("prompt", "seed")

    def __init__(self, root: str, leaf: str) -> None:
        self.at: tuple[str, str] = (root, leaf)
        self.leaf: str = leaf


@frozen(kw_only=True)
class Lookup:
    """How a create whose answer was lost is looked for. Data only: `middleware.lookup` evaluates it.

    `list_url` is the list that holds the object, newest first, narrowed down by `filters`; `workspace` is where it is
    billed, None is the client's own. `expect` are fields that each such object has, such as `{"tune_id": 690204}`.
    `tune_ids` is set for a pack's run over tunes that exist: it makes many prompts, and is told by all of them.
    """

    list_url: str
    root: str
    filters: Mapping[str, Any] = field(factory=dict)
    expect: Mapping[str, Any] = field(factory=dict)
    workspace: int | str | None = None
    tune_ids: tuple[int, ...] | None = None


@frozen(kw_only=True)
class LookFirst:
    """Look for what a create may have made before it is sent. `since` is when it may first have been sent, by the
    server's clock; `settled_in` is in how many seconds the last attempt is certainly over. `only`: never send it.
    """

    since: datetime
    settled_in: float
    only: bool = False
