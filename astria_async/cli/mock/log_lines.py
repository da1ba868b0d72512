"""What the mock prints while it runs: a line for each request, and for each callback that was not delivered."""

from __future__ import annotations

import select
import sys
from typing import TYPE_CHECKING, TextIO

from .._shared.text import short_duration
from .._terminal import discard_stdout

if TYPE_CHECKING:
    from ...testing import RequestRecord

#: The longest line, in bytes of UTF-8 at most 4 for each character: a pipe that `select` calls writable takes 4096
#: (PIPE_BUF, POSIX at least 512; Linux, pipe(7)).
MAX_LINE = 1000


class LogLines:
    """Prints to `out`; None prints nothing. It never blocks and never raises, so that its reader cannot stop the mock.

    If the output is not read (a full pipe, a stopped terminal), lines are left out and counted.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out
        self._left_out = 0

    def request(self, record: RequestRecord) -> None:
        """One request that has ended: `12:00:01  GET /tunes?limit=1  200  3 ms  fail(500)`."""
        query = f"?{record.query}" if record.query else ""
        status = "no answer" if record.status is None else str(record.status)
        took = "" if record.duration is None else short_duration(record.duration)
        fault = "" if record.fault is None else f"  {record.fault}"
        self._print(f"{record.at:%H:%M:%S}  {record.method} {record.path}{query}  {status}  {took}{fault}")

    def callback(self, url: str, reason: str) -> None:
        """One callback that no receiver accepted."""
        self._print(f"callback not delivered: {url}: {reason}")

    def _print(self, line: str) -> None:
        if self._out is None:
            return
        if not _can_write(self._out):
            self._left_out += 1
            return
        if self._left_out:
            line = f"({self._left_out} lines left out, since nothing read them)  {line}"
            self._left_out = 0
        # A path or query may hold anything, control characters of a terminal too.
        printable = "".join(character if character.isprintable() else "?" for character in line[:MAX_LINE])
        try:
            print(printable, file=self._out, flush=True)
        except BrokenPipeError:  # the reader of our output is gone
            if self._out is sys.stdout:
                discard_stdout()
            self._out = None


def _can_write(out: TextIO) -> bool:
    """Whether a line can be written without blocking. If the system cannot say, yes."""
    try:
        return bool(select.select([], [out], [], 0)[1])
    except (OSError, ValueError):  # not a file of the system's, or a pipe on Windows
        return True
