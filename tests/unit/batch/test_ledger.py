"""The ledger: one file, one process, written in groups, refused if it is not one's own."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import anyio
import pytest

from astria_async import ConfigurationError
from astria_async.batch import SqliteLedger, read_totals
from astria_async.batch._file import VERSION
from astria_async.jobs import Generation, Row

from ...support.batches import World

pytestmark = pytest.mark.anyio


async def rows(world: World, count: int, label: str = "row") -> list[Row]:
    astria = world.client()
    prepared = [await astria.prompts.prepare(690204, text="a garden") for _ in range(count)]
    jobs = [Generation(key=f"{label}{number}", prepared=each) for number, each in enumerate(prepared)]
    return [Row(number=0, job=job, label=job.key) for job in jobs]


async def test_rows_outlive_the_process(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "run.db")
    added = await ledger.add(await rows(World(tmp_path), 3))
    await ledger.hand_out(added[:2])
    ledger.close()
    ledger = SqliteLedger(tmp_path / "run.db")
    stale = await ledger.stale()
    assert [handed.row for handed in stale] == added[:2]
    assert not any(handed.fresh for handed in stale)
    assert (await ledger.totals()).waiting == 1
    ledger.close()


async def test_what_comes_together_is_written_together(tmp_path: Path) -> None:
    world = World(tmp_path)
    ledger = SqliteLedger(tmp_path / "run.db")
    added = await rows(world, 200)
    statements: list[str] = []
    ledger._connection.set_trace_callback(statements.append)
    async with anyio.create_task_group() as tasks:
        for row in added:
            tasks.start_soon(ledger.add, [row])
    assert statements.count("BEGIN IMMEDIATE") <= 3
    assert (await ledger.totals()).waiting == 200
    ledger.close()


async def test_cancelled_writer_writes_for_the_others(tmp_path: Path) -> None:
    world = World(tmp_path)
    ledger = SqliteLedger(tmp_path / "run.db")
    first, second = await rows(world, 2)
    async with anyio.create_task_group() as tasks:
        scope = anyio.CancelScope()

        async def cancelled() -> None:
            with scope:
                await ledger.add([first])

        tasks.start_soon(cancelled)
        tasks.start_soon(ledger.add, [second])
        await anyio.lowlevel.checkpoint()
        scope.cancel()
    assert (await ledger.totals()).waiting == 2
    ledger.close()


async def test_seed_of_another_row_is_left_out(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "run.db")
    [row] = await rows(World(tmp_path), 1)
    twin = Row(number=0, job=row.job, label="twin")
    assert [each.label for each in await ledger.add([row, twin])] == [row.label]
    ledger.close()


def test_file_is_for_its_owner_only(tmp_path: Path) -> None:
    SqliteLedger(tmp_path / "run.db").close()
    assert os.stat(tmp_path / "run.db").st_mode & 0o777 == 0o600


def make_link(path: Path) -> None:
    path.symlink_to(path.with_name("other.db"))


def make_text(path: Path) -> None:
    path.write_text("a text" * 1000)


def make_other(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a)")
    connection.close()


def make_newer(path: Path) -> None:
    SqliteLedger(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (make_link, "is a link; give the file itself"),
        (make_text, "is not a ledger that can be written"),
        (make_other, "is another program's file; give a new one"),
        (make_newer, "was written by a newer version"),
        (Path.mkdir, "cannot be opened"),
    ],
)
def test_file_that_is_not_a_ledger_is_refused(make: Any, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    make(path)
    with pytest.raises(ConfigurationError, match=problem) as caught:
        SqliteLedger(path)
    assert str(caught.value).startswith("ledger: ")


def test_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be opened: No such file"):
        SqliteLedger(tmp_path / "gone" / "run.db")
    with pytest.raises(ConfigurationError, match="does not exist"):
        read_totals(tmp_path / "run.db")


async def test_full_disk_is_one_line(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "run.db")
    added = await rows(World(tmp_path), 200)
    ledger._connection.execute("PRAGMA max_page_count = 20")
    with pytest.raises(ConfigurationError, match="cannot be written: .*full; make room on the disk"):
        await ledger.add(added)
    assert (await ledger.totals()).waiting == 0
    ledger.close()
