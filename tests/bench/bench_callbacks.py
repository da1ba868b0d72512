"""How soon a callback is answered, with an inbox in a file: at 500 a second, and 2,000 at once.

python tests/bench/bench_callbacks.py    # exits 1 beyond a limit
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio

from astria_async import AsyncAstria, Response
from astria_async.callbacks import CallbackApp, CallbackSigner, SqliteInbox
from astria_async.testing import MockTransport

SIGNER = CallbackSigner("0123456789abcdef-not-for-production", "https://shop.astria-tests.com")
RATE, SECONDS, AT_ONCE = 500, 10, 2_000
#: Milliseconds of the 99th percentile; seconds for all at once; bytes that 5,000 calls may leave behind.
MOST_P99, MOST_ALL, MOST_BYTES = 20.0, 2.0, 2_000_000


async def call(app: CallbackApp, number: int) -> float:
    """Seconds until a call is answered."""
    path, _, query = SIGNER.url("/astria", order=number).removeprefix("https://shop.astria-tests.com").partition("?")
    scope = {
        "type": "http", "method": "POST", "path": path, "query_string": query.encode(), "root_path": "",
        "headers": [(b"content-type", b"application/json")],
    }  # fmt: skip
    body, statuses = json.dumps({"tune": {"id": number, "title": "t"}}).encode(), list[int]()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    began = time.perf_counter()
    await app(scope, receive, send)
    assert statuses == [204]
    return time.perf_counter() - began


async def measure(folder: Path) -> dict[str, float]:
    """All figures."""
    astria = AsyncAstria("sd_test", transport=MockTransport(lambda request: Response(status=404)))
    inbox = SqliteInbox(folder / "inbox.db")
    app = CallbackApp(astria, SIGNER, inbox)
    took: list[float] = []

    async def one(number: int) -> None:
        took.append(await call(app, number))

    async with anyio.create_task_group() as tasks:
        begin = time.perf_counter()
        for number in range(1, RATE * SECONDS + 1):
            tasks.start_soon(one, number)
            await anyio.sleep(max(0.0, begin + number / RATE - time.perf_counter()))
    p99 = statistics.quantiles(took, n=100)[98] * 1000
    took.clear()
    began = time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for number in range(10**6, 10**6 + AT_ONCE):
            tasks.start_soon(one, number)
    all_at_once = time.perf_counter() - began
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(2 * 10**6, 2 * 10**6 + RATE):
        await call(app, number)
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    lost = RATE * SECONDS + AT_ONCE + RATE - len(await inbox.left_over())
    inbox.close()
    return {
        "p99 (ms)": p99,
        "2,000 at once (s)": all_at_once,
        "bytes left by 500 calls": float(held),
        "lost": float(lost),
    }


def main() -> int:
    with TemporaryDirectory() as folder:
        figures = anyio.run(measure, Path(folder))
    for name, figure in figures.items():
        print(f"{name:26} {figure:12,.2f}")
    p99, at_once, held, lost = figures.values()
    return int(p99 > MOST_P99 or at_once > MOST_ALL or held > MOST_BYTES / 10 or lost > 0)


if __name__ == "__main__":
    sys.exit(main())
