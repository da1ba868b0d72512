"""One attempt of a call, and what is known of its effect."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from attrs import frozen

#: What is known of a request's effect: it never got there; it was refused; it may have taken place.
Outcome: TypeAlias = Literal["not_sent", "rejected", "unknown"]


@frozen(kw_only=True)
class Attempt:
    """One attempt of a call: when it began (UTC), how long it took (s), and what came of it ("504", "timed out", ...).

    `outcome` is what is known of its effect; None means that it was answered well.
    """

    at: datetime
    seconds: float
    result: str
    outcome: Outcome | None
