"""How this SDK compares with what its users would take instead, over sockets, on any machine.

    python tests/bench/peers/run.py                             # everything: 12 minutes or so
    python tests/bench/peers/run.py --judged-only               # what is judged: 5 minutes or so
    python tests/bench/peers/run.py --write docs/performance.md
    python tests/bench/peers/run.py --subjects httpx,ours-httpx --workloads create --concurrency 10,100
    python tests/bench/peers/run.py --profile ours-httpx --workloads retrieve --concurrency 100

It needs this package and those of the subjects: aiohttp, pyreqwest, httpx2, openai, anthropic, replicate, fal-client;
and uvloop for the server. A subject whose packages are not there is left out. Nothing but the loopback interface is
reached. It prints a table for each cell, then the judged lines of `judge.py`, and exits 1 where one of these is missed
or a measurement failed. Each measurement is a process of its own, `measure.py`; there is one server for all.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from pathlib import Path

from judge import JUDGED, Key, verdicts
from measure import SECONDS, Found
from report import cells, document, judged, say
from server import Ports, serving
from subjects import SUBJECTS, WORKLOADS, Cell, here

ROUNDS, OTHER_ROUNDS = 5, 1
#: Seconds that a measurement of what is not judged takes; see SECONDS.
OTHER_SECONDS = 0.6
#: What takes longer than so many seconds, all in all, is measured in so many rounds, at most.
SLOW, SLOW_ROUNDS = 8.0, 3
#: No process may take longer, in seconds, with all that belongs to a measurement.
LONGEST = 120
#: What would lead a client elsewhere, or change what it does: no subject sees it.
HIDDEN = ("OPENAI_", "ANTHROPIC_", "REPLICATE_", "FAL_", "ASTRIA_", "PYTHONASYNCIODEBUG", "PYTHONDEVMODE")


def main() -> int:
    """Measure, print, judge."""
    options = arguments()
    wanted = plan(options)
    if not wanted:
        raise SystemExit("nothing is left to be measured: see the cells in subjects.py")
    if options.profile:
        return profile(wanted[0])
    results: dict[Key, dict[int, Found]] = defaultdict(dict)
    failures: dict[Key, str] = {}
    took: dict[Key, float] = {}
    with serving() as ports:
        for at in range(max(options.rounds, options.other_rounds)):
            for key in wanted:
                rounds, seconds = (options.rounds, SECONDS) if key in JUDGED else (options.other_rounds, OTHER_SECONDS)
                if at >= rounds or key in failures or (at >= SLOW_ROUNDS and took[key] > SLOW):
                    continue
                began = time.monotonic()
                try:
                    results[key][at] = found = measured(key, seconds, ports)
                    say(f"round {at + 1} of {rounds}: {titled(key)}: {found.rate:,.0f} requests/s")
                except Failed as error:
                    failures[key] = f"{titled(key)}: {error}"
                    say(failures[key])
                took[key] = time.monotonic() - began
    for cell, drawn in cells(results):
        print(f"{cell.workload}, {cell.concurrency:,} at once\n\n{drawn}\n")
    print(judged(results))
    for failure in failures.values():
        print(f"FAILED: {failure}")
    if options.write:
        Path(options.write).write_text(document(results, failures.values(), options.judged_only), encoding="utf-8")
    return 0 if not failures and all(verdict.held for verdict in verdicts(results)) else 1


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    known = f"of {', '.join(SUBJECTS)}"
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of what is judged ({ROUNDS})")
    parser.add_argument("--other-rounds", type=int, default=OTHER_ROUNDS, help=f"of the rest ({OTHER_ROUNDS})")
    parser.add_argument("--subjects", type=among(SUBJECTS), default=[*SUBJECTS], help=known)
    parser.add_argument("--workloads", type=among(WORKLOADS), default=[*WORKLOADS], help=f"of {', '.join(WORKLOADS)}")
    parser.add_argument("--concurrency", type=numbers, help="such as 10,100")
    parser.add_argument("--judged-only", action="store_true", help="measure nothing that is not judged")
    parser.add_argument("--write", metavar="FILE", help="write the report to this file, as Markdown")
    parser.add_argument("--profile", metavar="SUBJECT", choices=SUBJECTS, help="profile one subject, and no more")
    return parser.parse_args()


def among(known: Collection[str]) -> Callable[[str], list[str]]:
    """A converter of names with commas between, all of them known."""

    def names(text: str) -> list[str]:
        found = text.split(",")
        if unknown := [name for name in found if name not in known]:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: none of {', '.join(known)}")
        return found

    return names


def numbers(text: str) -> list[int]:
    """Positive numbers with commas between."""
    found = [int(number) for number in text.split(",")]
    if not all(0 < number <= 1000 for number in found):
        raise argparse.ArgumentTypeError("each is to be from 1 to 1000")
    return found


def plan(options: argparse.Namespace) -> list[Key]:
    """What is measured in a round, in this order: all subjects of a cell, then the next cell."""
    subjects = [options.profile] if options.profile else options.subjects
    for name in subjects:
        if missing := SUBJECTS[name].missing():
            say(f"{SUBJECTS[name].title} is left out: {', '.join(missing)} is not installed")
    return [
        key
        for workload in options.workloads
        for concurrency in WORKLOADS[workload][1]
        if options.concurrency is None or concurrency in options.concurrency
        for name in subjects
        if not SUBJECTS[name].missing() and workload not in SUBJECTS[name].leaves_out
        if (key := Key(name, Cell(workload, concurrency))) in JUDGED
        or not (options.judged_only or SUBJECTS[name].judged_only)
    ]


class Failed(Exception):
    """A measurement that came to nothing, and why."""


def measured(key: Key, seconds: float, ports: Ports) -> Found:
    """One measurement, in a process of its own. Raises Failed."""
    try:
        done = subprocess.run(
            child(key, seconds, ports), check=False, capture_output=True, text=True, timeout=LONGEST, env=environment()
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"it took longer than {LONGEST} s") from None
    if done.returncode:
        raise Failed((done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1])
    return Found(**json.loads(done.stdout))


def profile(key: Key) -> int:
    """Profile one subject at one cell, in a process of its own."""
    print(titled(key), flush=True)
    with serving() as ports:
        arguments = [*child(key, SECONDS, ports), "profile"]
        return subprocess.run(arguments, check=False, timeout=LONGEST, env=environment()).returncode


def child(key: Key, seconds: float, ports: Ports) -> list[str]:
    """The command of a measurement."""
    words = (key.subject, key.cell.workload, key.cell.concurrency, seconds, ports.http, ports.control)
    return [sys.executable, "-W", "ignore", here("measure.py"), *map(str, words)]


def environment() -> dict[str, str]:
    """This process's, without what would lead a client elsewhere."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(HIDDEN) and not name.upper().endswith("_PROXY")
    }


def titled(key: Key) -> str:
    """For people."""
    return f"{key.cell.workload} at {key.cell.concurrency:,}, {SUBJECTS[key.subject].title}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
