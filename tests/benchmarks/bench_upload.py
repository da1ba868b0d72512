"""What `tunes.create` with 200 MB of pictures from disk costs, over a socket: memory, and turns of the event loop.

    python tests/benchmarks/bench_upload.py     # prints a table, exits 1 where a limit is exceeded

Each run is a fresh process, so that nothing is warm: it makes a client, creates one tune with 20 files of 10 MB, and
reports. The other end is a process of its own on loopback, which reads and discards. Memory is the growth of the peak
of the resident set over what it was just before the call. A second task asks for a turn every millisecond and notes
how long it had to wait for one: from the longest gap, the millisecond is not taken off.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MB = 1_000_000
FILES, FILE_SIZE = 20, 10 * MB
RUNS = 3
BACKENDS = ("asyncio", "trio")
MEMORY_LIMIT = 16.0  # MB
GAP_LIMIT = 20.0  # ms
INTERVAL = 0.001  # s


def main() -> int:
    """Measure, print, and judge by the median of the runs."""
    failed = False
    print(f"tunes.create, {FILES} files of {FILE_SIZE // MB} MB, {RUNS} runs each, median (all)\n")
    print(f"{'':8} {'peak memory grew by, MB':>32} {'longest gap, ms':>32} {'took, s':>8}")
    with tempfile.TemporaryDirectory() as folder, server() as port:
        for number in range(FILES):
            Path(folder, f"{number}.jpg").write_bytes(b"\xff\xd8\xff" + os.urandom(FILE_SIZE - 3))
        for backend in BACKENDS:
            runs = [in_a_fresh_process("client", backend, str(port), folder) for _ in range(RUNS)]
            memory, gap, took = ([run[name] for run in runs] for name in ("memory", "gap", "took"))
            print(f"{backend:8} {shown(memory):>32} {shown(gap):>32} {statistics.median(took):8.2f}")
            failed |= statistics.median(memory) >= MEMORY_LIMIT or statistics.median(gap) >= GAP_LIMIT
    print(f"{'limit':8} {MEMORY_LIMIT:>32.1f} {GAP_LIMIT:>32.1f}")
    return int(failed)


def shown(numbers: list[float]) -> str:
    """The median, and every number behind it."""
    return f"{statistics.median(numbers):.1f} ({', '.join(f'{number:.1f}' for number in numbers)})"


def in_a_fresh_process(*arguments: str) -> dict[str, float]:
    """What this script reports when it is run as `arguments`."""
    done = subprocess.run([sys.executable, __file__, *arguments], check=True, stdout=subprocess.PIPE, timeout=300)
    report: dict[str, float] = json.loads(done.stdout)
    return report


@contextmanager
def server() -> Iterator[int]:
    """The other end, in a process of its own; yields its port."""
    process = subprocess.Popen([sys.executable, __file__, "server"], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=10)


# --- The other end: reads a request of known length, discards it, and answers as Astria does.


async def serve() -> None:
    """Print the port, and serve until this process is ended."""
    listening = await asyncio.start_server(discard, "127.0.0.1", 0, limit=MB)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


async def discard(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request of a connection with a tune whose `steps` is how many bytes came."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            found = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            left = length = int(found[1]) if found else 0
            while left:
                left -= len(await reader.read(min(left, MB)))
            body = json.dumps({"id": 1, "title": "t", "steps": length}).encode()
            writer.write(b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\n")
            writer.write(b"content-length: %d\r\n\r\n%b" % (len(body), body))
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.close()


# --- The measured process.


def client(backend: str, port: str, folder: str) -> None:
    """Create the tune, and print what it cost, as JSON."""
    import anyio

    import astria_async

    images = sorted(Path(folder).iterdir())

    async def turns(gaps: list[float]) -> None:
        last = time.perf_counter()
        while True:
            await anyio.sleep(INTERVAL)
            now = time.perf_counter()
            gaps[0] = max(gaps[0], now - last)
            last = now

    async def measured() -> dict[str, float]:
        gaps = [0.0]
        client = astria_async.AsyncAstria("sd_bench", base_url=f"http://127.0.0.1:{port}")
        async with client as astria, anyio.create_task_group() as tasks:
            tasks.start_soon(turns, gaps)
            await anyio.sleep(10 * INTERVAL)
            gaps[0], before, started = 0.0, peak_from_now(), time.perf_counter()
            tune = await astria.tunes.create(name="woman", images=images)
            took, after = time.perf_counter() - started, peak()
            tasks.cancel_scope.cancel()
        if tune.steps is None or tune.steps <= FILES * FILE_SIZE:
            raise SystemExit(f"only {tune.steps} bytes reached the other end")
        return {"memory": (after - before) / MB, "gap": gaps[0] * 1000, "took": took}

    print(json.dumps(anyio.run(measured, backend=backend)))


def peak_from_now() -> int:
    """Forget the peak of the resident set so far, where the system can, and return it as it is now, in bytes."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass  # the peak of the whole process is then what is compared: no less than what this call needed
    return peak()


def peak() -> int:
    """The peak of the resident set, in bytes."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["server"]:
            asyncio.run(serve())
        case ["client", backend, port, folder]:
            client(backend, port, folder)
        case _:
            sys.exit(main())
