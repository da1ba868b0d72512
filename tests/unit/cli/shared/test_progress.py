"""Plain lines, and bars."""

from __future__ import annotations

import io
from collections import Counter

from rich.console import Console

from astria_async.cli._shared.progress import ProgressLines, Step
from astria_async.cli._shared.progress_bars import ProgressBars, faults_line


def test_line_for_each_step_and_each_fault_with_the_seconds() -> None:
    out, times = io.StringIO(), iter([0.25, 1.0, 12.34, 13])
    lines = ProgressLines(out, lambda: next(times))
    lines.begin(Step.UPLOADED, 4)
    lines.fault("504", "tunes.create")
    lines.advance(Step.UPLOADED, 4)
    lines.begin(Step.TRAINED, 1)
    lines.advance(Step.TRAINED)
    lines.begin(Step.CREATED, 2)
    lines.begin(Step.IMAGES, 8)
    lines.advance(Step.CREATED)
    lines.advance(Step.IMAGES, 4)
    lines.advance(Step.CREATED)
    assert out.getvalue().splitlines() == [
        "   0.2 s    504 on tunes.create: trying again later",
        "   1.0 s  4 images uploaded, tune created",
        "  12.3 s  tune trained",
        "  13.0 s  2 prompts created",
    ]


def test_bars_show_steps_their_progress_and_the_faults() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None)
    with ProgressBars(console) as bars:
        bars.begin(Step.TRAINED, 1)
        bars.begin(Step.CREATED, 24)
        bars.advance(Step.CREATED, 7)
        bars.fault("504", "prompts.create")
        bars.fault("500", "prompts.create")
        bars.fault("504", "tunes.create")
        before = drawn(bars)
        bars.advance(Step.TRAINED)
        after = drawn(bars)
    assert "prompts created" in before
    assert "7/24" in before
    assert "prompts done" not in before
    assert "survived so far: 1 x 500, 2 x 504" in before
    assert "0/?" in before
    assert "1/1" in after


def test_bars_clean_up_after_an_error() -> None:
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=True, color_system=None)
    try:
        with ProgressBars(console):
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert out.getvalue().endswith("\x1b[?25h")  # the cursor is back


def test_nothing_survived_is_said_too() -> None:
    assert faults_line(Counter()) == "survived so far: nothing yet"


def drawn(bars: ProgressBars) -> str:
    console = Console(file=io.StringIO(), width=80)
    with console.capture() as capture:
        console.print(bars.renderable())
    return capture.get()
