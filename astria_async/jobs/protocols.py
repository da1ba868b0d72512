"""What a batch needs of others: a ledger, which is the truth, and a carrier, which only carries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias

from attrs import frozen

from ..errors import AstriaError
from ..models import Prompt
from .generation import Generation


@frozen(kw_only=True)
class Row:
    """A row of a ledger, ready to be handed out.

    Args:
        number: Its number in the ledger, from 1.
        job: What is to be done.
        label: The key that the user knows it by.
        shape: What its price depends on, as a text.
        price_mc: What it costs at the most, in mc; None if no row of its shape was paid yet.
        digest: What tells its item from another one.
        tries: How often it was tried before, and failed for good.
    """

    number: int
    job: Generation
    label: str
    shape: str = ""
    price_mc: int | None = None
    digest: str = ""
    tries: int = 0


@frozen(kw_only=True)
class Handed:
    """A row that was handed out. `fresh`: certainly for the first time."""

    row: Row
    fresh: bool


@frozen(kw_only=True)
class Report:
    """How a row ended, or that its prompt exists: what a carrier brings back.

    Args:
        row: The row.
        job: The job as it is now.
        prompt: The prompt as last seen; None if it is not known.
        files: The paths of its files.
        error: Why it failed; None if it did not.
        attempts: How many attempts its create took.
        seconds: How long it took, from its first step.
        is_over: False: the prompt was made, and goes on.
        is_left: The carrier was stopped, and left it where it was.
    """

    row: Row
    job: Generation
    prompt: Prompt | None = None
    files: tuple[str, ...] = ()
    error: AstriaError | None = None
    attempts: int = 1
    seconds: float = 0.0
    is_over: bool = True
    is_left: bool = False


@frozen(kw_only=True)
class Totals:
    """What a ledger holds. Money is in mc; `spent_mc` is what came back, `owed_mc` what may come for the others."""

    waiting: int = 0
    handed: int = 0
    done: int = 0
    failed: int = 0
    passing: int = 0
    images: int = 0
    spent_mc: int = 0
    owed_mc: int = 0


class Ledger(Protocol):
    """Keeps what was handed out, and what came of it: durable before a method returns."""

    async def add(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Write down rows that wait, and give them their numbers. A row whose seed another one has is left out."""
        ...

    async def hand_out(self, rows: Sequence[Row]) -> None:
        """These rows are given to a carrier now."""
        ...

    async def record(self, report: Report) -> int | None:
        """What came of a row. Returns what it cost, in mc; None if that is not known."""
        ...

    async def stale(self) -> Sequence[Handed]:
        """What was handed out by a process that has ended, and rows that still wait."""
        ...

    async def totals(self) -> Totals:
        """What it holds now."""
        ...


Deliver: TypeAlias = Callable[[Report], Awaitable[None]]
"""Where a carrier brings what came of a job: it is durable once this returns."""


class Carrier(Protocol):
    """Takes jobs to whoever does them: at least once, in any order. What it loses, the ledger hands out again."""

    def open(self, deliver: Deliver, /) -> AbstractAsyncContextManager[None]:
        """Ready to carry, within the block. Each result is delivered, many at a time."""
        ...

    async def submit(self, handed: Handed, /) -> None:
        """Carry a job. Returns at once."""
        ...

    def stop(self) -> None:
        """Begin nothing more, and wait for nothing: what is being sent ends, all else is left for the next run."""
        ...
