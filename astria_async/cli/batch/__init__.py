"""`astria-async batch prompts.jsonl --out out`: a file of prompts, each drawn once, whatever is killed in between.

rows      the file;  checks: what is looked at before anything is sent
estimate  --dry-run;  sheet: the page of the results
"""

from __future__ import annotations

import json
import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from ...errors import BatchStoppedError
from ...models._base import usd
from .._errors import CommandError
from .._exit_codes import FAILED, INTERRUPTED, MISUSED, OK, STOPPED, TERMINATED
from .._shared.counting_bar import ShowCount, counting_bar
from .._shared.numbers import amount_in, as_id, whole_number
from .._shared.text import count_of
from .checks import check_rows
from .rows import BadRow, FileRow, read_rows

if TYPE_CHECKING:
    from ... import AsyncAstria
    from ...batch import Batch, BatchItem, BatchResult

#: Bad rows that are printed.
SHOWN = 20
_count = whole_number("a number of prompts", "give a whole number of 1 or more")


def configure(parser: ArgumentParser) -> None:
    """Add the command's options."""
    add = parser.add_argument
    add("prompts", nargs="?", metavar="FILE", help="JSON lines or CSV, a prompt a row; - for stdin")
    add("--out", default="out", metavar="DIR", help="the folder for images, results and the page (default out)")
    add("--ledger", metavar="FILE", help="what knows how far the batch is (default DIR/run.db)")
    add("--tune", type=as_id, metavar="ID", help="the tune of rows that name none")
    add("--on", type=as_id, metavar="ID", help="the model that draws rows that name none")
    add("--max-cost", type=_usd, metavar="USD", help="what the batch may spend over all its runs")
    add(
        "--price",
        type=_usd,
        metavar="USD",
        help="a row's price, if it is not known yet (default: learnt from the first)",
    )
    add("--limit", type=_count, metavar="N", help="only the first N prompts: a taste")
    add("--dry-run", action="store_true", help="count and estimate, and send nothing")
    add("--skip-bad", action="store_true", help="go on without the rows that are wrong")
    add("--retry-failed", action="store_true", help="order again what failed for good in an earlier run")
    add("--status", action="store_true", help="say how far a batch is, also while it runs")
    add("--json", action="store_true", help="print a line of JSON for each result")


def run(arguments: Namespace) -> int:
    """Run it. Exit codes: 0, 1 (rows failed), 2 (nothing was begun), 3 (stopped, can go on), 130, 143."""
    out = Path(arguments.out)
    ledger = Path(arguments.ledger) if arguments.ledger else out / "run.db"
    if arguments.status:
        return _status(ledger)
    if arguments.prompts is None:
        raise CommandError("give a file of prompts (astria-async batch --help says more)", MISUSED)
    rows, bad = read_rows(arguments.prompts)
    from ... import AsyncAstria

    return anyio.run(_main, AsyncAstria(), arguments, out, ledger, rows, bad)


async def _main(
    astria: AsyncAstria, arguments: Namespace, out: Path, ledger: Path, rows: list[FileRow], bad: list[BadRow]
) -> int:
    async with astria:
        items, more = await check_rows(astria, rows, arguments.tune, arguments.on)
        bad = sorted([*bad, *more], key=lambda row: row.line)
        for row in bad[:SHOWN]:
            print(f"{arguments.prompts}: {row}", file=sys.stderr)
        if bad and not arguments.skip_bad:
            more_text = f" ({len(bad) - SHOWN} more are not shown)" if len(bad) > SHOWN else ""
            text = f"{count_of(len(bad), 'row')} cannot be sent{more_text}: correct them, or give --skip-bad; nothing was sent"
            raise CommandError(text, MISUSED)
        if arguments.limit is not None:
            items = items[: arguments.limit]
        if arguments.dry_run:
            from .estimate import estimate

            async for line in estimate(astria, items):
                print(line)
            return OK
        return await _run(astria, arguments, out, ledger, items)


async def _run(astria: AsyncAstria, arguments: Namespace, out: Path, ledger: Path, items: list[BatchItem]) -> int:
    from ...batch import Batch
    from .sheet import write_sheet

    try:
        out.mkdir(parents=True, exist_ok=True)
        ledger.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(
            f"cannot write to {out}: {error.strerror}; choose another folder with --out", MISUSED
        ) from None
    batch = Batch(
        astria, ledger, out=out, max_cost=arguments.max_cost, price=arguments.price, retry_failed=arguments.retry_failed
    )
    stopped, signals = "", list[int]()
    async with batch:
        with counting_bar("prompts", sys.stdout) as show:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_stop_on_signals, batch, signals)
                try:
                    await _follow(batch, items, show, as_json=arguments.json)
                except BatchStoppedError as error:
                    stopped = str(error)
                tasks.cancel_scope.cancel()
        totals = await batch.totals()
        page = await write_sheet(batch, out, totals)
    left = len(items) - totals.done - totals.failed - totals.passing
    text = f"{totals.done} done, {totals.failed + totals.passing} failed, {usd(totals.spent_mc):.2f} USD; {page}"
    if not arguments.json:
        print(text)
    if stopped:
        print(f"{stopped} ({max(left, 0)} left: the same command goes on)", file=sys.stderr)
        if signals:
            return TERMINATED if signals[0] == signal.SIGTERM else INTERRUPTED
        return STOPPED
    return FAILED if totals.failed or totals.passing else OK


async def _follow(batch: Batch, items: list[BatchItem], show: ShowCount, *, as_json: bool) -> None:
    before = await batch.totals()
    count = before.done
    show(count, len(items))
    async for result in batch.run(items):
        count += result.error is None
        show(count, len(items))
        if as_json:
            print(_json(result), flush=True)
        elif result.error is not None:
            print(f"{result.key}: {' '.join(str(result.error).split())}", flush=True)


def _json(result: BatchResult) -> str:
    return json.dumps(
        {
            "key": result.key,
            "prompt": None if result.prompt is None else result.prompt.id,
            "error": None if result.error is None else str(result.error),
            "files": [path.as_posix() for path in result.files],
            "cost": None if result.cost is None else str(result.cost),
            "attempts": result.attempts,
            "seconds": round(result.seconds, 3),
        },
        ensure_ascii=False,
    )


async def _stop_on_signals(batch: Batch, received: list[int]) -> None:
    """At Ctrl-C or SIGTERM hand out nothing more, and let what is being sent end. A second one ends at once."""
    receiver = _signals()
    if receiver is None:
        return
    with receiver as signals:
        async for number in signals:
            received.append(number)
            if len(received) > 1:
                raise KeyboardInterrupt
            print("Stopping: what is being sent may end. Once more stops at once.", file=sys.stderr, flush=True)
            batch.stop("stopped", "it was stopped by a signal")


def _signals() -> AbstractContextManager[AsyncIterator[signal.Signals]] | None:
    try:
        return anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM)
    except (NotImplementedError, ValueError):  # Windows, or a thread that is not the main one
        return None


def _status(path: Path) -> int:
    from ...batch import read_totals

    totals = read_totals(path)
    print(
        f"{totals.done} done, {totals.failed + totals.passing} failed, {totals.handed} under way, {totals.waiting} waiting, "
        f"{count_of(totals.images, 'image')}, {usd(totals.spent_mc):.2f} USD spent"
    )
    return OK


def _usd(text: str) -> Decimal:
    amount = amount_in(text)
    if amount is None:
        raise ArgumentTypeError(f"{text!r} is not an amount of USD; give one such as 20 or 0.50")
    return amount
