"""An inbox in a file, for all processes of one machine: an item is on disk before `add` returns."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import anyio

from .._runtime.files import open_private
from .._runtime.loops import PerLoop
from .._runtime.threads import in_thread
from ..errors import ConfigurationError
from .inbox import InboxItem, after_finish

T = TypeVar("T")

#: The format of the file. A reader refuses what is newer.
VERSION = 1
#: How long a process waits for another one's transaction, in seconds [I]: each takes milliseconds.
_PATIENCE = 30.0
#: Days for which a handled event is remembered: the service calls once, and a proxy may double it within minutes.
_REMEMBERED_DAYS = 30
_SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
    number INTEGER PRIMARY KEY, event TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, ids TEXT NOT NULL, url TEXT NOT NULL,
    key TEXT NOT NULL, added_at REAL NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL, state TEXT NOT NULL,
    problem TEXT, claim TEXT, lease REAL
);
CREATE INDEX IF NOT EXISTS items_by_state ON items (state, number);
CREATE INDEX IF NOT EXISTS items_by_key ON items (key, number);
"""
_COLUMNS = "event, kind, ids, url, key, added_at, due_at, attempts, state, problem, claim"
#: The first item of its key that is neither done nor given up, if its time has come and nobody holds it.
_NEXT = f"""
SELECT {_COLUMNS} FROM items AS item
WHERE state IN ('waiting', 'running') AND due_at <= :now AND (state = 'waiting' OR lease <= :now)
AND NOT EXISTS (
    SELECT 1 FROM items AS other
    WHERE other.key = item.key AND other.state IN ('waiting', 'running') AND other.number < item.number
)
ORDER BY number LIMIT 1
"""


class SqliteInbox:
    """Keeps callbacks in an SQLite file with the mode 0600. Safe for several processes of one machine, not of several.

    Args:
        path: The file. It is made if it is missing; its folder has to exist, on a local disk.

    Raises ConfigurationError for a file that is a link, belongs to another user, cannot be written, is not an inbox, or
    was written by a newer version.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()  # one connection, used by one thread at a time
        self._connection = _opened(self._path)
        self._to_add: PerLoop[list[tuple[InboxItem, list[bool]]]] = PerLoop(list)
        self._adding: PerLoop[anyio.Lock] = PerLoop(anyio.Lock)

    def close(self) -> None:
        """Close the file. The inbox cannot be used afterwards."""
        with self._lock:
            self._connection.close()

    async def add(self, item: InboxItem) -> bool:
        """Keep an item, on disk once this returns; False if its event is there already.

        Items that come while another one is written go to disk together, so that thousands a second need few writes.
        """
        answer: list[bool] = []
        waiting = self._to_add.get()
        waiting.append((item, answer))
        async with self._adding.get():
            if not answer:
                batch = waiting[:]
                waiting.clear()
                with anyio.CancelScope(shield=True):  # of all of them, not of this one alone
                    await in_thread(self._add_all, batch)
        return answer[0]

    async def claim(self, now: datetime, lease: timedelta, held: InboxItem | None = None) -> InboxItem | None:
        """The next item that is due; None if nothing is."""
        return await in_thread(self._claim, now.timestamp(), (now + lease).timestamp(), held)

    async def finish(self, item: InboxItem, *, retry_at: datetime | None = None, problem: str | None = None) -> bool:
        """The end of a claim; False if somebody else has claimed it since."""
        return await in_thread(self._finish, item, after_finish(item, retry_at, problem))

    async def left_over(self) -> list[InboxItem]:
        """All that is not done, the oldest first."""
        return await in_thread(self._left_over)

    # --- In a thread

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.commit()

    def _add_all(self, batch: list[tuple[InboxItem, list[bool]]]) -> None:
        new: list[bool] = []
        with self._transaction() as connection:
            for item, _ in batch:
                marks = ", ".join("?" * 11)
                sql = f"INSERT OR IGNORE INTO items ({_COLUMNS}) VALUES ({marks})"
                new.append(connection.execute(sql, _row(item)).rowcount == 1)
        for (_, answer), is_new in zip(batch, new, strict=True):
            answer.append(is_new)

    def _claim(self, now: float, lease: float, held: InboxItem | None) -> InboxItem | None:
        with self._transaction() as connection:
            if held is not None:
                sql = "UPDATE items SET lease = ? WHERE event = ? AND claim = ?"
                return held if connection.execute(sql, (lease, held.event, held.claim)).rowcount else None
            row = connection.execute(_NEXT, {"now": now}).fetchone()
            if row is None:
                return None
            sql = f"""UPDATE items SET state = 'running', attempts = attempts + 1, claim = ?, lease = ?
            WHERE event = ? RETURNING {_COLUMNS}"""
            return _item(connection.execute(sql, (uuid4().hex, lease, row[0])).fetchone())

    def _finish(self, item: InboxItem, changed: InboxItem) -> bool:
        with self._transaction() as connection:
            sql = """UPDATE items SET state = ?, due_at = ?, problem = ?, attempts = ?, claim = NULL, lease = NULL
            WHERE event = ? AND claim IS ?"""
            values = (changed.state, changed.due_at.timestamp(), changed.problem, changed.attempts)
            is_mine = connection.execute(sql, (*values, item.event, item.claim)).rowcount == 1
            old = changed.due_at.timestamp() - 86_400 * _REMEMBERED_DAYS
            connection.execute("DELETE FROM items WHERE state = 'done' AND added_at < ?", (old,))
            return is_mine

    def _left_over(self) -> list[InboxItem]:
        with self._lock:
            rows = self._connection.execute(f"SELECT {_COLUMNS} FROM items WHERE state != 'done' ORDER BY number")
            return [_item(row) for row in rows.fetchall()]


def _row(item: InboxItem) -> tuple[Any, ...]:
    times = (item.added_at.timestamp(), item.due_at.timestamp())
    head = (item.event, item.kind, json.dumps(item.ids), item.url, item.key)
    return (*head, *times, item.attempts, item.state, item.problem, item.claim)


def _item(row: Any) -> InboxItem:
    event, kind, ids, url, key, added, due, attempts, state, problem, claim = row
    return InboxItem(
        event=event, kind=kind, ids=tuple(json.loads(ids)), url=url, key=key, added_at=_time(added), due_at=_time(due),
        attempts=attempts, state=state, problem=problem, claim=claim,
    )  # fmt: skip


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _opened(path: Path) -> sqlite3.Connection:
    """The file, ready for use. Raises ConfigurationError, which says what to do."""
    with open_private(path, parameter="path") as file:
        if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
            raise ConfigurationError(f"path: others may read {path}, which holds signed URLs; run chmod 600 on it")
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise ConfigurationError(f"path: {path} is not an inbox that can be written: {error}") from None
    except ConfigurationError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise ConfigurationError(f"path: {path} was written by a newer version of astria-async; update this one")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # what was answered with a 2xx outlives a power cut
    connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
