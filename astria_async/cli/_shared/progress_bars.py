"""ProgressBars on a terminal, by rich."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from .progress import Step


class ProgressBars:
    """A bar for each step, and below them a live count of the faults. Enter it for as long as it shows."""

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
        self._live = Live(get_renderable=self.renderable, console=console, refresh_per_second=10)

    def begin(self, step: Step, total: int) -> None:
        self._totals[step] = total
        is_pulsing = total == 1  # one thing has no progress: nothing is between 0 and 1
        self._progress.start_task(self._tasks[step])
        self._progress.update(self._tasks[step], total=None if is_pulsing else total, visible=True)

    def advance(self, step: Step, by: int = 1) -> None:
        self._progress.update(self._tasks[step], total=self._totals[step], advance=by)

    def fault(self, cause: str, operation: str) -> None:
        self._faults[cause] += 1

    def renderable(self) -> Group:
        """Everything that is on the screen now."""
        return Group(self._progress, Text(faults_line(self._faults), style="yellow"))

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()


def faults_line(faults: Counter[str]) -> str:
    """The faults by cause, in one line."""
    counts = [f"{count} x {cause}" for cause, count in sorted(faults.items())]
    return f"survived so far: {', '.join(counts) or 'nothing yet'}"
