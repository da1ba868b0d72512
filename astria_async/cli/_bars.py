"""Bars on a terminal, by rich."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from ._display import Step


class Bars:
    """A bar for each step, and below them a live count of the faults survived. To be entered while it shows."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<31}", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            expand=True,
        )
        self._tasks: dict[Step, TaskID] = {
            step: self._progress.add_task(step.value, start=False, total=None, visible=False) for step in Step
        }
        self._totals: dict[Step, int] = {}
        self._faults: Counter[str] = Counter()
        self._live = Live(get_renderable=self.shown, console=console, refresh_per_second=10)

    def begin(self, step: Step, total: int) -> None:
        self._totals[step] = total
        pulsing = total == 1  # there is nothing between nothing and all
        self._progress.start_task(self._tasks[step])
        self._progress.update(self._tasks[step], total=None if pulsing else total, visible=True)

    def advance(self, step: Step, by: int = 1) -> None:
        self._progress.update(self._tasks[step], total=self._totals[step], advance=by)

    def fault(self, cause: str, operation: str) -> None:
        self._faults[cause] += 1

    def shown(self) -> Group:
        """What is on the screen at this moment."""
        return Group(self._progress, Text(survived(self._faults), style="yellow"))

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()


def survived(faults: Counter[str]) -> str:
    """The faults by cause, in one line."""
    counts = [f"{count} x {cause}" for cause, count in sorted(faults.items())]
    return f"survived so far: {', '.join(counts) or 'nothing yet'}"
