"""Keeps a file up to date with the fake while it is served."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread

from ..._clock import SystemClock
from ..._wire import Clock
from .._errors import CommandError
from .._exit_codes import FAILED
from .state_file import write_state

if TYPE_CHECKING:
    from ...testing import FakeAstria

#: Seconds between two looks at whether something changed.
INTERVAL = 2.0


class Autosave:
    """Writes what the fake holds to `path`, at most every `INTERVAL` seconds of `timer` (None: real time)."""

    def __init__(self, path: Path, fake: FakeAstria, *, timer: Clock | None = None) -> None:
        self._path = path
        self._fake = fake
        self._timer = timer or SystemClock()
        self._is_changed = True
        self._counts = (0, 0)

    def mark_changed(self) -> None:
        """Say that what the fake holds may have changed since it was written."""
        self._is_changed = True

    def save(self, code: int = FAILED) -> None:
        """Write it now. Raises CommandError with this exit code if that fails."""
        try:
            write_state(self._path, self._fake.dump())
        except OSError as error:
            raise CommandError(f"--state {self._path}: {error.strerror}", code) from None

    async def run(self) -> None:
        """Write what changed, until cancelled. A failure is reported once; the next change tries again."""
        reported = ""
        while True:
            await self._timer.sleep(INTERVAL)
            counts = len(self._fake.tunes), len(self._fake.prompts)  # some change without a request, when they are due
            if not self._is_changed and counts == self._counts:
                continue
            self._is_changed, self._counts = False, counts
            data = self._fake.dump()
            try:
                await to_thread.run_sync(write_state, self._path, data)
            except OSError as error:
                problem, self._is_changed = f"--state {self._path}: {error.strerror}", True
                if problem != reported:
                    print(f"astria-async mock: {problem}; trying again", file=sys.stderr, flush=True)
                reported = problem
