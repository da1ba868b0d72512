"""The table at the end."""

from __future__ import annotations

import io

import attrs
import pytest
from rich.console import Console

from astria_async.cli.demo.summary import Summary, show

SUMMARY = Summary(
    asked=24,
    on_server=24,
    images=96,
    expected=96,
    folder="astria-demo/images",
    calls=171,
    faults={"504": 3, "500": 2, "no answer": 1, "429": 2, "503": 1},
    staged=True,
    seconds=9.87,
    pace="all waits were 100 times shorter",
)


@pytest.mark.parametrize("terminal", [True, False])
def test_it_reads_well_at_80_columns(terminal: bool) -> None:
    out = io.StringIO()
    show(SUMMARY, Console(file=out, width=80, force_terminal=terminal, color_system=None), caption="Sheet: [x]")
    lines = [line.rstrip() for line in out.getvalue().strip().splitlines()]
    assert "24 asked, 24 on the server, 96 images" in lines[0]
    assert "Sheet: [x]" in lines[-1]
    assert max(map(len, lines)) <= 80
    assert len(lines) == 1 + 1 + len([*SUMMARY.rows()]) + 1 + 1  # none is broken into two


def test_a_terminal_that_knows_only_ascii_can_show_it() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    show(SUMMARY, Console(file=out, width=80), caption="")


def test_each_fault_says_what_was_done_about_it() -> None:
    assert faults_of(SUMMARY) == [
        "2 x 429, too many requests: everything slowed down, then sent again",
        "2 x 500, server error: waited; nothing had been made, so sent again",
        "1 x 503, server error: waited, looked first, then sent again",
        "3 x 504, after the object was made: found again, not paid twice",
        "1 x no answer, the connection failed: looked first, then sent again",
    ]


def test_of_service_itself_no_more_is_claimed_than_is_known() -> None:
    assert faults_of(attrs.evolve(SUMMARY, staged=False)) == [
        "2 x 429, too many requests: everything slowed down, then sent again",
        "2 x 500, server error: waited, looked first, then sent again",
        "1 x 503, server error: waited, looked first, then sent again",
        "3 x 504, answered too late: looked for its object first, not paid twice",
        "1 x no answer, the connection failed: looked first, then sent again",
    ]


def test_all_well_is_no_problem() -> None:
    assert SUMMARY.problem() is None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"on_server": 25}, "asked for 24 prompts, but the server has 25"),
        ({"images": 95}, "asked for 96 images, but 95 are on disk"),
    ],
)
def test_what_was_lost_or_made_twice_is_a_problem(change: dict[str, int], problem: str) -> None:
    summary = attrs.evolve(SUMMARY, **change)  # type: ignore[arg-type]
    assert summary.problem() == problem
    assert ("25", "prompt objects on the server: NOT as many as were asked for") in [*summary.rows()] or (
        summary.on_server == summary.asked
    )


def faults_of(summary: Summary) -> list[str]:
    return [" ".join(row) for row in summary.rows()][4:-1]
