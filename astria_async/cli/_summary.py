"""The table at the end: what was asked for, what came of it, and what went wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from attrs import frozen

from ._tally import NO_ANSWER

if TYPE_CHECKING:
    from rich.console import Console

#: What each fault would have cost, and what the SDK did instead: where the server is known to have done as said...
_STAGED = {
    "429": "too many requests: everything slowed down, then sent again",
    "500": "server error: waited; nothing had been made, so sent again",
    "504": "after the object was made: found again, not paid twice",
}
#: ... and where only the answer is known.
_SEEN = {
    "429": "too many requests: everything slowed down, then sent again",
    "504": "answered too late: looked for its object first, not paid twice",
    NO_ANSWER: "the connection failed: looked first, then sent again",
}
_OTHER = "server error: waited, looked first, then sent again"


@frozen(kw_only=True)
class Summary:
    """The numbers.

    `where` is the folder of the pictures; `faults` are counted by cause, and `staged` where the stand-in made
    them on purpose; `pace` is about waits.
    """

    asked: int
    on_server: int
    pictures: int
    expected: int
    where: str
    calls: int
    faults: Mapping[str, int]
    staged: bool
    seconds: float
    pace: str

    @property
    def headline(self) -> str:
        """The one line that says it all."""
        return f"{self.asked} asked, {self.on_server} on the server, {self.pictures} pictures"

    def problem(self) -> str | None:
        """What is not as it has to be; None where all is."""
        if self.on_server != self.asked:
            return f"prompts asked for: {self.asked}, on the server: {self.on_server}"
        if self.pictures != self.expected:
            return f"pictures asked for: {self.expected}, on the disk: {self.pictures}"
        return None

    def rows(self) -> Iterator[tuple[str, str]]:
        """A number, and what it counts."""
        equal = "none lost, none made twice" if self.on_server == self.asked else "NOT as many as were asked for"
        yield str(self.asked), "prompts asked for"
        yield str(self.on_server), f"prompt objects on the server: {equal}"
        yield str(self.pictures), f"pictures on disk, in {self.where}"
        yield str(self.calls), "calls to the API: polls, look-ups and retries included"
        done = {**_SEEN, **_STAGED} if self.staged else _SEEN
        for cause, count in sorted(self.faults.items()):
            yield str(count), f"x {cause}, {done.get(cause, _OTHER)}"
        yield f"{self.seconds:.1f}", f"seconds; {self.pace}"


def show(summary: Summary, console: Console, *, caption: str) -> None:
    """Print the table. It reads well at 80 columns, on a terminal and in a file."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(summary.headline, style="bold"),
        caption=Text(caption),
        box=box.ROUNDED,
        show_header=False,
        title_justify="left",
        caption_justify="left",
    )
    table.add_column(justify="right", style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for number, text in summary.rows():
        table.add_row(Text(number), Text(text))
    console.print()
    console.print(table)
