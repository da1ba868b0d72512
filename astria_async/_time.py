"""Leaf: time and randomness, handed in, and what an attempt does with time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol


class Progress(Protocol):
    """Told by a transport that an attempt moves. Without that, the attempt ends `Timeout.attempt` after its begin."""

    def moved(self, size: int, /) -> None:
        """So many bytes of the request were sent, or of the answer read, since the last time."""
        ...

    def sent(self, unseen: int, /) -> None:
        """All of the request was handed over; up to so many bytes of it may still be on their way, seen by nobody."""
        ...


class Deadline(Protocol):
    """What entering `Clock.fail_after` gives."""

    def reschedule(self, seconds: float, /) -> None:
        """The block may take `seconds` from now on, whatever was said before."""
        ...


class Clock(Protocol):
    """Time, handed in. Nothing in the SDK sleeps or sets a deadline but through this."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        ...

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""
        ...

    async def sleep(self, seconds: float, /) -> None:
        """Wait so long. 0 or less gives other tasks a turn."""
        ...

    def fail_after(self, seconds: float | None, /) -> AbstractContextManager[object]:
        """Raise TimeoutError from the block if it takes longer; None means no bound.

        Entering it gives a `Deadline`. A clock that gives something else works too: an attempt then ends
        `Timeout.attempt` after its begin, whether it moves or not.
        """
        ...


class RandomSource(Protocol):
    """Randomness, handed in: `random.Random`, or anything with these two."""

    def random(self) -> float: ...
    def getrandbits(self, k: int, /) -> int: ...
