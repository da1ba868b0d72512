"""Bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest
from rich.console import Console

from astria_async import AsyncAstria, ConfigurationError, WaitProgress
from astria_async.display import Bars, bars
from astria_async.testing import MockTransport, VirtualClock

from ..support.jobs import Jobs


def told(**changes: Any) -> WaitProgress:
    known: dict[str, Any] = {
        "kind": "prompt", "id": 7, "state": "pending", "seconds": 0.0, "expected": None, "next_look": 2.0, "why": "",
        "done": 0, "total": 1, "last": None,
    }  # fmt: skip
    return WaitProgress(**{**known, **changes})


def lines_of(*steps: WaitProgress) -> list[str]:
    file = io.StringIO()
    with bars(file) as show:
        for step in steps:
            show(step)
    return file.getvalue().splitlines()


def test_a_line_is_written_at_a_change_or_later() -> None:
    steps = [told(seconds=float(age)) for age in range(0, 70, 5)]
    assert lines_of(*steps, told(seconds=70.0, expected=80.0, state="succeeded", next_look=0.0)) == [
        "prompt 7: pending, 0 s",
        "prompt 7: pending, 60 s",
        "prompt 7: succeeded, 70 s",
    ]


def test_a_reason_is_told_once_and_its_end_too() -> None:
    refused = "the service has given no usable answer"
    assert lines_of(told(), told(why=refused), told(why=refused), told()) == [
        "prompt 7: pending, 0 s",
        f"prompt 7: pending, 0 s ({refused})",
        "prompt 7: pending, 0 s",
    ]


def test_many_are_counted_by_their_states() -> None:
    steps = [told(id=number, total=20) for number in range(20)]
    steps += [told(id=number, total=20, done=number + 1, state="succeeded") for number in range(20)]
    lines = lines_of(*steps)
    assert lines[0] == "prompts: 0 of 20 ended; 1 pending"
    assert lines[-1] == "prompts: 20 of 20 ended; 20 succeeded"
    assert len(lines) <= 12


def on_a_terminal() -> tuple[Bars, io.StringIO]:
    file = io.StringIO()
    return Bars(Console(file=file, force_terminal=True, width=100)), file


@pytest.mark.parametrize("total", [1, 20])
def test_a_terminal_gets_bars_that_go_in_the_end(total: int) -> None:
    show, file = on_a_terminal()
    with show:
        show(told(total=total, expected=10.0, seconds=5.0))
        show._rich.refresh()
        show(told(total=total, state="succeeded", done=1, next_look=0.0))
    shown = file.getvalue()
    assert "━" in shown
    assert ("prompt 7: pending, 5 of about 10 s" if total == 1 else "prompts: 0 of 20 ended") in shown
    assert shown.endswith("\x1b[2K"), "the line is taken away"


@pytest.mark.anyio
async def test_it_is_what_a_wait_takes() -> None:
    clock, file = VirtualClock(), io.StringIO()
    jobs = Jobs(clock)
    astria = AsyncAstria("sd_test", transport=MockTransport(jobs), clock=clock)
    with bars(file) as show:
        await astria.prompts.wait_all(jobs.add([1, 2], done_at=5.0), on_progress=show)
    assert file.getvalue().splitlines() == [
        "prompt 2: pending, 0 s",
        "prompt 1: pending, 0 s",
        "prompt 2: succeeded, 6 s",
        "prompt 1: succeeded, 6 s",
    ]


def test_without_rich_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with pytest.raises(ConfigurationError, match=r"^bars: rich is not installed; pip install 'astria-async\[cli\]'$"):
        bars()
