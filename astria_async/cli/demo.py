"""`astria-async demo`: the SDK at work, where things go wrong."""

from __future__ import annotations

import sys
import tempfile
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from .._settings import settings_from
from ._display import Lines
from ._errors import CommandError, require
from ._journey import Journey, Plan, travel
from ._setting import Setting, against_stand_in, live
from ._sheet import Section, render, write
from ._summary import Summary, show
from ._tally import Tally
from ._texts import counted

if TYPE_CHECKING:
    from rich.console import Console

MOST_PROMPTS = 240
PICTURES = "pictures"


def configure(parser: ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("astria-demo"),
        metavar="DIR",
        help="folder to write to (default ./astria-demo)",
    )
    parser.add_argument("--prompts", type=_prompts, default=24, metavar="N", help="how many prompts (default 24)")
    parser.add_argument(
        "--live", action="store_true", help="use api.astria.ai and ASTRIA_API_KEY, with branch=fast, which is free"
    )


def run(arguments: Namespace) -> int:
    """Run it. 0 where there are as many prompts on the server, and pictures on the disk, as were asked for."""
    began = time.monotonic()
    require("demo", "rich", *([] if arguments.live else ["uvicorn"]), extra="cli")
    plan = Plan(prompts=arguments.prompts)
    service = settings_from(None, None, None, None).base_url if arguments.live else None
    check_writable(arguments.out / PICTURES)
    with nullcontext(live(plan, service)) if service else against_stand_in(plan) as setting:
        return perform(setting, arguments.out, began)


def perform(setting: Setting, folder: Path, began: float) -> int:
    """Say what will happen, let it happen, and tell what came of it."""
    from ._bars import Bars

    out, plan = console(), setting.plan
    out.print(
        f"{counted(plan.prompts, 'prompt')} of {plan.pictures} pictures, {plan.at_once} at a time.\n{setting.about}\n"
    )
    on_terminal = sys.stdout.isatty() and not out.is_dumb_terminal
    with Bars(out) if on_terminal else nullcontext(Lines(sys.stdout, lambda: time.monotonic() - began)) as display:
        tally = Tally(display.fault)

        async def main() -> Journey:
            async with setting.client(tally) as astria:
                return await travel(astria, plan, folder / PICTURES, display)

        journey = anyio.run(main)
    return tell(setting, folder, journey, tally, time.monotonic() - began)


def tell(setting: Setting, folder: Path, journey: Journey, tally: Tally, seconds: float) -> int:
    """Write the contact sheet and print the table. Raises CommandError where something is missing, or there twice."""
    summary = summed_up(setting, folder, journey, tally, seconds)
    page = write_sheet(folder, setting, summary, journey)
    show(summary, console(), caption=f"Contact sheet: {page}")
    problem = summary.problem()
    if problem:
        raise CommandError(problem)
    return 0


def console() -> Console:
    """Standard output, which shows a text as it is."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def check_writable(folder: Path) -> None:
    """Make the folder, and a file in it, before anything is sent. Raises CommandError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CommandError(f"{folder} cannot be written to: {error.strerror}; choose another with --out") from None


def summed_up(setting: Setting, folder: Path, journey: Journey, tally: Tally, seconds: float) -> Summary:
    """The numbers, of what is on the disk rather than of what ought to be."""
    plan = setting.plan
    return Summary(
        asked=plan.prompts,
        on_server=journey.on_server,
        pictures=sum(path.is_file() for one in journey.taken for path in one.paths),
        expected=plan.prompts * plan.pictures,
        where=str(folder / PICTURES),
        calls=tally.calls,
        faults=tally.faults,
        staged=setting.staged,
        seconds=seconds,
        pace=setting.pace,
    )


def write_sheet(folder: Path, setting: Setting, summary: Summary, journey: Journey) -> Path:
    """The contact sheet, and where it lies."""
    sections = [
        Section(title=one.prompt.text or "", note=f"prompt {one.prompt.id}, seed {one.prompt.seed}", pictures=one.paths)
        for one in journey.taken
    ]
    page = folder / "index.html"
    title = f"{counted(len(sections), 'prompt')}, {counted(summary.pictures, 'picture')}"
    survived = counted(sum(summary.faults.values()), "fault")
    about = f"Tune {journey.tune.id}, {journey.tune.name}. {summary.headline}; {survived} survived."
    write(page, render(folder, title=title, summary=about, sections=sections, footer=setting.credit))
    return page


def _prompts(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= MOST_PROMPTS:
        return int(text)
    raise ArgumentTypeError(f"{text!r} is no number of prompts; give 1 to {MOST_PROMPTS}")
