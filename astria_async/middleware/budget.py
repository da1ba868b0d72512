"""How many retries a client makes altogether, so that an outage does not multiply its load."""

from __future__ import annotations

from threading import Lock

from .._wire import Clock

#: Retries that may be made at once, and what a success gives back: the proportions of the AWS SDKs' standard retry
#: mode, whose bucket holds 500 tokens, takes 5 for a retry, and gets 1 for a call that needed none.
CAPACITY, REFUND = 100.0, 0.2
#: Seconds between two retries while the bucket is empty: they are spaced out, not given up.
SPACING = 2.5


class RetryBudget:
    """A token bucket that all calls of a client share, on whatever event loop and in whatever thread they are.

    Args:
        clock: Where time comes from.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tokens = CAPACITY
        self._next_free = float("-inf")
        # Several threads may share the bucket, and `+=` is not one step. Nothing is called while the lock is held.
        self._lock = Lock()

    def hold(self) -> float:
        """The seconds until the next retry may be made: 0 while there are tokens."""
        # Without the lock: it only reads. Two threads may hear the same answer, then one retry comes a little early.
        return 0.0 if self._tokens >= 1 else max(0.0, self._next_free - self._clock.monotonic())

    def take(self) -> None:
        """A retry is going to be made, not before `hold()` said."""
        now = self._clock.monotonic()
        with self._lock:
            if self._tokens >= 1:
                self._tokens -= 1
            else:
                self._next_free = max(self._next_free, now) + SPACING

    def refund(self) -> None:
        """A call went well at its first attempt."""
        # A full bucket takes no more. This is where nearly every call ends, so it costs no lock.
        if self._tokens >= CAPACITY:
            return
        with self._lock:
            self._tokens = min(CAPACITY, self._tokens + REFUND)
