"""One measurement of the peer benchmark, in a process of its own, which prints what it found as JSON.

    python tests/bench/peers/measure.py SUBJECT WORKLOAD CONCURRENCY SECONDS HTTP_PORT CONTROL_PORT [profile]

`run.py` starts it, once for each subject, cell and round. First the subject is called once, and fails where its answer
is wrong, or took more than one request, or an upload lacked its files. Then a closed loop begins: it warms up until
each worker has had an answer, finds out how many requests take about SECONDS, and is measured over so many, from full
load to full load. With `profile` that is done under cProfile, and what takes the most time by itself is printed.
"""

from __future__ import annotations

import asyncio
import cProfile
import gc
import json
import os
import pstats
import re
import resource
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bodies import ITEMS, PICTURE_SIZE, PICTURES, PROMPT, TUNE
from loop import ClosedLoop
from server import Ports, allow_many_files, ask
from subjects import SUBJECTS, Cell

MB = 1_000_000
#: Seconds that a measurement of what is judged takes, if that is enough for what follows.
SECONDS = 1.0
#: Answers for each worker, at least, in a measurement; answers in all, at most.
TURNS_AT_LEAST, ANSWERS_AT_MOST = 2, 60_000
#: Seconds of the stretch that the rate is taken from, at least. Where the warm-up took SLOW seconds, it is the warm-up.
CALIBRATION, SLOW = 0.15, 1.0
#: The most that these may take, in SECONDS: warm-up, measurement, and waiting for what is still on its way at its end.
WARM_UP, WINDOW, DRAIN = 2.0, 4.0, 4.0
#: Seconds at most for one call alone, the first.
FIRST_CALL = 30.0
PROFILE_LINES = 35


@dataclass(frozen=True)
class Found:
    """What a measurement found. Latencies in ms, memory in MB, CPU time in microseconds for a request.

    `unfinished` requests had not come back some seconds after the end: the latencies hold how long they took until
    then. `connections` and `waiting` are the most at once, as the server saw it.
    """

    requests: int
    seconds: float
    rate: float
    cpu: float
    p50: float
    p99: float
    unfinished: int
    memory: float
    connections: int
    waiting: int


async def measured(name: str, cell: Cell, seconds: float, ports: Ports, profile: cProfile.Profile | None) -> None:
    """Open a subject, warm it up, measure it, print what was found, and end this process: nothing is tidied up."""
    async with SUBJECTS[name].opened(f"http://127.0.0.1:{ports.http}") as calls:
        call = calls[cell.workload]
        ask(ports.control, "reset")
        async with asyncio.timeout(FIRST_CALL):
            check(cell.workload, await call())
        saw = ask(ports.control, "counts")
        if saw["requests"] != 1 or (cell.workload == "upload" and saw["bytes"] < PICTURES * PICTURE_SIZE):
            raise SystemExit(f"one call, but the server saw {saw}")
        async with ClosedLoop(call, cell.concurrency) as loop:
            number = await calibrated(loop, cell.concurrency, seconds)
            ask(ports.control, "reset")
            gc.collect()
            peak_from_now()
            cpu = time.process_time()
            if profile:
                profile.enable()
            done = await loop.more(number, WINDOW * seconds)
            if profile:
                profile.disable()
            cpu, memory, counts = time.process_time() - cpu, peak(), ask(ports.control, "counts")
            if abs(counts["requests"] - done.calls) > cell.concurrency:
                raise SystemExit(f"{done.calls} calls, but the server saw {counts['requests']} requests")
            latencies, unfinished = await loop.drained(DRAIN * seconds)
            found = Found(
                requests=done.calls,
                seconds=done.seconds,
                rate=done.calls / done.seconds,
                cpu=cpu / max(done.calls, 1) * 1e6,
                p50=latencies[len(latencies) // 2] * 1000,
                p99=latencies[len(latencies) * 99 // 100] * 1000,
                unfinished=unfinished,
                memory=memory / MB,
                connections=counts["connections"],
                waiting=counts["waiting"],
            )
            told(found, profile)


async def calibrated(loop: ClosedLoop, concurrency: int, seconds: float) -> int:
    """Let every worker have its connection and an answer, and return how many requests take about so many seconds.

    It is a multiple of the concurrency, as is every stretch before it: where the answers come in waves, the measurement
    begins and ends with one.
    """
    done, turns = await loop.warmed_up(WARM_UP * seconds), 1
    while done.seconds < SLOW:  # or else the warm-up, which opens connections, is left to tell
        done = await loop.more(turns * concurrency, WARM_UP * seconds)
        if done.seconds >= CALIBRATION:
            break
        turns = min(20 * turns, int(turns * CALIBRATION / done.seconds) + 1)
    wanted = min(done.calls / done.seconds * seconds, ANSWERS_AT_MOST)
    return concurrency * max(TURNS_AT_LEAST, round(wanted / concurrency))


def told(found: Found, profile: cProfile.Profile | None) -> None:
    """Print it, and end this process at once: what is still on its way is left to the system."""
    if profile:
        each = found.seconds / max(found.requests, 1) * 1e6
        print(f"{found.requests:,} requests, {each:,.0f} us each; the profiler slows down what is written in Python")
        pstats.Stats(profile).sort_stats("tottime").print_stats(PROFILE_LINES)
    else:
        print(json.dumps(asdict(found)))
    sys.stdout.flush()
    os._exit(0)


def check(workload: str, result: Any) -> None:
    """The answer is the one that was to come, parsed. Raises SystemExit."""
    if workload == "list":
        items = result["results"] if isinstance(result, dict) else getattr(result, "results", result)
        complete, result = len(items) == ITEMS, items[0]
    else:
        complete = True
    number = result["id"] if isinstance(result, dict) else result.id
    if not complete or str(number) != str((TUNE if workload == "upload" else PROMPT)["id"]):
        raise SystemExit(f"an unexpected answer to {workload}: {str(result)[:200]}")


def peak_from_now() -> None:
    """Forget the peak of the resident set so far, where the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass  # the peak of the whole process is then what is reported: with the warm-up


def peak() -> int:
    """The peak of the resident set, in bytes."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


def main(name: str, workload: str, concurrency: str, seconds: str, http: str, control: str, *rest: str) -> int:
    """Measure what the arguments say."""
    cell, ports = Cell(workload, int(concurrency)), Ports(int(http), int(control))
    allow_many_files()
    try:
        asyncio.run(measured(name, cell, float(seconds), ports, cProfile.Profile() if rest == ("profile",) else None))
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
