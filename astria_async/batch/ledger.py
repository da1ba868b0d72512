"""The ledger of a batch: an SQLite file. What was handed out is on disk before anything is sent."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from ..errors import InsufficientBalanceError
from ..jobs import Generation, Handed, Report, Row, Totals, is_passing
from ._file import open_ledger, read_ledger
from ._groups import GroupCommits

#: Rows that are read at once.
PAGE = 500
WAITING, HANDED, DONE, FAILED, PASSING = range(5)
_COLUMNS = "number, key, job, label, shape, coalesce(cost, price)"
#: What a row that is replaced has cost: what is not known counts at its price.
_TAKE_OUT = f"DELETE FROM rows WHERE label = ? RETURNING paid + coalesce(cost, iif(state = {WAITING}, 0, price), 0)"


@frozen(kw_only=True)
class Past:
    """What a ledger knows of a row: what its item was, how often it was tried, and where it stands; the row if it waits."""

    digest: str
    tries: int
    state: int
    seen: bool
    row: Row


@frozen(kw_only=True)
class Result:
    """A row that has ended, as the ledger keeps it."""

    number: int
    label: str
    state: str
    job: Generation
    prompt: int | None
    files: tuple[str, ...]
    cost_mc: int | None
    error: str | None
    attempts: int
    seconds: float


class SqliteLedger:
    """Keeps a batch in an SQLite file with the mode 0600, for one process at a time.

    All that is asked of it while one group is written goes to disk as the next one, so that thousands of rows a second
    need few writes.

    Args:
        path: The file. It is made if it is missing; its folder has to exist, on a local disk.

    Raises ConfigurationError for a file that is a link, belongs to another user, cannot be written, is not a ledger, is
    used by another process, or was written by a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path: Path = path
        self._connection, self._lock = open_ledger(path)
        self._run = GroupCommits(self._connection, path).run

    def close(self) -> None:
        """Close the file, for another process to open."""
        self._connection.close()
        self._lock.close()

    # --- What a batch asks

    async def facts(self) -> dict[str, str]:
        """What the batch has written down about itself."""
        return await self._run(lambda db: dict(db.execute("SELECT name, value FROM facts")))

    async def keep_facts(self, facts: dict[str, str]) -> None:
        """Write down what the batch is."""
        await self._run(lambda db: db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items()))

    async def look(self, keys: Sequence[str], run: int) -> dict[str, Past]:
        """What is known of these rows. Those that are, count as seen in this run from now on."""

        def work(db: sqlite3.Connection) -> dict[str, Past]:
            found: dict[str, Past] = {}
            sql = f"SELECT digest, tries, state, run, {_COLUMNS} FROM rows WHERE label = ?"
            for key in keys:
                row = db.execute(sql, (key,)).fetchone()
                if row is not None:
                    digest, tries, state, seen_in, *rest = row
                    found[key] = Past(digest=digest, tries=tries, state=state, seen=seen_in == run, row=_row(rest))
                    db.execute("UPDATE rows SET run = ? WHERE label = ?", (run, key))
            return found

        return await self._run(work)

    async def count(self, digests: Sequence[str], run: int) -> list[int]:
        """How many items of this content have come in this run, each one included."""
        sql = """INSERT INTO contents VALUES (?, ?, 1) ON CONFLICT (digest) DO UPDATE SET
        count = CASE WHEN run = excluded.run THEN count + 1 ELSE 1 END, run = excluded.run RETURNING count"""
        return await self._run(lambda db: [db.execute(sql, (digest, run)).fetchone()[0] for digest in digests])

    async def add(self, rows: Sequence[Row], run: int = 0) -> list[Row]:
        """Write down rows that wait, and give them their numbers; one with a known label replaces the one that has ended.
        A row whose seed another one has is left out.
        """

        def work(db: sqlite3.Connection) -> list[Row]:
            added = list[Row]()
            for row in rows:
                prepared = row.job.prepared
                seed = f"{prepared.ids['tune']}:{prepared.identity}" if prepared.identity_drawn else None
                sql = "SELECT 1 FROM rows WHERE seed = ? AND label != ?"
                if seed is not None and db.execute(sql, (seed, row.label)).fetchone():
                    continue
                gone = db.execute(_TAKE_OUT, (row.label,)).fetchone()
                paid = 0 if gone is None else gone[0]  # earlier tries were paid for, too
                head = (row.job.key, row.job.to_json(), row.label, row.shape, row.price_mc)
                values = (*head, row.digest, run, row.tries, seed, paid)
                number = db.execute(
                    "INSERT INTO rows (key, job, label, shape, price, digest, run, tries, seed, paid, state, attempts, seconds)"
                    f" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {WAITING}, 0, 0)",
                    values,
                ).lastrowid
                added.append(evolve(row, number=number or 0))
            return added

        return await self._run(work)

    async def hand_out(self, rows: Sequence[Row]) -> None:
        """These rows are given to a carrier now, each at the price that it has."""
        sql = f"UPDATE rows SET state = {HANDED}, price = ? WHERE number = ?"
        values = [(row.price_mc, row.number) for row in rows]
        await self._run(lambda db: db.executemany(sql, values))

    async def record(self, report: Report) -> int | None:
        """What came of a row: that its prompt exists, or how it ended. Returns what it cost; None if that is not known."""
        prompt, error = report.prompt, report.error
        state = HANDED
        if report.is_over:
            state = DONE if error is None else PASSING if is_passing(error) else FAILED
        cost = None if prompt is None else prompt.cost_mc
        if (
            cost is None
            and error is not None
            and error.outcome in ("rejected", "not_sent")
            and report.job.prompt is None
        ):
            cost = 0
        is_new = isinstance(error, InsufficientBalanceError) or (
            error is not None and report.job.prompt is None and report.job.attempted_at is None
            and error.outcome != "unknown"
        )  # fmt: skip
        values = (
            state, report.job.to_json(), report.job.prompt, cost, "\n".join(report.files), None if error is None else str(error),
            report.attempts, report.seconds, is_new, report.row.number,
        )  # fmt: skip
        sql = """UPDATE rows SET state = ?, job = ?, prompt = ?, cost = coalesce(?, cost), files = ?, error = ?, attempts = ?,
        seconds = seconds + ?, is_new = ? WHERE number = ?"""
        price = None if prompt is None or prompt.cost_mc is None else (report.row.shape, prompt.cost_mc)

        def work(db: sqlite3.Connection) -> None:
            db.execute(sql, values)
            if price is not None:
                db.execute(
                    "INSERT INTO prices VALUES (?, ?) ON CONFLICT (shape) DO UPDATE SET mc = max(mc, excluded.mc)",
                    price,
                )

        await self._run(work)
        return cost

    async def stale(self) -> list[Handed]:
        """What was handed out by a process that has ended. Rows that failed for a passing reason go on, too."""

        def work(db: sqlite3.Connection) -> list[Handed]:
            db.execute(f"UPDATE rows SET state = {WAITING} WHERE state = {PASSING} AND is_new")
            db.execute(f"UPDATE rows SET state = {HANDED} WHERE state = {PASSING}")
            rows = db.execute(f"SELECT {_COLUMNS} FROM rows WHERE state = {HANDED} ORDER BY number")
            return [Handed(row=_row(row), fresh=False) for row in rows]

        return await self._run(work)

    async def prices(self) -> dict[str, int]:
        """The highest price of each shape that was paid, in mc."""
        return await self._run(lambda db: dict(db.execute("SELECT shape, mc FROM prices")))

    async def totals(self) -> Totals:
        """What it holds now."""
        return await self._run(_totals)

    async def pages(self) -> AsyncIterator[list[Result]]:
        """All rows that have ended, by their number in the ledger, some hundred at a time."""
        sql = f"""SELECT number, label, state, job, prompt, files, cost, error, attempts, seconds FROM rows
        WHERE number > ? AND state >= {DONE} ORDER BY number LIMIT {PAGE}"""
        after = 0
        while page := await self._page(sql, after):
            yield page
            after = page[-1].number

    async def _page(self, sql: str, after: int) -> list[Result]:
        return await self._run(lambda db: [_result(row) for row in db.execute(sql, (after,))])


def _row(values: Any) -> Row:
    number, key, job, label, shape, price = values
    return Row(number=number, job=evolve(Generation.from_json(job), key=key), label=label, shape=shape, price_mc=price)


def _result(values: Any) -> Result:
    number, label, state, job, prompt, files, cost, error, attempts, seconds = values
    return Result(
        number=number, label=label, state="done" if state == DONE else "failed", job=Generation.from_json(job),
        prompt=prompt, files=tuple(files.split("\n")) if files else (), cost_mc=cost, error=error, attempts=attempts,
        seconds=seconds,
    )  # fmt: skip


def read_totals(path: Path) -> Totals:
    """What a ledger holds, also while another process uses it. Raises ConfigurationError if it is not a ledger."""
    connection = read_ledger(path)
    try:
        return _totals(connection)
    finally:
        connection.close()


def _totals(db: sqlite3.Connection) -> Totals:
    """What is owed counts at its price; a lost row without a price counts nothing."""
    counts = dict(db.execute("SELECT state, count(*) FROM rows GROUP BY state"))
    money = f"""SELECT coalesce(sum(paid + iif(state > {HANDED}, coalesce(cost, 0), 0)), 0),
    coalesce(sum(CASE WHEN state = {WAITING} THEN 0 WHEN state = {HANDED} THEN coalesce(cost, price)
    WHEN cost IS NULL THEN price END), 0) FROM rows"""
    spent, owed = db.execute(money).fetchone()
    images = (
        "SELECT coalesce(sum(length(files) - length(replace(files, char(10), '')) + 1), 0) FROM rows WHERE files != ''"
    )
    return Totals(
        waiting=counts.get(WAITING, 0), handed=counts.get(HANDED, 0), done=counts.get(DONE, 0),
        failed=counts.get(FAILED, 0), passing=counts.get(PASSING, 0), spent_mc=spent,
        owed_mc=owed, images=db.execute(images).fetchone()[0],
    )  # fmt: skip
