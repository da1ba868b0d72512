"""`astria-async mock`: a fake Astria, served in the foreground, with a page for people.

fault_file      what goes wrong, as JSON;  fault_words: one fault in words
state_file      what the fake holds, as a file;  autosave: keeps that file up to date
callback_queue  delivers callbacks, on this machine only
log_lines       a line for each request, and for each callback that was not delivered
dashboard       the page
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from ...models._base import MC_PER_USD
from .._errors import require
from .._exit_codes import MISUSED
from .._shared.numbers import amount_in
from .._shared.text import count_of

if TYPE_CHECKING:
    import uvicorn

    from ...testing import FakeAstria

DEFAULT_PORT = 8787
#: The largest --balance, in USD.
MAX_BALANCE = 1_000_000


def configure(parser: ArgumentParser) -> None:
    """Add the command's options."""
    from ...testing import ScaledClock
    from .fault_file import HELP

    parser.formatter_class = RawDescriptionHelpFormatter
    parser.epilog = HELP
    add = parser.add_argument
    add("--port", type=_port, default=DEFAULT_PORT, help=f"where to listen (default {DEFAULT_PORT}; 0: any free port)")
    add("--balance", type=_balance, metavar="USD", help="what each key can spend (default: no limit)")
    add("--idempotency", action="store_true", help="turn the account's idempotency setting on")
    add(
        "--fast",
        type=_factor,
        default=1.0,
        metavar="FACTOR",
        help="train and render FACTOR times faster (default 1); the clock and the client's waits stay as they are",
    )
    add(
        "--time-scale",
        type=_factor,
        default=1.0,
        metavar="FACTOR",
        help="let the mock's clock run FACTOR times faster (default 1); a client of this SDK then needs "
        f"clock=ScaledClock(FACTOR), with a FACTOR of at most {ScaledClock.FACTOR_OVER_SOCKETS}",
    )
    add("--faults", type=Path, metavar="FILE", help="what goes wrong, as JSON: see below")
    add(
        "--state",
        type=Path,
        metavar="FILE.json",
        help="keep tunes and prompts in this file, and start with them; it holds the keys that made them",
    )
    add("--quiet", action="store_true", help="print no line for requests and for callbacks that were not delivered")


def run(arguments: Namespace) -> int:
    """Serve until Ctrl-C."""
    require("mock", "uvicorn", extra="server")
    from ...testing import ScaledClock
    from ...transports import HttpxTransport
    from .._shared.fake_server import HOST, listen, make_fake, port_of, server_for
    from .autosave import Autosave
    from .callback_queue import CallbackQueue
    from .dashboard import Dashboard
    from .fault_file import Plan, read_fault_file
    from .log_lines import LogLines
    from .state_file import read_state

    plan = Plan() if arguments.faults is None else read_fault_file(arguments.faults)
    saved = None if arguments.state is None else read_state(arguments.state)
    lines = LogLines(None if arguments.quiet else sys.stdout)
    with listen(arguments.port) as sock:
        clock = ScaledClock(arguments.time_scale, start=None if saved is None else max(saved.now, datetime.now(UTC)))
        queue = CallbackQueue(HttpxTransport(), lines.callback, clock.sleep)
        fake = make_fake(
            port_of(sock),
            faster=arguments.fast,
            balance_mc=arguments.balance,
            idempotency=arguments.idempotency,
            clock=clock,
            callbacks=queue.receive,
        )
        fake.requests.on_finished = lines.request
        plan.apply(fake)
        if saved is not None:
            saved.restore(fake)
        autosave = None if arguments.state is None else Autosave(arguments.state, fake)
        if autosave is not None:
            autosave.save(MISUSED)  # so that a path which cannot be written is reported at once
        dashboard = Dashboard(
            fake, clock, queue, rules=plan.rules, on_change=autosave.mark_changed if autosave else _nothing
        )
        for line in _startup_lines(
            arguments, f"http://{HOST}:{port_of(sock)}", ScaledClock.FACTOR_OVER_SOCKETS, fake if saved else None
        ):
            print(line, flush=True)
        try:
            work = [queue.run, *([autosave.run] if autosave else [])]
            anyio.run(_serve, server_for(dashboard), sock, work)
        finally:
            if autosave is not None:
                autosave.save()
    return 0


async def _serve(server: uvicorn.Server, sock: Any, work: Sequence[Callable[[], Coroutine[Any, Any, None]]]) -> None:
    """Serve until told to stop, with some work beside that is cancelled then."""
    async with anyio.create_task_group() as tasks:
        for start in work:
            tasks.start_soon(start)
        try:
            await server.serve(sockets=[sock])
        finally:
            tasks.cancel_scope.cancel()


def _nothing() -> None:
    """No file is kept up to date."""


def _startup_lines(arguments: Namespace, url: str, safe_factor: float, restored: FakeAstria | None) -> list[str]:
    """What the mock says when it starts. `restored` is the fake, if it was restored."""
    lines = [
        f"The fake Astria listens on {url}, for this machine only.",
        "It sends callbacks to addresses on this machine, and to no others.",
        "Point a client at it, and open the address in a browser to watch:",
        f"  ASTRIA_BASE_URL={url} ASTRIA_API_KEY=sd_anything",
    ]
    if arguments.balance is not None:
        lines.append(f"Each key can spend ${arguments.balance / MC_PER_USD:.2f}.")
    if arguments.time_scale != 1:
        lines.append(f"Its clock runs {arguments.time_scale:g} times faster than real time.")
        if arguments.time_scale > safe_factor:
            lines += [
                f"Above {safe_factor} the deadlines of a client with ScaledClock are too short for a network:",
                f"  give it Timeout(attempt={60 * arguments.time_scale:g}, connect={10 * arguments.time_scale:g}).",
            ]
    if arguments.fast != 1:
        lines.append(f"Training and rendering are {arguments.fast:g} times faster than the service's.")
    if arguments.time_scale == arguments.fast == 1:
        lines.append("Training and rendering take as long as the service's; --fast 100 shortens them.")
    if restored is not None:
        tunes, prompts = count_of(len(restored.tunes), "tune"), count_of(len(restored.prompts), "prompt")
        lines.append(f"It starts with {tunes} and {prompts}, from {arguments.state}.")
    lines.append("Ctrl-C stops it; it forgets everything then." if arguments.state is None else "Ctrl-C stops it.")
    return lines


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 2**16:
        return int(text)
    raise ArgumentTypeError(f"{text!r} is not a port; give 1 to 65535, or 0 for any free port")


def _factor(text: str) -> float:
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if factor > 0 and isfinite(factor):
        return factor
    raise ArgumentTypeError(f"{text!r} is not a factor; give a number above 0, such as 100")


def _balance(text: str) -> int:
    """An amount in USD, as mc."""
    dollars = amount_in(text)
    if dollars is not None and dollars <= MAX_BALANCE:
        return int(dollars * MC_PER_USD)
    raise ArgumentTypeError(f"{text!r} is not an amount of USD; give 0 to {MAX_BALANCE}, such as 5 or 0.50")
