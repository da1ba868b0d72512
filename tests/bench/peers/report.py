"""What the peer benchmark found, as text: the judged lines, a table for each cell, and the file docs/performance.md."""

from __future__ import annotations

import os
import platform
import re
import statistics
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from judge import JUDGED, Key, Results, divided, verdicts
from measure import SECONDS, WARM_UP, WINDOW, Found
from subjects import REFERENCE, SUBJECTS, WORKLOADS, Cell, version_of

COMMAND = "python tests/bench/peers/run.py --write docs/performance.md"
WRITTEN = (
    "Written by `{command}`, which measured what stands here; nothing in it is written by hand. It needs a checkout "
    "with the packages named below, reaches nothing but the loopback interface, and stops by itself. It exits 1 where "
    "a judged line is missed."
)
JUDGED_HOW = (
    "All of it is on `retrieve`, but the lines that say creates. Two measurements of the same round make a figure; what is shown is the median of the "
    "rounds, with the lowest and the highest in brackets."
)
METHOD = (
    "The server is a process of its own on the same machine, with answers made beforehand; it does nothing else. Each "
    "measurement is a new process, alone with the server. So many workers send requests, each one after the other. It "
    "begins once each has had an answer, or after {warm_up:g} s, and lasts a second or so, at least two answers for "
    "each worker, but {window:g} s at most; what is not judged has shorter times. Garbage is collected before, and its "
    "collection is left on. All subjects take turns at a cell, then the next cell follows, then the next round. "
    "Rounds: {rounds}, fewer of what is very slow. The tables show the median, with the lowest and the highest in "
    "brackets where there are several."
)
LEGEND = (
    "`to httpx` is the rate divided by bare httpx's in the same round.",
    "`CPU us` is the client's CPU time, user and system, of all its threads, for one request.",
    "A `+`: some requests were still on their way seconds after the end; they count with their time until then.",
    "`memory MB` is the peak of the client's resident set during the measurement, the interpreter with it.",
    "`connections` is the most that the server saw open at once, `waiting` the most requests that it held back.",
)
COLUMNS = ("requests/s", "to httpx", "CPU us", "p50 ms", "p99 ms", "memory MB", "connections")
#: What the server and ours need, besides the packages of the subjects.
ALSO = ("uvloop", "anyio", "attrs", "cattrs", "httpcore", "h11", "pydantic")


def judged(results: Results) -> str:
    """The judged lines as a table; empty where none could be judged."""
    rows = []
    for verdict in verdicts(results):
        line, title = verdict.line, verdict.line.title
        if verdict.connections is not None:
            title += f", {verdict.connections:,} connections (at least {line.connections:,})"
        rows.append((title, f"{line.least:g}", spread(verdict.ratios, decimals), verdict.word))
    return table(("what", "at least", "found", "verdict"), rows) if rows else ""


def cell_table(results: Results, cell: Cell) -> str:
    """A row for each subject that was measured at this; empty where none was."""
    reference = results.get(Key(REFERENCE, cell), {})
    rows = []
    for name, subject in SUBJECTS.items():
        by_round = results.get(Key(name, cell))
        if by_round:
            ratios = [
                divided(by_round[at].rate, reference[at].rate) for at in sorted(by_round.keys() & reference.keys())
            ]
            rows.append((subject.title, *figures(list(by_round.values()), ratios, cell)))
    head = ("client", *COLUMNS, *(["waiting"] if cell.workload == "slow-create" else []))
    return table(head, rows) if rows else ""


def figures(found: Sequence[Found], ratios: Sequence[float], cell: Cell) -> Iterator[str]:
    """The columns of a row."""
    late = any(each.unfinished for each in found)
    yield spread([each.rate for each in found], whole)
    yield f"{decimals(statistics.median(ratios))}x" if ratios else ""
    yield whole(statistics.median(each.cpu for each in found))
    for times in ([each.p50 for each in found], [each.p99 for each in found]):
        yield spread(times, decimals if statistics.median(times) < 10 else whole) + ("+" if late else "")
    yield whole(statistics.median(each.memory for each in found))
    yield whole(statistics.median(each.connections for each in found))
    if cell.workload == "slow-create":
        yield whole(statistics.median(each.waiting for each in found))


def cells(results: Results) -> Iterator[tuple[Cell, str]]:
    """Each cell that has a table, with it."""
    for workload, (_, concurrencies) in WORKLOADS.items():
        for concurrency in concurrencies:
            cell = Cell(workload, concurrency)
            if drawn := cell_table(results, cell):
                yield cell, drawn


def document(results: Results, failures: Iterable[str], judged_only: bool) -> str:
    """docs/performance.md."""
    names = {key.subject for key in results}
    parts = [
        "# Performance",
        wrapped(WRITTEN.format(command=COMMAND + (" --judged-only" if judged_only else ""))),
        "## The machine",
        *bullets(machine()),
        "## How it is measured",
        wrapped(METHOD.format(warm_up=WARM_UP * SECONDS, window=WINDOW * SECONDS, rounds=rounds(results))),
        *bullets(LEGEND),
        "## What is judged",
        judged(results) or "Nothing: the subjects of no line were all measured.",
        wrapped(JUDGED_HOW),
    ]
    if problems := bullets(failures):
        parts += ["## What could not be measured", *problems]
    shown = None
    for cell, drawn in cells(results):
        if cell.workload != shown:
            shown = cell.workload
            parts += [f"## {shown}", f"{WORKLOADS[shown][0]}."]
        parts += [f"### {shown}, {cell.concurrency:,} at once", drawn]
    parts += [
        "## The subjects",
        *bullets(f"**{SUBJECTS[name].title}**: {SUBJECTS[name].note}." for name in SUBJECTS if name in names),
    ]
    return "\n\n".join(parts) + "\n"


def rounds(results: Results) -> str:
    """How many there were of what, in words."""
    found = []
    for is_judged, what in ((True, "what is judged"), (False, "the rest")):
        if number := max((len(results[key]) for key in results if (key in JUDGED) is is_judged), default=0):
            found.append(f"{number} of {what}")
    return " and ".join(found)


def wrapped(text: str, indent: str = "") -> str:
    """A paragraph, in lines as long as those of the other documents."""
    return textwrap.fill(text, 118, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def bullets(lines: Iterable[str]) -> list[str]:
    """A list, as one part of the document; none where there are no lines."""
    drawn = [wrapped(f"- {line}", "  ") for line in lines]
    return ["\n".join(drawn)] if drawn else []


def machine() -> Iterator[str]:
    """What it ran on: no names, no paths."""
    yield f"{cpu_model()}, {os.cpu_count()} cores, {memory_size()} of memory, {platform.system()}"
    yield f"{platform.python_implementation()} {platform.python_version()}"
    packages = dict.fromkeys([*(name for subject in SUBJECTS.values() for name in subject.packages), *ALSO])
    yield ", ".join(f"{name} {version}" for name in packages if (version := version_of(name)))
    yield f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"


def cpu_model() -> str:
    """As the system names it."""
    found = re.search(r"^model name\s*:\s*(.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def memory_size() -> str:
    """In GB, as the system says."""
    found = re.search(r"^MemTotal:\s*(\d+) kB$", _read("/proc/meminfo"), re.MULTILINE)
    return f"{int(found[1]) * 1024 / 1e9:.0f} GB" if found else "an unknown amount"


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


# --- Numbers and tables.


def whole(number: float) -> str:
    """1,234."""
    return f"{number:,.0f}"


def decimals(number: float) -> str:
    """Two decimals, one from 10 on, none from 100 on."""
    return f"{number:,.2f}" if number < 10 else f"{number:,.1f}" if number < 100 else whole(number)


def spread(numbers: Sequence[float], shown: Callable[[float], str]) -> str:
    """The median, and the lowest and the highest where there are several."""
    median = shown(statistics.median(numbers))
    return f"{median} ({shown(min(numbers))} to {shown(max(numbers))})" if len(numbers) > 1 else median


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, its columns as wide as they must be: the first and words to the left, numbers to the right."""
    left = [all(not row[at][:1].isdigit() for row in rows) for at in range(len(head))]
    widths = [max(3, *(len(row[at]) for row in (head, *rows))) for at in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.ljust(width) if is_left else cell.rjust(width)
            for cell, width, is_left in zip(cells, widths, left, strict=True)
        )
        return f"| {' | '.join(padded)} |"

    rule = "|".join(
        f" {'-' * width} " if is_left else f" {'-' * (width - 1)}: "
        for width, is_left in zip(widths, left, strict=True)
    )
    return "\n".join([line(head), f"|{rule}|", *(line(row) for row in rows)])


def say(text: str) -> None:
    """What is going on, to standard error: the report alone goes to standard output."""
    print(text, file=sys.stderr, flush=True)
