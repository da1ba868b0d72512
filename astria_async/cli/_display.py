"""What is seen while it runs: bars on a terminal (`_bars`), and here plain lines for everything else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import Enum
from typing import Protocol, TextIO

from attrs import define, field


class Step(Enum):
    """The steps, in their order. The value says what is counted."""

    UPLOADED = "pictures uploaded, tune created"
    TRAINED = "tune trained"
    CREATED = "prompts created"
    DONE = "prompts done"
    PICTURES = "pictures on disk"


class Display(Protocol):
    """Told of everything as it happens; to be entered while it shows."""

    def begin(self, step: Step, total: int) -> None:
        """A step begins, in which so many things are to be done."""
        ...

    def advance(self, step: Step, by: int = 1) -> None:
        """So many more of them are done."""
        ...

    def fault(self, cause: str, operation: str) -> None:
        """An answer came that the SDK has to cope with; it will."""
        ...


@define
class Lines:
    """A line for each step that ends, and for each fault, with the seconds since the beginning."""

    out: TextIO
    elapsed: Callable[[], float]
    _left: dict[Step, int] = field(factory=dict)
    _totals: dict[Step, int] = field(factory=dict)

    def begin(self, step: Step, total: int) -> None:
        self._left[step] = self._totals[step] = total

    def advance(self, step: Step, by: int = 1) -> None:
        self._left[step] -= by
        if self._left[step] == 0:
            total = self._totals[step]
            self._say(f"{total} {step.value}" if total > 1 else step.value)

    def fault(self, cause: str, operation: str) -> None:
        self._say(f"  {cause} on {operation}: going on in a moment")

    def _say(self, text: str) -> None:
        print(f"{self.elapsed():6.1f} s  {text}", file=self.out, flush=True)


Shown = AbstractContextManager[Display]
"""A display for the length of a block."""
