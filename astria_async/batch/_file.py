"""The file of a ledger: opened for one process, checked, brought to this version's format. Blocks: call it in a thread."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import BinaryIO

from .._runtime.files import open_private
from .._runtime.locks import lock_file
from ..errors import ConfigurationError

#: The format of the file. A reader refuses what is newer, and brings what is older to this one: see `_STEPS`.
VERSION = 1
#: Tells a ledger from every other SQLite file: "astr".
APPLICATION = 0x61737472
#: What makes each format from the one before.
_STEPS: tuple[str, ...] = (
    """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE rows (
    number INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT NOT NULL UNIQUE, key TEXT NOT NULL, digest TEXT NOT NULL,
    run INTEGER NOT NULL, tries INTEGER NOT NULL, seed TEXT UNIQUE, shape TEXT NOT NULL, price INTEGER, paid INTEGER NOT NULL DEFAULT 0,
    job TEXT NOT NULL, state INTEGER NOT NULL, is_new INTEGER NOT NULL DEFAULT 0, prompt INTEGER, cost INTEGER,
    files TEXT NOT NULL DEFAULT '', error TEXT, attempts INTEGER NOT NULL, seconds REAL NOT NULL
);
CREATE INDEX rows_by_state ON rows (state, number);
CREATE TABLE contents (digest TEXT PRIMARY KEY, run INTEGER NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE prices (shape TEXT PRIMARY KEY, mc INTEGER NOT NULL);
""",
)


def open_ledger(path: Path) -> tuple[sqlite3.Connection, BinaryIO]:
    """The file, ready for use, and the lock that keeps others out. Raises ConfigurationError, which says what to do."""
    lock = _lock(path)
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        lock.close()
        raise ConfigurationError(f"ledger: {path} is not a ledger that can be written: {error}") from None
    except BaseException:
        lock.close()
        raise
    return connection, lock


def read_ledger(path: Path) -> sqlite3.Connection:
    """A ledger to be read only, also while a batch runs. Raises ConfigurationError."""
    try:
        if not path.is_file():
            raise ConfigurationError(f"ledger: {path} does not exist; give the ledger of a batch")
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
            connection.close()
            raise ConfigurationError(f"ledger: {path} is not the ledger of a batch; give that one")
    except sqlite3.Error as error:
        raise ConfigurationError(f"ledger: {path} cannot be read: {error}") from None
    return connection


def _lock(path: Path) -> BinaryIO:
    """A file beside it, locked for as long as this process lives."""
    open_private(path, parameter="ledger").close()
    lock = open_private(path.with_name(f"{path.name}.lock"), parameter="ledger")
    if not lock_file(lock):
        lock.close()
        raise ConfigurationError(f"ledger: {path} is used by another batch; wait for its end, or give another file")
    return lock


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    is_empty = not connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    if application != APPLICATION and not is_empty:
        raise ConfigurationError(f"ledger: {path} is another program's file; give a new one")
    if version > VERSION:
        raise ConfigurationError(f"ledger: {path} was written by a newer version of astria-async; update this one")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # what was handed out outlives a power cut
    for number in range(version, VERSION):
        head = f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {number + 1};"
        connection.executescript(f"BEGIN IMMEDIATE; {_STEPS[number]} {head} COMMIT;")
