"""Moments as whole microseconds since 1970: exact, so that what is due in 20 s is due when 20 s have passed."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from functools import lru_cache

#: A moment that does not come: what would happen then never does.
NEVER = 1 << 62

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def moment_of(time: datetime) -> int:
    """The moment of an aware time."""
    return (time - _EPOCH) // _MICROSECOND


def later(moment: int, seconds: float) -> int:
    """The moment that is `seconds` later; `NEVER` for infinity."""
    return NEVER if math.isinf(seconds) else min(NEVER, moment + round(seconds * 1_000_000))


def time_of(moment: int) -> datetime | None:
    """The aware time, UTC, of a moment; None for `NEVER`."""
    return None if moment >= NEVER else _EPOCH + moment * _MICROSECOND


@lru_cache(maxsize=4096)
def iso(moment: int | None) -> str | None:
    """How the service writes a moment: `2026-01-01T12:00:00.000Z`; None for none."""
    time = None if moment is None else time_of(moment)
    return None if time is None else f"{time.isoformat(timespec='milliseconds')[:-6]}Z"
