"""What a script shows while it waits: bars on a terminal, plain lines everywhere else.

    from astria_async.display import bars

    with bars() as show:
        await astria.prompts.wait_all(prompts, on_progress=show)

It needs the extra `cli`: pip install 'astria-async[cli]'.
"""

from __future__ import annotations

import sys
from collections import Counter
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO

from .errors import ConfigurationError
from .waiting import WaitProgress

if TYPE_CHECKING:
    from rich.console import Console

#: Seconds of an object's age between two plain lines that say the same.
QUIET = 60.0
#: More objects than this share one bar.
SEVERAL = 8


def bars(file: TextIO | None = None) -> Bars:
    """A callable for `on_progress`. Enter it, so that the bars go when the block ends.

    Args:
        file: Where it is shown. None is standard error, so that a script's own output stays clean.

    Raises:
        ConfigurationError: rich is not installed.
    """
    try:
        from rich.console import Console
    except ImportError:
        raise ConfigurationError("bars: rich is not installed; pip install 'astria-async[cli]'") from None
    return Bars(Console(file=sys.stderr if file is None else file, soft_wrap=True, highlight=False))


class Bars:
    """Shows the progress of waits: several may share it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: dict[tuple[str, int], tuple[object, float]] = {}
        self._rich: Any = None
        self._tasks: dict[object, Any] = {}
        self._states: Counter[str] = Counter()
        self._state_of: dict[tuple[str, int], str] = {}

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
            self._rich = Progress(*columns, console=self._console, transient=True)
            self._rich.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._rich is not None:
            self._rich.stop()
            self._rich = None

    def __call__(self, progress: WaitProgress, /) -> None:
        """Show what a wait tells."""
        if progress.total > SEVERAL:
            self._count(progress)
        if self._rich is not None:
            self._update(progress)
        else:
            self._write(progress)

    def _count(self, progress: WaitProgress) -> None:
        key, state = (progress.kind, progress.id), progress.state or "unknown"
        before = self._state_of.get(key)
        if before != state:
            self._states[state] += 1
            self._state_of[key] = state
            if before is not None:
                self._states[before] -= 1

    def _update(self, progress: WaitProgress) -> None:
        """A bar for each object, or one for all of many."""
        if progress.total > SEVERAL:
            self._bar(progress.kind, self._summary(progress), progress.done, progress.total)
            return
        share = None if not progress.expected else min(progress.seconds / progress.expected, 0.99)
        is_done = progress.next_look == 0 and progress.state in _ENDS
        self._bar((progress.kind, progress.id), line_of(progress), 1.0 if is_done else share or 0.0, 1.0)

    def _bar(self, key: object, text: str, done: float, total: float) -> None:
        if key not in self._tasks:
            self._tasks[key] = self._rich.add_task(text, total=total)
        self._rich.update(self._tasks[key], description=text, completed=done, total=total)

    def _write(self, progress: WaitProgress) -> None:
        """A line if something has changed, or a minute later."""
        said: tuple[object, bool] = (progress.state, bool(progress.why))
        key, text = (progress.kind, progress.id), line_of(progress)
        if progress.total > SEVERAL:  # a line for each tenth
            said = (progress.done * 10 // progress.total, bool(progress.why))
            key, text = (progress.kind, 0), self._summary(progress)
        before, when = self._shown.get(key, (None, 0.0))
        if before == said and progress.seconds < when + QUIET:
            return
        self._shown[key] = (said, progress.seconds)
        self._console.print(text, markup=False)

    def _summary(self, progress: WaitProgress) -> str:
        states = ", ".join(f"{count} {state}" for state, count in sorted(self._states.items()) if count)
        why = f" ({progress.why})" if progress.why else ""
        return f"{progress.kind}s: {progress.done} of {progress.total} ended; {states}{why}"


#: States after which nothing more is told.
_ENDS = ("trained", "succeeded", "failed")


def line_of(progress: WaitProgress) -> str:
    """What is known of one object, in a line."""
    is_guessed = progress.expected is not None and progress.state not in _ENDS
    expected = f" of about {progress.expected:.0f} s" if is_guessed else " s"
    why = f" ({progress.why})" if progress.why else ""
    return f"{progress.kind} {progress.id}: {progress.state or 'not seen yet'}, {progress.seconds:.0f}{expected}{why}"
