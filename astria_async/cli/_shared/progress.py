"""Progress of a command: the steps and faults, and plain lines for them. Bars are in `progress_bars`."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol, TextIO

from attrs import define, field


class Step(Enum):
    """The steps, in their order. The value says what is counted."""

    UPLOADED = "images uploaded, tune created"
    TRAINED = "tune trained"
    CREATED = "prompts created"
    DONE = "prompts done"
    IMAGES = "images on disk"


class Display(Protocol):
    """Shows what happens while it happens. Enter it for as long as it shows."""

    def begin(self, step: Step, total: int) -> None:
        """A step begins; `total` is how many things there are to do."""
        ...

    def advance(self, step: Step, by: int = 1) -> None:
        """`by` more of them are done."""
        ...

    def fault(self, cause: str, operation: str) -> None:
        """A call failed. The SDK deals with it."""
        ...


@define
class ProgressLines:
    """A line for each step that ends, and for each fault, with the seconds since the start."""

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
            self._print(f"{total} {step.value}" if total > 1 else step.value)

    def fault(self, cause: str, operation: str) -> None:
        self._print(f"  {cause} on {operation}: trying again later")

    def _print(self, text: str) -> None:
        print(f"{self.elapsed():6.1f} s  {text}", file=self.out, flush=True)
