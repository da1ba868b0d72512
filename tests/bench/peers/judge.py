"""What the peer benchmark has to show: the limits, as data, and whether they are held.

A line compares two measurements of the same round; the median of the rounds counts. All are on `retrieve`, unless they
name `create`.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from measure import Found
from subjects import SUBJECTS, Cell


class Key(NamedTuple):
    """Of whom, and at what, a measurement is."""

    subject: str
    cell: Cell


#: By subject and cell, and then by round.
Results = Mapping[Key, Mapping[int, Found]]


@dataclass(frozen=True)
class Line:
    """`above` divided by `below`, each a (subject, concurrency), is to be `least` or more.

    `figure` is what is compared, a name of `Found`. `connections` is how many the server must have seen of ours, at
    least, in every round.
    """

    title: str
    above: tuple[str, int]
    below: tuple[str, int]
    least: float
    figure: str = "rate"
    connections: int = 0
    workload: str = "retrieve"

    @property
    def keys(self) -> tuple[Key, Key]:
        """What has to be measured for it."""
        (one, at), (other, where) = self.above, self.below
        return Key(one, Cell(self.workload, at)), Key(other, Cell(self.workload, where))


OURS = ("ours-httpx", "ours-aiohttp", "ours-pyreqwest")


def _against(one: str, other: str, at: int, least: float, *, connections: int = 0, workload: str = "retrieve") -> Line:
    what = "requests" if workload == "retrieve" else f"{workload}s"
    title = f"{what}/s at {at:,}: {SUBJECTS[one].title} / {SUBJECTS[other].title}"
    return Line(title, (one, at), (other, at), least, connections=connections, workload=workload)


#: The limits. Nothing else decides whether this benchmark passes.
LINES: tuple[Line, ...] = (
    _against("ours-httpx", "httpx", 10, 1.1),
    _against("ours-httpx", "httpx", 100, 2.5),
    _against("ours-httpx", "httpx", 1000, 3.5, connections=950),
    _against("ours-httpx", "httpx-64", 1000, 1.6),
    _against("ours-httpx", "aiohttp", 1000, 0.22),
    Line("p99 at 1,000: httpx / ours on httpx", ("httpx", 1000), ("ours-httpx", 1000), 5, figure="p99"),
    _against("ours-aiohttp", "httpx", 1000, 8),
    _against("ours-aiohttp", "aiohttp", 1000, 0.65),
    _against("ours-pyreqwest", "httpx", 1000, 15),
    _against("ours-pyreqwest", "pyreqwest", 1000, 0.5),
    _against("ours-httpx", "httpx", 1000, 3.5, workload="create"),
    _against("ours-aiohttp", "aiohttp", 1000, 0.65, workload="create"),
    _against("ours-pyreqwest", "pyreqwest", 1000, 0.4, workload="create"),
    _against("ours-httpx", "openai", 100, 1.8),
    _against("ours-httpx", "openai", 1000, 3.5),
    *(
        Line(f"requests/s kept from 10 to 1,000: {SUBJECTS[name].title}", (name, 1000), (name, 10), 0.5)
        for name in OURS
    ),
)
#: What is measured in every round.
JUDGED = frozenset(key for line in LINES for key in line.keys)


@dataclass(frozen=True)
class Verdict:
    """A line, its figure in each round, and the fewest connections that the server saw of ours."""

    line: Line
    ratios: tuple[float, ...]
    connections: int | None = field(default=None)

    @property
    def figure(self) -> float:
        """The median."""
        return statistics.median(self.ratios)

    @property
    def held(self) -> bool:
        """Whether it is as much as it has to be."""
        return self.figure >= self.line.least and (self.connections or 0) >= self.line.connections

    @property
    def word(self) -> str:
        """What is printed."""
        return "held" if self.held else "MISSED"


def verdicts(results: Results) -> Iterator[Verdict]:
    """Every line whose two sides were measured in a round, judged."""
    for line in LINES:
        above, below = (results.get(key, {}) for key in line.keys)
        rounds = sorted(above.keys() & below.keys())
        if rounds:
            yield Verdict(
                line,
                tuple(divided(getattr(above[at], line.figure), getattr(below[at], line.figure)) for at in rounds),
                min(above[at].connections for at in rounds) if line.connections else None,
            )


def divided(one: float, other: float) -> float:
    """One by the other; without end where the other had no answer at all."""
    return one / other if other else float("inf")
