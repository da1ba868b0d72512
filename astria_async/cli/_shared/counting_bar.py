"""A bar on a terminal for a command that counts what it has done; nothing elsewhere, where its lines are enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TextIO, TypeAlias

#: Called with how many are done, and how many there are so far.
ShowCount: TypeAlias = Callable[[int, int], None]


@contextmanager
def counting_bar(noun: str, out: TextIO) -> Iterator[ShowCount]:
    """Show a bar below what is printed, until the block ends. Without a terminal, or without rich, it shows nothing.

    Args:
        noun: What is counted, such as "prompts".
        out: Where the command prints.
    """
    if not out.isatty() or find_spec("rich") is None:
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=out), transient=True) as progress:
        task = progress.add_task(noun, total=None)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield show
