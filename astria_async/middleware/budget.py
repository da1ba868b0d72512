"""How many retries a client makes altogether, so that an outage does not multiply its load."""

from __future__ import annotations

from attrs import define

from .._loops import PerLoop
from .._wire import Clock

#: Retries that may be made at once, and what a success gives back: the proportions of the AWS SDKs' standard retry
#: mode, whose bucket holds 500 tokens, takes 5 for a retry, and gets 1 for a call that needed none.
CAPACITY, REFUND = 100.0, 0.2
#: Seconds between two retries while the bucket is empty: they are spaced out, not given up.
SPACING = 2.5


@define
class _Bucket:
    tokens: float = CAPACITY
    next_free: float = float("-inf")


class RetryBudget:
    """A token bucket that all calls of a client share, one for each event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets = PerLoop(_Bucket)

    def hold(self) -> float:
        """The seconds until the next retry may be made: 0 while there are tokens."""
        bucket = self._buckets.get()
        return 0.0 if bucket.tokens >= 1 else max(0.0, bucket.next_free - self._clock.monotonic())

    def take(self) -> None:
        """A retry is going to be made, not before `hold()` said."""
        bucket = self._buckets.get()
        if bucket.tokens >= 1:
            bucket.tokens -= 1
        else:
            bucket.next_free = max(bucket.next_free, self._clock.monotonic()) + SPACING

    def refund(self) -> None:
        """A call went well at its first attempt."""
        bucket = self._buckets.get()
        bucket.tokens = min(CAPACITY, bucket.tokens + REFUND)
