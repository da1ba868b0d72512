"""`astria-async demo`: the SDK at work while things fail.

scenario         what a user does, through the public API only;  scenes: what the prompts ask for
target           the fake or the service;  server_process, server: the fake's process
attempt_counter  counts calls and faults;  summary: the table at the end
"""

from __future__ import annotations

import sys
import tempfile
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from ..._runtime.files import write_atomically
from ..._settings import settings_from
from .._errors import CommandError, require
from .._shared.contact_sheet import Section, render
from .._shared.progress import ProgressLines
from .._shared.text import count_of
from .attempt_counter import AttemptCounter
from .scenario import Plan, ScenarioResult, run_scenario
from .summary import Summary, show
from .target import Target, fake_target, live_target

if TYPE_CHECKING:
    from rich.console import Console

MAX_PROMPTS = 240
IMAGES = "images"


def configure(parser: ArgumentParser) -> None:
    """Add the command's options."""
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
    """Run it. Returns 0 if the server has as many prompts, and the disk as many images, as were asked for."""
    began = time.monotonic()
    require("demo", "rich", *([] if arguments.live else ["uvicorn"]), extra="cli")
    plan = Plan(prompts=arguments.prompts)
    service = settings_from(None, None, None, None).base_url if arguments.live else None
    check_writable(arguments.out / IMAGES)
    with nullcontext(live_target(plan, service)) if service else fake_target(plan) as target:
        return perform(target, arguments.out, began)


def perform(target: Target, folder: Path, began: float) -> int:
    """Say what will happen, let it happen, and report what came of it."""
    from .._shared.progress_bars import ProgressBars

    out, plan = console(), target.plan
    out.print(
        f"One Flux LoRA, then {count_of(plan.prompts, 'prompt')} of {plan.images} images each, {plan.at_once} at a time."
        f"\n{target.about}\n"
    )
    on_terminal = sys.stdout.isatty() and not out.is_dumb_terminal
    lines = ProgressLines(sys.stdout, lambda: time.monotonic() - began)
    with ProgressBars(out) if on_terminal else nullcontext(lines) as display:
        counter = AttemptCounter(display.fault)

        async def main() -> ScenarioResult:
            async with target.client(counter) as astria:
                return await run_scenario(astria, plan, folder / IMAGES, display)

        result = anyio.run(main)
    return report(target, folder, result, counter, time.monotonic() - began)


def report(target: Target, folder: Path, result: ScenarioResult, counter: AttemptCounter, seconds: float) -> int:
    """Write the contact sheet and print the table. Raises CommandError if something is missing, or was made twice."""
    summary = summarize(target, folder, result, counter, seconds)
    page = write_sheet(folder, target, summary, result)
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
        raise CommandError(f"cannot write to {folder}: {error.strerror}; choose another folder with --out") from None


def summarize(target: Target, folder: Path, result: ScenarioResult, counter: AttemptCounter, seconds: float) -> Summary:
    """The numbers of what is on disk, not of what should be there."""
    plan = target.plan
    return Summary(
        asked=plan.prompts,
        on_server=result.on_server,
        images=sum(path.is_file() for download in result.downloads for path in download.paths),
        expected=plan.prompts * plan.images,
        folder=str(folder / IMAGES),
        calls=counter.calls,
        faults=counter.faults,
        staged=target.staged,
        seconds=seconds,
        pace=target.pace,
    )


def write_sheet(folder: Path, target: Target, summary: Summary, result: ScenarioResult) -> Path:
    """Write the contact sheet. Returns its path."""
    sections = [
        Section(title=prompt.text or "", note=f"prompt {prompt.id}, seed {prompt.seed}", images=download.paths)
        for download in result.downloads
        for prompt in [download.prompt]
    ]
    page = folder / "index.html"
    title = f"{count_of(len(sections), 'prompt')}, {count_of(summary.images, 'image')}"
    survived = count_of(sum(summary.faults.values()), "fault")
    tune = result.tune
    about = (
        f"Tune {tune.id}: {tune.name}, {tune.model_type or 'checkpoint'} on base {tune.base_tune_id}. "
        f"{summary.headline}; {survived} survived."
    )
    html = render(folder, title=title, summary=about, sections=sections, footer=target.credit)
    write_atomically(page, html)
    return page


def _prompts(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= MAX_PROMPTS:
        return int(text)
    raise ArgumentTypeError(f"{text!r} is not a number of prompts; give a whole number from 1 to {MAX_PROMPTS}")
