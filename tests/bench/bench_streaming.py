"""What 200 MB of pictures, up and down over a socket, cost on each transport: memory, and turns of the event loop.

    python tests/bench/bench_streaming.py     # prints a table, exits 1 where a limit is exceeded

Three ways: one `tunes.create` with 20 files of 10 MB from disk, 20 `images.upload` of 10 MB at once, and 20
`prompts.download` of a picture of 10 MB at once. Of the downloads the client lets 16 go at a time, on pyreqwest 3, and
the others as soon as one is done. An adaptive limiter would let 10 uploads begin, so it is told to begin with 20.

Each run is a fresh process. The create finds nothing warm. Before the others a small upload and a small download go
their way, and what the imports left is collected: a full collection takes 20 ms and more, and would come in the middle.
The other end is a process of its own on loopback, which reads and discards, and sends from memory. Memory is the growth
of the peak of the resident set over what it was just before. A second task asks for a turn every millisecond and notes
how long it had to wait for one: from the longest gap, the millisecond is not taken off.

The gaps are those of a machine with nothing else to do: what else runs on it, or what its host takes away, adds to them.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astria_async import AsyncAstria
    from astria_async.transports import TransportName

MB = 1_000_000
FILES, FILE_SIZE, SMALL = 20, 10 * MB, 1000
JPEG = b"\xff\xd8\xff"
RUNS = 3
SUBJECTS: tuple[tuple[TransportName, str], ...] = (
    ("httpx", "asyncio"),
    ("httpx", "trio"),
    ("aiohttp", "asyncio"),
    ("pyreqwest", "asyncio"),
)
#: What is measured, in words; and by how many MB memory may grow.
WAYS = {
    "create": (f"one tunes.create, {FILES} files of {FILE_SIZE // MB} MB", 16.0),
    "upload": (f"{FILES} images.upload at once, {FILE_SIZE // MB} MB each", 32.0),
    "download": (f"{FILES} prompts.download at once, {FILE_SIZE // MB} MB each", 32.0),
}
GAP_LIMIT = 20.0  # ms
INTERVAL = 0.001  # s


def main() -> int:
    """Measure, print, and judge by the median of the runs."""
    failed = False
    print(f"{RUNS} runs each, median (all)")
    with tempfile.TemporaryDirectory() as folder, server() as port:
        for number in range(FILES):
            Path(folder, f"{number}.jpg").write_bytes(JPEG + os.urandom(FILE_SIZE - len(JPEG)))
        for way, (title, limit) in WAYS.items():
            print(f"\n{title}\n{'':19} {'peak memory grew by, MB':>28} {'longest gap, ms':>28} {'took, s':>8}")
            for transport, backend in SUBJECTS:
                runs = [in_a_fresh_process("client", way, transport, backend, str(port), folder) for _ in range(RUNS)]
                memory, gap, took = ([run[name] for run in runs] for name in ("memory", "gap", "took"))
                is_over = statistics.median(memory) >= limit or statistics.median(gap) >= GAP_LIMIT
                failed |= is_over
                print(
                    f"{f'{transport}, {backend}':19} {shown(memory):>28} {shown(gap):>28} {statistics.median(took):8.2f}",
                    "  exceeded" if is_over else "",
                    flush=True,
                )
            print(f"{'limit':19} {limit:>28.1f} {GAP_LIMIT:>28.1f}", flush=True)
    return int(failed)


def shown(numbers: list[float]) -> str:
    """The median, and every number behind it."""
    return f"{statistics.median(numbers):.1f} ({', '.join(f'{number:.1f}' for number in numbers)})"


def in_a_fresh_process(*arguments: str) -> dict[str, float]:
    """What this script reports when it is run as `arguments`."""
    done = subprocess.run([sys.executable, __file__, *arguments], check=True, stdout=subprocess.PIPE, timeout=120)
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


# --- The other end: discards what comes, sends pictures from memory, and answers as Astria does.

PIECE = 256 * 1024
KEPT = 64 * 1024  # a request's body is kept up to this size


async def serve() -> None:
    """Print the port, and serve until this process is ended."""
    picture = memoryview(JPEG + bytes(FILE_SIZE - len(JPEG)))

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await answer(reader, writer, picture)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    listening = await asyncio.start_server(connected, "127.0.0.1", 0, limit=MB)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, picture: memoryview) -> None:
    """Read a request to its end, and answer it."""
    head = await reader.readuntil(b"\r\n\r\n")
    path = head.split(b" ", 2)[1].decode()
    host, length = (found_in(head, name, b"0").decode() for name in (b"host", b"content-length"))
    left = int(length)
    kept = await reader.readexactly(left) if left <= KEPT else b""
    left -= len(kept)
    while left:
        chunk = await reader.read(min(left, MB))
        if not chunk:
            raise asyncio.IncompleteReadError(b"", left)
        left -= len(chunk)
    status, content = "201 Created", memoryview(b"")
    match path.split("/")[1:]:
        case ["tunes"]:  # `steps` is how many bytes came
            content = as_json({"id": 1, "title": "t", "steps": int(length)})
        case ["api", "direct_uploads"]:
            url = f"http://{host}/uploads/{json.loads(kept)['blob']['byte_size']}"
            content = as_json({"signed_id": "s", "direct_upload": {"url": url, "headers": {}}})
        case ["uploads", size]:
            status = "200 OK" if size == length else "400 Bad Request"
        case ["pictures", size]:
            status, content = "200 OK", picture[: int(size)]
        case _:
            status = "404 Not Found"
    kind = "image/jpeg" if path.startswith("/pictures") else "application/json"
    writer.write(f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(content)}\r\n\r\n".encode())
    for begin in range(0, len(content), PIECE):
        writer.write(content[begin : begin + PIECE])
        await writer.drain()


def found_in(head: bytes, name: bytes, otherwise: bytes) -> bytes:
    """The value of a header."""
    found = re.search(rb"^%b: *(.*?) *\r$" % name, head, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else otherwise


def as_json(value: object) -> memoryview:
    """An answer's body."""
    return memoryview(json.dumps(value).encode())


# --- The measured process.


def client(way: str, transport: TransportName, backend: str, port: str, folder: str) -> None:
    """Do it once, and print what it cost, as JSON."""
    import anyio

    from astria_async import AsyncAstria, Limits

    base_url = f"http://127.0.0.1:{port}"

    async def turns(gaps: list[float]) -> None:
        last = time.perf_counter()
        while True:
            await anyio.sleep(INTERVAL)
            now = time.perf_counter()
            gaps[0] = max(gaps[0], now - last)
            last = now

    async def measured(folder: Path, taken: Path) -> dict[str, float]:
        gaps = [0.0]
        client = AsyncAstria("sd_bench", base_url=base_url, transport=transport, limits=Limits(start=FILES))
        async with client as astria, anyio.create_task_group() as tasks:
            if way != "create":
                await astria.images.upload(JPEG + bytes(SMALL))
                await download(astria, f"{base_url}/pictures/{SMALL}", [0], taken)
                gc.collect()
            tasks.start_soon(turns, gaps)
            await anyio.sleep(10 * INTERVAL)
            gaps[0], before, started = 0.0, peak_from_now(), time.perf_counter()
            if way == "create":
                await create(astria, folder)
            elif way == "upload":
                await upload(astria, folder)
            else:
                await download(astria, f"{base_url}/pictures/{FILE_SIZE}", range(1, 1 + FILES), taken)
            took, after = time.perf_counter() - started, peak()
            tasks.cancel_scope.cancel()
        return {"memory": (after - before) / MB, "gap": gaps[0] * 1000, "took": took}

    with tempfile.TemporaryDirectory(dir=folder) as taken:
        report = anyio.run(measured, Path(folder), Path(taken), backend=backend)
        sizes = {path.name: path.stat().st_size for path in Path(taken).iterdir()}
    expected = {f"{number}-1.jpg": FILE_SIZE if number else SMALL for number in range(1 + FILES)}
    if way == "download" and sizes != expected:
        raise SystemExit(f"on the disk are {sizes}")
    print(json.dumps(report))


async def create(astria: AsyncAstria, folder: Path) -> None:
    """One tune with all files."""
    tune = await astria.tunes.create(name="woman", images=sorted(folder.glob("*.jpg")))
    if tune.steps is None or tune.steps <= FILES * FILE_SIZE:
        raise SystemExit(f"only {tune.steps} bytes reached the other end")


async def upload(astria: AsyncAstria, folder: Path) -> None:
    """All files at once; the other end refuses one that is not whole."""
    import anyio

    async with anyio.create_task_group() as tasks:
        for path in folder.glob("*.jpg"):
            tasks.start_soon(astria.images.upload, path)


async def download(astria: AsyncAstria, url: str, numbers: Iterable[int], folder: Path) -> None:
    """A picture of each of these prompts, all at once."""
    import anyio

    from astria_async import Prompt

    async with anyio.create_task_group() as tasks:
        for number in numbers:
            tasks.start_soon(astria.prompts.download, Prompt(id=number, images=(url,)), folder)


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
        case ["client", way, "httpx" | "aiohttp" | "pyreqwest" as transport, backend, port, folder]:
            client(way, transport, backend, port, folder)
        case _:
            sys.exit(main())
