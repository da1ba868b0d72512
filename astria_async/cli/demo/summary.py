"""The table at the end: what was asked for, what was made, and what failed on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from attrs import frozen

from .._shared.text import count_of
from .attempt_counter import NO_ANSWER

if TYPE_CHECKING:
    from rich.console import Console

#: What the SDK did about each fault, if the fake made the fault on purpose: then we know what the server did ...
_STAGED = {
    "429": "too many requests: everything slowed down, then sent again",
    "500": "server error: waited; nothing had been made, so sent again",
    "504": "after the object was made: found again, not paid twice",
}
#: ... and if only the answer is known.
_SEEN = {
    "429": "too many requests: everything slowed down, then sent again",
    "504": "answered too late: looked for its object first, not paid twice",
    NO_ANSWER: "the connection failed: looked first, then sent again",
}
_OTHER = "server error: waited, looked first, then sent again"


@frozen(kw_only=True)
class Summary:
    """The numbers of a run.

    Args:
        asked, on_server: prompts that were asked for, and that the server has.
        images, expected: images that are on disk, and that should be.
        folder: where the images are.
        calls: how many requests were sent.
        faults: how many failed, by cause.
        staged: whether the fake made the faults on purpose.
        seconds: how long the run took.
        pace: what to say about waits.
    """

    asked: int
    on_server: int
    images: int
    expected: int
    folder: str
    calls: int
    faults: Mapping[str, int]
    staged: bool
    seconds: float
    pace: str

    @property
    def headline(self) -> str:
        """The result in one line."""
        return f"{self.asked} asked, {self.on_server} on the server, {self.images} images"

    def problem(self) -> str | None:
        """What is wrong with the result; None if nothing is."""
        if self.on_server != self.asked:
            return f"asked for {count_of(self.asked, 'prompt')}, but the server has {self.on_server}"
        if self.images != self.expected:
            return f"asked for {count_of(self.expected, 'image')}, but {self.images} are on disk"
        return None

    def rows(self) -> Iterator[tuple[str, str]]:
        """Pairs of a number and what it counts."""
        verdict = "none lost, none made twice" if self.on_server == self.asked else "NOT as many as were asked for"
        yield str(self.asked), "prompts asked for"
        yield str(self.on_server), f"prompt objects on the server: {verdict}"
        yield str(self.images), f"images on disk, in {self.folder}"
        yield str(self.calls), "calls to the API: polls, look-ups and retries included"
        remedies = {**_SEEN, **_STAGED} if self.staged else _SEEN
        for cause, count in sorted(self.faults.items()):
            yield str(count), f"x {cause}, {remedies.get(cause, _OTHER)}"
        yield f"{self.seconds:.1f}", f"seconds; {self.pace}"


def show(summary: Summary, console: Console, *, caption: str) -> None:
    """Print the table. It fits into 80 columns, on a terminal and in a file."""
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
