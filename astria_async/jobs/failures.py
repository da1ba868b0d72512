"""Which failure of a step passes, and when to come again: pure."""

from __future__ import annotations

from ..errors import (
    AstriaError,
    DownloadError,
    InsufficientBalanceError,
    RateLimitError,
    ServerError,
    TransportError,
    UnexpectedError,
    UnknownOutcomeError,
    WaitTimeoutError,
)

#: Seconds: the first pause after a failure that says nothing of when to come again [D: 30 s after a 500], and the longest.
FIRST, LONGEST = 30.0, 240.0
#: Steps in a row that fail to fetch images until that counts as the end: their host may be down, or they are gone.
FETCHES = 6


def pause_after(error: AstriaError, failures: int) -> float | None:
    """In how many seconds the next step is made; None if it would fail again.

    Args:
        error: How the step failed.
        failures: How many steps in a row failed before.
    """
    if isinstance(error, DownloadError):
        return None if failures + 1 >= FETCHES else _growing(2.0, failures)
    if not is_passing(error) or isinstance(error, (InsufficientBalanceError, UnknownOutcomeError, WaitTimeoutError)):
        return None
    asked = getattr(error, "retry_after", None) or 0.0
    first = FIRST if error.retry_in is None else error.retry_in
    return max(asked, _growing(first, failures))


def is_passing(error: AstriaError) -> bool:
    """Whether the same may go well later: the service, the network, money or time was missing, and nothing is wrong."""
    if isinstance(error, UnexpectedError):
        return error.retry_in is not None or isinstance(error.__cause__, OSError)
    kinds = (
        TransportError, RateLimitError, ServerError, DownloadError, InsufficientBalanceError, UnknownOutcomeError,
        WaitTimeoutError,
    )  # fmt: skip
    return error.retry_in is not None or isinstance(error, kinds)


def _growing(first: float, failures: int) -> float:
    return float(min(LONGEST, first * 2 ** min(failures, 20)))
