"""500 images over a connection that breaks, by a process that is killed: whole files, and hardly a byte twice."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.network
PROMPTS, OF_EACH, SIZE, KILLS = 125, 4, 20_000, 5
SCRIPT = """
import sys
import anyio
from astria_async import AsyncAstria, Prompt

async def main(base, folder):
    async with AsyncAstria("sd_test", base_url=base) as astria, anyio.create_task_group() as tasks:
        for number in range(125):
            images = tuple(f"{base}/image/{number * 4 + each}" for each in range(4))
            tasks.start_soon(astria.prompts.download, Prompt(id=number + 1, images=images), folder)

anyio.run(main, *sys.argv[1:])
"""


def content(number: int) -> bytes:
    body = b"%06d" % number * ((SIZE - 20) // 6)
    return b"\x89PNG\r\n\x1a\n" + body + b"IEND\xaeB`\x82"


class Host:
    """Serves the images with ETag and Range, breaks each third answer off, and kills its client when it is told to."""

    def __init__(self) -> None:
        self.sent = self.answers = self.requests = 0
        self.victim: asyncio.subprocess.Process | None = None
        self.kill_at = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                if not await self.answer(head, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, head: str, writer: asyncio.StreamWriter) -> bool:
        self.requests += 1
        if self.victim is not None and self.requests == self.kill_at:
            self.victim.send_signal(signal.SIGKILL)
            return False
        number = int(re.findall(r"/image/([0-9]+)", head)[0])
        whole, etag = content(number), f'"{number}"'
        wanted = re.search(r"\r\nrange: bytes=([0-9]+)-", head)
        begin = int(wanted[1]) if wanted and f"\r\nif-range: {etag}\r\n" in head else 0
        status = (
            f"206 Partial Content\r\nContent-Range: bytes {begin}-{len(whole) - 1}/{len(whole)}" if begin else "200 OK"
        )
        rest = whole[begin:]
        self.answers += 1
        is_broken = self.answers % 3 == 0
        part = rest[: len(rest) // 2] if is_broken else rest
        writer.write(f"HTTP/1.1 {status}\r\nETag: {etag}\r\nContent-Length: {len(rest)}\r\n\r\n".encode() + part)
        self.sent += len(part)
        await writer.drain()
        return not is_broken


async def run(host: Host, base: str, folder: Path, *, kill_after: int | None = None) -> int:
    """The exit status of a process that downloads everything; killed after so many requests."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", SCRIPT, base, str(folder), env={**os.environ})
    host.victim, host.kill_at = (None, 0) if kill_after is None else (process, host.requests + kill_after)
    return await process.wait()


def check_names(folder: Path) -> int:
    """How many files have their name; each of them is whole."""
    files = [path for path in folder.glob("*") if not path.name.startswith(".")]
    for path in files:
        prompt, _, number = path.stem.partition("-")
        assert path.read_bytes() == content((int(prompt) - 1) * OF_EACH + int(number) - 1)
    return len(files)


def test_every_file_is_whole_after_breaks_and_kills(tmp_path: Path) -> None:
    async def play() -> tuple[Host, int]:
        host, folder = Host(), tmp_path / "images"
        server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            for _ in range(KILLS):
                assert await run(host, base, folder, kill_after=80) == -signal.SIGKILL
                check_names(folder)
            assert await run(host, base, folder) == 0
            assert check_names(folder) == PROMPTS * OF_EACH
            assert [path for path in folder.iterdir() if path.name.startswith(".")] == []
            before = host.requests
            assert await run(host, base, folder) == 0
            return host, host.requests - before

    host, asked_again = asyncio.run(play())
    assert host.sent <= 1.2 * PROMPTS * OF_EACH * len(content(0))
    assert asked_again == 0
