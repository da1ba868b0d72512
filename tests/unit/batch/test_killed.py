"""500 rows over HTTP, by a process that is killed again and again: 500 prompts, every image whole, and all agree."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
import uvicorn

from astria_async.batch import read_totals
from astria_async.testing import FakeAstria, ScaledClock, Timings, fail, processed_then

pytestmark = pytest.mark.network
#: `nox -s deep` asks for more.
ROWS, KILLS = 500, int(os.environ.get("ASTRIA_TEST_KILLS", "12"))
SPEED = ScaledClock.FACTOR_OVER_SOCKETS
SCRIPT = """
import sys
import anyio
from astria_async import AsyncAstria
from astria_async.batch import Batch, BatchItem
from astria_async.testing import ScaledClock

async def main(base, folder, rows, speed):
    items = [BatchItem(tune=690204, params={"text": f"garden {n}", "num_images": 1}) for n in range(int(rows))]
    async with AsyncAstria("sd_test", base_url=base, clock=ScaledClock(float(speed))) as astria:
        async with Batch(astria, folder + "/run.db", out=folder) as batch:
            async for result in batch.run(items):
                assert result.error is None, result.error

anyio.run(main, *sys.argv[1:])
"""


@contextmanager
def served(fake: FakeAstria, sock: socket.socket) -> Iterator[None]:
    """The fake behind a socket on loopback, in a thread."""
    config = uvicorn.Config(fake.asgi(), http="h11", ws="none", log_level="error", access_log=False, date_header=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize(("has_faults", "kills"), [(False, KILLS), (True, KILLS // 3)], ids=["calm", "faults"])
def test_no_row_is_paid_twice_or_lost(has_faults: bool, kills: int, tmp_path: Path) -> None:
    draw, killed = random.Random(kills), 0
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
        timings = Timings().scaled(1 / 10)
        fake = FakeAstria(clock=ScaledClock(SPEED), timings=timings, images_origin=f"http://localhost:{port}")
        if has_faults:
            fake.rule("POST /tunes/*/prompts", fail(500), probability=0.02, seed=1)
            fake.rule("POST /tunes/*/prompts", processed_then(504), probability=0.01, seed=2)
        with served(fake, sock):
            command = [sys.executable, "-c", SCRIPT, f"http://127.0.0.1:{port}", str(tmp_path), str(ROWS), str(SPEED)]
            for _ in range(kills):
                process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
                left = count(draw.randint(5, 90), -1)

                def kill(
                    record: object, process: subprocess.Popen[bytes] = process, left: Iterator[int] = left
                ) -> None:
                    if next(left) == 0:
                        process.kill()

                fake.requests.on_finished = kill
                killed += process.wait() == -signal.SIGKILL
            fake.requests.on_finished = None
            ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert killed == kills
        assert ended.returncode == 0, ended.stderr
        assert len(fake.prompts) == ROWS
        lines = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
        assert {line["prompt"] for line in lines} == {prompt.id for prompt in fake.prompts}
        assert len(lines) == ROWS
        files = [tmp_path / name for line in lines for name in line["files"]]
        assert len(files) == ROWS
        for line in lines:
            [name] = line["files"]
            [image] = fake.image_names(fake.prompts[line["prompt"] - fake.prompts[0].id])
            content = fake.image(image)
            assert content is not None
            assert (tmp_path / name).read_bytes() == content[0]
        totals = read_totals(tmp_path / "run.db")
        assert (totals.done, totals.failed, totals.handed, totals.waiting) == (ROWS, 0, 0, 0)
        assert totals.spent_mc == sum(prompt.cost_mc for prompt in fake.prompts)
