"""From a method and a path to its handler: one table of routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from attrs import frozen

from ..._wire import Response
from .._store.store import Store
from .context import RouteContext

Handler: TypeAlias = Callable[[Store, RouteContext], Response]


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
        """The route and the named parts of the path; None if there is no route. `.json` at the end does not count."""
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
