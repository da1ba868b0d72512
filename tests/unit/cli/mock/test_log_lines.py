"""What the mock prints while it runs."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from typing import Any

import pytest

from astria_async import TransportError
from astria_async.cli.mock.log_lines import LogLines
from astria_async.testing import FakeAstria, HttpRequest, VirtualClock, drop, fail

pytestmark = pytest.mark.anyio

HEADERS = {"authorization": "Bearer sd_secret"}


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def fake(clock: VirtualClock) -> FakeAstria:
    return FakeAstria(clock=clock)


async def lines_of(fake: FakeAstria, *paths: str) -> list[str]:
    """What is printed for some requests, without the time of day."""
    out = io.StringIO()
    fake.requests.on_finished = LogLines(out).request
    for path in paths:
        with suppress(TransportError):  # a fault that drops the answer
            await fake.handle(HttpRequest.of("GET", f"http://x{path}", HEADERS))
    return [line.split("  ", 1)[1] for line in out.getvalue().splitlines()]


async def test_a_request_is_one_line_with_its_status_and_time(fake: FakeAstria) -> None:
    assert await lines_of(fake, "/tunes?limit=1", "/tunes/1") == [
        "GET /tunes?limit=1  200  <1 ms",
        "GET /tunes/1  404  <1 ms",
    ]


async def test_a_fault_is_named_in_the_line(fake: FakeAstria) -> None:
    fake.script("GET *", fail(500, after=0.25), drop())
    assert await lines_of(fake, "/tunes", "/tunes") == [
        "GET /tunes  500  250 ms  fail(500) after 0.25 s",
        "GET /tunes  no answer  <1 ms  drop(True)",
    ]


async def test_a_path_cannot_break_the_line_or_steer_the_terminal(fake: FakeAstria) -> None:
    (line,) = await lines_of(fake, "/a%0Ab%1B[2J" + "x" * 5000)
    assert line.startswith("GET /a?b?[2Jxxx")
    assert len(line) < 1000


async def test_a_key_is_in_no_line(fake: FakeAstria) -> None:
    assert "sd_secret" not in "".join(await lines_of(fake, "/tunes"))


def test_a_callback_that_was_not_delivered_is_one_line() -> None:
    out = io.StringIO()
    LogLines(out).callback("http://localhost:1/x", "connection refused")
    assert out.getvalue() == "callback not delivered: http://localhost:1/x: connection refused\n"


def test_nothing_is_printed_if_there_is_nowhere_to_print() -> None:
    LogLines(None).callback("http://localhost:1/x", "refused")


def test_a_pipe_that_nobody_reads_does_not_stop_the_mock() -> None:
    reading, writing = os.pipe()
    with open(reading, "rb") as reader, open(writing, "w") as out:
        lines = LogLines(out)
        for number in range(2000):
            lines.callback("http://localhost/x" * 4, str(number))
        os.set_blocking(reading, False)
        before = reader.read()
        lines.callback("http://localhost/x", "the last one")
        after = reader.read()
    assert before.count(b"\n") < 2000
    left_out = 2000 - before.count(b"\n")
    assert after.startswith(b"(%d lines left out, since nothing read them)  callback not delivered" % left_out)
    assert after.endswith(b"the last one\n")


def test_reader_that_has_gone_ends_lines_and_not_mock() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    descriptor = os.dup(writing)
    out: Any = open(writing, "w")  # noqa: SIM115 -- closing it would complain about what was not written
    lines = LogLines(out)
    lines.callback("http://localhost/x", "one")
    lines.callback("http://localhost/x", "two")
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, out.fileno())
    out.close()
    os.close(null)
    os.close(descriptor)
