"""From a method and a path to what answers it: one table, and the patterns in which faults and logs are told too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias

from attrs import frozen

from .._wire import Response
from .bodies import Params
from .calls import Refused, bad_request, not_found
from .state import Account, Stored, World


@frozen(kw_only=True)
class Call:
    """One call on its way to its handler.

    `names` are the parts of the path that a pattern calls `:name`; `query` and `params` are parsed as Rails does; `now`
    is a moment. `account` is whose key it carries; the one of no key where the route is open to all. `workspace_id` is
    the workspace that its header selects, None for the personal one, as for one that the key cannot reach [V];
    `everywhere` asks across all of them.
    """

    account: Account
    names: Mapping[str, str]
    query: Params
    params: Params
    now: int
    workspace_id: int | None = None
    everywhere: bool = True

    def number(self, name: str) -> int:
        """A part of the path as an id. Refuses with 404 what is none."""
        text = self.names[name]
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise Refused(not_found())
        return int(text)

    def sees(self, stored: Stored) -> bool:
        """Whether something of this account is in the workspace that the call is about."""
        return self.everywhere or stored.workspace_id == self.workspace_id

    def root(self, name: str) -> Params:
        """The parameters under their root (`tune[...]`). Refuses with 400 where there are none [I]."""
        inner = self.params.get(name)
        if not isinstance(inner, dict) or not inner:
            raise Refused(bad_request(f"param is missing or the value is empty: {name}"))
        return inner


Handler: TypeAlias = Callable[[World, Call], Response]


@frozen
class Route:
    """A row of the table: `pattern` is a path in which `:name` stands for any one part. `open` routes need no key."""

    method: str
    pattern: str
    handler: Handler
    open: bool = False


class Router:
    """The table, so indexed that a look-up does not go through all of it."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_shape: dict[tuple[str, int], list[tuple[list[str], Route]]] = {}
        for route in routes:
            parts = route.pattern.split("/")
            self._by_shape.setdefault((route.method, len(parts)), []).append((parts, route))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route and the named parts of the path; None where there is none. `.json` at the end does not count."""
        parts = path.removesuffix(".json").split("/")
        for pattern, route in self._by_shape.get((method, len(parts)), ()):
            names: dict[str, str] = {}
            for wanted, part in zip(pattern, parts, strict=True):
                if wanted.startswith(":"):
                    names[wanted[1:]] = part
                elif wanted != part:
                    break
            else:
                return route, names
        return None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> tuple[str, re.Pattern[str]]:
    method, _, path = pattern.strip().partition(" ")
    if not method or not path or not (path == "*" or path.startswith("/")):
        raise ValueError(f"{pattern!r} is no pattern; write a method and a path: 'POST /tunes/:id/prompts', '* *'")
    if path == "*":
        return method.upper(), re.compile(".*", re.DOTALL)
    parts = ["[^/]+" if part.startswith(":") else ".*" if part == "*" else re.escape(part) for part in path.split("/")]
    return method.upper(), re.compile("/".join(parts) + r"(\.json)?")


def check_pattern(pattern: str) -> None:
    """Raise ValueError for what is no pattern."""
    _compiled(pattern)


def matches(pattern: str, method: str, path: str) -> bool:
    """Whether a call is one of those that a pattern names: `POST /tunes`, `GET /prompts/:id`, `POST *`, `* *`."""
    wanted, regex = _compiled(pattern)
    return wanted in ("*", method) and regex.fullmatch(path) is not None
