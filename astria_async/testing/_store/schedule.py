"""What is still to happen, by the fake's clock: late effects, themes, callbacks. Nothing runs until it is asked."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import TypeAlias

from .timestamps import NEVER

Action: TypeAlias = Callable[[int], object]
"""Takes the moment at which it was due, which may lie behind."""


class Schedule:
    """Actions by their moments. `when_added` is called at each new one: whoever sleeps until the next looks again."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, Action]] = []
        self._count = count()
        self.when_added: Callable[[], object] | None = None

    def add(self, moment: int, action: Action) -> None:
        """Plan it; what would come never is left out."""
        if moment >= NEVER:
            return
        heapq.heappush(self._entries, (moment, next(self._count), action))
        if self.when_added is not None:
            self.when_added()

    @property
    def next(self) -> int | None:
        """The moment of the first; None where nothing is planned."""
        return self._entries[0][0] if self._entries else None

    def run_until(self, now: int) -> None:
        """Do what is due, in its order, and what comes of it."""
        while self._entries and self._entries[0][0] <= now:
            due, _, action = heapq.heappop(self._entries)
            action(due)
