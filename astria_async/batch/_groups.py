"""Group commits: what is asked for while one group is written goes to disk together as the next one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import anyio
from attrs import define, field

from .._runtime.loops import PerLoop
from .._runtime.threads import in_thread
from ..errors import ConfigurationError

T = TypeVar("T")


@define(eq=False)
class _Group:
    """What goes to disk together. Whoever adds the first work to it writes it, once the group before is written."""

    work: list[Callable[[sqlite3.Connection], None]] = field(factory=list)
    written: anyio.Event = field(factory=anyio.Event)
    before: anyio.Event | None = None
    error: BaseException | None = None


class GroupCommits:
    """Transactions of one connection, one after the other, each for all that came meanwhile.

    Args:
        connection: The file.
        path: Its path, for messages.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self._path = connection, path
        self._groups: PerLoop[list[_Group]] = PerLoop(list)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do it within the next transaction; on disk once this returns. A cancellation does not take it back."""
        answer: list[T] = []
        groups = self._groups.get()
        if not groups or groups[-1].before is None:  # nothing waits to be written
            before = groups[-1].written if groups else anyio.Event()
            if not groups:
                before.set()
            groups.append(_Group(before=before))
        group = groups[-1]
        is_first = not group.work
        group.work.append(lambda db: answer.append(work(db)))
        if is_first:
            with anyio.CancelScope(shield=True):  # of all of them, not of this one alone
                await self._write(groups, group)
        else:
            await group.written.wait()
        if isinstance(group.error, sqlite3.Error):
            problem = f"ledger: {self._path} cannot be written: {group.error}; make room on the disk, and run it again"
            raise ConfigurationError(problem) from None
        if group.error is not None:
            raise group.error
        return answer[0]

    async def _write(self, groups: list[_Group], group: _Group) -> None:
        assert group.before is not None
        await group.before.wait()
        group.before = None  # from now on a new group begins
        try:
            await in_thread(self._commit, group.work)
        except BaseException as error:  # noqa: BLE001 -- raised again by all whose work it was
            group.error = error
        finally:
            groups.remove(group)
            group.written.set()

    def _commit(self, work: list[Callable[[sqlite3.Connection], None]]) -> None:
        db = self._connection
        db.execute("BEGIN IMMEDIATE")
        try:
            for one in work:
                one(db)
        except BaseException:
            db.rollback()
            raise
        db.commit()
