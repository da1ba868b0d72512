"""Time and randomness, handed in; what an attempt does with time, and how much of it a call may take."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from enum import Enum
from typing import Protocol

from attrs import frozen

from .._values.numbers import number_or_none, shown_value
from .._values.spelling import with_explained_options
from ..errors import ConfigurationError

#: Given by the service [D]: it ends a request itself after 30 s, so every timeout of ours has to be longer.
SERVER_TIMEOUT = 30.0


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


class Waits(Enum):
    """What a call waits for. What it does not wait for is an error, whose `retry_in` says when it may be done again."""

    ALL = "all"  # a slot, the pauses between attempts, and what a lost create has made
    SLOT = "slot"  # a slot only: a call makes one attempt
    NOTHING = "nothing"


@with_explained_options
@frozen(kw_only=True)
class Timeout:
    """How long a call may take, in seconds.

    `total` includes your middleware; nothing extends it. `attempt` bounds an attempt that does not move. Every byte that is sent or read gives it more time, at least
    1,000 bytes a second over that time: a long upload is not cut, and a drip does not go on for ever. `connect` bounds
    reaching the server: looking up its name, connecting, TLS, and a proxy's tunnel. Keep `attempt` above 30: the service gives up on a request after 30 s and answers 504 [D], and that answer is worth
    waiting for.

    Args:
        total: Seconds for a call with all its attempts and waits, above 0; None leaves that to the policy's
            `max_elapsed`.
        attempt: Seconds that an attempt may stand still, above 0; None sets no bound. Default: 60.
        connect: Seconds to reach the server, above 0; None sets no bound. Default: 10.
    """

    total: float | None = None
    attempt: float | None = 60.0
    connect: float | None = 10.0

    def __attrs_post_init__(self) -> None:
        for name in ("total", "attempt", "connect"):
            value = getattr(self, name)
            if value is None:
                continue
            seconds = number_or_none(value)
            if seconds is None or seconds <= 0:
                remedy = "give seconds above 0, or None for no bound"
                raise ConfigurationError(f"timeout.{name}={shown_value(value)}: {remedy}")
            object.__setattr__(self, name, seconds)  # of numpy, or a Decimal
