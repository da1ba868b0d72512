"""The other end of the peer benchmark: a server on loopback that does as little as it can, in a process of its own.

    python tests/bench/peers/server.py     # prints its two ports as JSON; ends when its standard input does

It runs on uvloop where that is installed. It reads no body, it only counts its bytes, and each answer is made
beforehand. The first port is for what is measured. The second is the control: it takes one line, `reset` or `counts`,
and answers with one of JSON: requests answered, bytes that came, and the most connections open and requests waiting.
"""

from __future__ import annotations

import asyncio
import json
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple, cast

from bodies import routes

BACKLOG = 4096
FILES_WANTED = 8192
#: Answers to what is not expected: they make the subject fail.
NOT_FOUND, LENGTH_REQUIRED = 404, 411


class Ports(NamedTuple):
    """Where the server listens, on 127.0.0.1."""

    http: int
    control: int


class Counts:
    """What the server saw since the last reset."""

    def __init__(self) -> None:
        self.open = self.waiting = 0
        self.reset()

    def reset(self) -> None:
        """Forget the peaks and the number of requests; what is open now is the new peak."""
        self.requests, self.bytes, self.most_open, self.most_waiting = 0, 0, self.open, self.waiting

    def as_json(self) -> bytes:
        """One line for the control."""
        at_once = {"connections": self.most_open, "waiting": self.most_waiting}
        return json.dumps({"requests": self.requests, "bytes": self.bytes, **at_once}).encode() + b"\n"


class Http(asyncio.Protocol):
    """One connection: requests come one after the other, with a content-length or without a body."""

    __slots__ = ("answers", "counts", "head", "key", "left", "loop", "transport")

    transport: asyncio.Transport

    def __init__(self, counts: Counts, answers: dict[bytes, tuple[float, bytes]]) -> None:
        self.loop = asyncio.get_running_loop()
        self.counts, self.answers = counts, answers
        self.head, self.key, self.left = b"", b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's does not inherit from it
        self.counts.open += 1
        self.counts.most_open = max(self.counts.most_open, self.counts.open)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it no longer."""
        self.counts.open -= 1

    def data_received(self, data: bytes) -> None:
        """Read heads, skip bodies, answer."""
        self.counts.bytes += len(data)
        while data:
            if self.left:
                taken = min(self.left, len(data))
                self.left -= taken
                data = data[taken:] if taken < len(data) else b""
            else:
                data = self.head + data
                end = data.find(b"\r\n\r\n") + 4
                if end < 4:
                    self.head = data
                    return
                self.head = b""
                self.read_head(data[:end])
                data = data[end:]
            if not self.left:
                self.answer()

    def read_head(self, head: bytes) -> None:
        """What is asked for, and how long the body is."""
        method, target, _ = head.split(b" ", 2)
        self.key, self.left = method + b" " + target.partition(b"?")[0], 0
        if method == b"GET":
            return
        lower = head.lower()
        found = lower.find(b"\r\ncontent-length:")
        if found >= 0:
            self.left = int(lower[found + 17 : lower.index(b"\r\n", found + 17)])
        elif b"\r\ntransfer-encoding:" in lower:
            self.key = b"chunked"

    def answer(self) -> None:
        """Answer now, or later."""
        delay, content = self.answers.get(self.key) or self.answers[b"unknown"]
        if not delay:
            self.counts.requests += 1
            self.transport.write(content)
            return
        self.counts.waiting += 1
        self.counts.most_waiting = max(self.counts.most_waiting, self.counts.waiting)
        self.loop.call_later(delay, self.answer_late, content)

    def answer_late(self, content: bytes) -> None:
        """Answer what has waited."""
        self.counts.waiting -= 1
        self.counts.requests += 1
        if not self.transport.is_closing():
            self.transport.write(content)


def answers() -> dict[bytes, tuple[float, bytes]]:
    """By method and path: seconds to wait, and the whole answer."""
    made = {key: (delay, answer(status, body)) for key, (status, delay, body) in routes().items()}
    made[b"unknown"] = (0, answer(NOT_FOUND, b"{}"))
    made[b"chunked"] = (0, answer(LENGTH_REQUIRED, b"{}"))
    return made


def answer(status: int, body: bytes) -> bytes:
    """Head and body."""
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        f"content-type: application/json; charset=utf-8\r\ncontent-length: {len(body)}\r\n"
        "cache-control: max-age=0, private, must-revalidate\r\nx-request-id: 0b1c7a3e-5d3f-4b5e-9d43-6f3b1f0c2a77\r\n"
    )
    return head.encode() + b"\r\n" + body


def allow_many_files() -> None:
    """A connection is an open file: raise the soft limit as far as it is needed and permitted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(hard, FILES_WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def serve() -> None:
    """Print the ports, and serve until standard input ends or a signal comes."""
    loop, counts, made = asyncio.get_running_loop(), Counts(), answers()

    async def control(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readline() == b"reset\n":
            counts.reset()
        writer.write(counts.as_json())
        writer.close()

    done = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, done.set)
    loop.add_reader(sys.stdin.fileno(), done.set)  # nothing is ever written to it, so this is its end
    listening = await loop.create_server(lambda: Http(counts, made), "127.0.0.1", 0, backlog=BACKLOG)
    controlled = await asyncio.start_server(control, "127.0.0.1", 0)
    ports = Ports(*(server.sockets[0].getsockname()[1] for server in (listening, controlled)))
    print(json.dumps(ports), flush=True)
    await done.wait()


# --- For whoever uses it.


@contextmanager
def serving() -> Iterator[Ports]:
    """The server, in a process of its own; ended with the block, and by itself when this process ends."""
    arguments = [sys.executable, str(Path(__file__).resolve())]
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SystemExit("the server did not start: what it said is above")
        yield Ports(*json.loads(line))
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


def ask(port: int, word: str) -> dict[str, int]:
    """Say `reset` or `counts` to the control, and return the counts. Blocks: not for the measured time."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(word.encode() + b"\n")
        with connection.makefile("rb") as answered:
            counts: dict[str, int] = json.loads(answered.readline())
    return counts


def main() -> None:
    """Serve, on the fastest loop there is."""
    allow_many_files()
    try:
        import uvloop
    except ImportError:
        asyncio.run(serve())
    else:
        uvloop.run(serve())


if __name__ == "__main__":
    main()
