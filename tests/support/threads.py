"""Threads that disturb each other as much as they can."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

THREADS = 8


def run_at_once(work: Callable[[], object]) -> None:
    """Run `work` in several threads that take turns as often as they can, and wait for them.

    They begin together: a measurement of coverage installs a trace function in each thread as it starts, which fails if
    two of them do so in turns.
    """
    begun = threading.Barrier(THREADS + 1)

    def begin() -> None:
        begun.wait()
        work()

    threads = [threading.Thread(target=begin) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    begun.wait()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
