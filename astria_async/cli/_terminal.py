"""The terminal around a command: closed streams, Ctrl-C and SIGTERM."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


def open_closed_streams() -> None:
    """Give the process a standard output and error, if it was started without them (`>&-`), and let them show any text."""
    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:
            setattr(sys, stream, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a file name that the terminal cannot show is not a reason to fail


def discard_stdout() -> None:
    """Send what is still buffered nowhere: the reader is gone, and the interpreter would complain at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


@contextmanager
def sigterm_interrupts() -> Iterator[list[int]]:
    """Within the block SIGTERM does what Ctrl-C does, so that everything is cleaned up.

    The list is empty until SIGTERM has come. In a thread that is not the main one, Python cannot set a signal's handler,
    and nothing changes.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        received.append(number)
        on_interrupt = signal.getsignal(signal.SIGINT)  # an event loop replaces it while it runs
        if callable(on_interrupt):
            on_interrupt(signal.SIGINT, frame)
        else:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield received
    finally:
        signal.signal(signal.SIGTERM, before)
