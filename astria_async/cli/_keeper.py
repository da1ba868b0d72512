"""Keeps a file up to date with the stand-in while it is served."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread

from .._clock import SystemClock
from .._wire import Clock
from ._errors import FAILED, CommandError
from ._state import exported, write

if TYPE_CHECKING:
    from ..testing import FakeAstria

#: Seconds between two looks at whether something changed.
EVERY = 2.0


class Keeper:
    """Writes the stand-in's tunes and prompts to `path`, at most every `EVERY` seconds of `timer` (None: real time).

    `clock` is the one that the stand-in lives by.
    """

    def __init__(self, path: Path, fake: FakeAstria, clock: Clock, *, timer: Clock | None = None) -> None:
        self._path = path
        self._fake = fake
        self._clock = clock
        self._timer = timer or SystemClock()
        self._is_changed = True
        self._counts = (0, 0)

    def changed(self) -> None:
        """Something may be otherwise than when it was written."""
        self._is_changed = True

    def save(self, code: int = FAILED) -> None:
        """Write it now. Raises CommandError, with this exit code, where it cannot be written."""
        try:
            write(self._path, exported(self._fake, self._clock.now()))
        except OSError as error:
            raise CommandError(f"--state {self._path}: {error.strerror}", code) from None

    async def run(self) -> None:
        """Write what changed, for ever. A file that cannot be written is told once; the next change tries again."""
        told = ""
        while True:
            await self._timer.sleep(EVERY)
            counts = len(self._fake.tunes), len(self._fake.prompts)
            if not self._is_changed and counts == self._counts:
                continue
            self._is_changed, self._counts = False, counts
            data = exported(self._fake, self._clock.now())
            try:
                await to_thread.run_sync(write, self._path, data)
            except OSError as error:
                problem, self._is_changed = f"--state {self._path}: {error.strerror}", True
                if problem != told:
                    print(f"astria-async mock: {problem}; it is tried again", file=sys.stderr, flush=True)
                told = problem
