"""`astria-async mock`: the stand-in, served in the foreground, with a page for people."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from ._errors import MISUSED, CommandError, require

if TYPE_CHECKING:
    from ._console.app import Work
    from ._state import Kept

PORT = 8787


def configure(parser: ArgumentParser) -> None:
    """Its options."""
    from ._faults import HELP

    parser.formatter_class = RawDescriptionHelpFormatter
    parser.epilog = HELP
    parser.add_argument("--port", type=_port, default=PORT, help=f"where to listen (default {PORT}; 0: any free one)")
    parser.add_argument("--idempotency", action="store_true", help="turn the account's idempotency setting on")
    parser.add_argument(
        "--fast", type=_factor, default=1.0, metavar="FACTOR", help="train and render so many times faster (default 1)"
    )
    parser.add_argument(
        "--time-scale",
        type=_factor,
        default=1.0,
        metavar="FACTOR",
        help="let its clock run so many times as fast: all that takes time, and the times that it tells (default 1)",
    )
    parser.add_argument("--faults", type=Path, metavar="FILE", help="what goes wrong, as JSON: see below")
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE.json",
        help="restore its tunes and prompts from there, and keep them there; the file names the keys that made them",
    )


def run(arguments: Namespace) -> int:
    """Serve until Ctrl-C."""
    require("mock", "uvicorn", extra="server")
    from ..testing.clock._scaled import ScaledClock
    from ..transports import HttpxTransport
    from ._console import Console
    from ._faults import Plan, plan_in
    from ._keeper import Keeper
    from ._outbox import Outbox
    from ._serving import (
        HOST,
        listen,
        port_of,
        server_for,
        stand_in,
    )

    plan = Plan() if arguments.faults is None else plan_in(arguments.faults)
    path: Path | None = arguments.state
    kept = None if path is None else _kept(path)
    with listen(arguments.port) as sock:
        url = f"http://{HOST}:{port_of(sock)}"
        clock = ScaledClock(arguments.time_scale, start=None if kept is None else max(kept.now, datetime.now(UTC)))
        outbox = Outbox(HttpxTransport())
        fake = stand_in(
            port_of(sock),
            faster=arguments.fast,
            idempotency=arguments.idempotency,
            clock=clock,
            callbacks=outbox.sink,
        )
        plan.give(fake)
        if kept is not None:
            kept.give(fake)
        keeper = None if path is None else Keeper(path, fake, clock)
        console = Console(fake, clock, rules=plan.rules, on_change=keeper.changed if keeper else lambda: None)
        if keeper is not None:
            keeper.save(MISUSED)
        for line in _told(arguments, url, kept):
            print(line, flush=True)
        try:
            work = [fake.run, outbox.run, *([keeper.run] if keeper else [])]
            server_for(console.asgi(partial(_all, work))).run(sockets=[sock])
        finally:
            if keeper is not None:
                keeper.save()
    return 0


async def _all(work: Sequence[Work]) -> None:
    """Do all of it at once, until cancelled."""
    async with anyio.create_task_group() as tasks:
        for one in work:
            tasks.start_soon(one)


def _told(arguments: Namespace, url: str, kept: Kept | None) -> list[str]:
    """What is said when it starts."""
    lines = [
        f"The stand-in listens on {url}, for this machine only.",
        "It delivers callbacks to addresses on this machine, and to no others.",
        "Point a client at it, and open the address in a browser to watch:",
        f"  ASTRIA_BASE_URL={url} ASTRIA_API_KEY=sd_anything",
    ]
    if arguments.time_scale != 1:
        lines.append(f"Its clock runs {arguments.time_scale:g} times as fast as real time.")
    if arguments.fast != 1:
        lines.append(f"Training and rendering are {arguments.fast:g} times as fast as the service's.")
    if arguments.time_scale == arguments.fast == 1:
        lines.append("Training and rendering take as long as the service's; --fast 100 shortens them.")
    if kept is not None:
        lines.append(f"It goes on where it stopped: tunes {len(kept.tunes)}, prompts {len(kept.prompts)}.")
    lines.append("Ctrl-C stops it, and forgets everything." if arguments.state is None else "Ctrl-C stops it.")
    return lines


def _kept(path: Path) -> Kept | None:
    """What the file holds; None where there is none yet. One that holds something else is left as it is."""
    from ._state import Damaged, read

    try:
        return read(path)
    except (OSError, Damaged) as error:
        problem = error.strerror if isinstance(error, OSError) else f"{error}; it is left as it is"
    raise CommandError(f"--state {path}: {problem}", MISUSED)


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 2**16:
        return int(text)
    raise ArgumentTypeError(f"{text!r} is no port; give 1 to 65535, or 0 for any free one")


def _factor(text: str) -> float:
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if factor > 0 and isfinite(factor):
        return factor
    raise ArgumentTypeError(f"{text!r} is no factor; give a number above 0")
