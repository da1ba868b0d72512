"""Inboxes: each item is claimed by one, ends once, and is taken up again if its process dies. In memory and in a file."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async import ConfigurationError
from astria_async.callbacks import Inbox, InboxItem, MemoryInbox, SqliteInbox

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


def item(event: str = "a", key: str | None = None, due: datetime = NOW) -> InboxItem:
    return InboxItem(event=event, kind="tune", ids=(3,), url="/astria?a=1", key=key or event, added_at=NOW, due_at=due)


@pytest.fixture(params=["memory", "file"])
def inbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Inbox]:
    if request.param == "memory":
        yield MemoryInbox()
        return
    with closing(SqliteInbox(tmp_path / "inbox.db")) as file:
        yield file


async def test_items_are_claimed_once_in_their_order(inbox: Inbox) -> None:
    assert await inbox.add(item("a"))
    assert await inbox.add(item("b"))
    first, second, third = [await inbox.claim(NOW, LEASE) for _ in range(3)]
    assert first is not None and (first.event, first.state, first.attempts) == ("a", "running", 1)
    assert second is not None and second.event == "b"
    assert third is None


async def test_the_same_event_is_kept_once_even_after_its_end(inbox: Inbox) -> None:
    assert await inbox.add(item())
    assert not await inbox.add(item())
    claimed = await inbox.claim(NOW, LEASE)
    assert claimed is not None and await inbox.finish(claimed)
    assert not await inbox.add(item())
    assert await inbox.claim(NOW, LEASE) is None
    assert await inbox.left_over() == []


async def test_items_wait_until_they_are_due(inbox: Inbox) -> None:
    await inbox.add(item(due=NOW + SECOND))
    assert await inbox.claim(NOW, LEASE) is None
    assert await inbox.claim(NOW + SECOND, LEASE) is not None


async def test_items_whose_lease_is_over_are_claimed_again(inbox: Inbox) -> None:
    await inbox.add(item())
    dead = await inbox.claim(NOW, LEASE)
    assert dead is not None
    assert await inbox.claim(NOW + LEASE - SECOND, LEASE) is None
    second = await inbox.claim(NOW + LEASE, LEASE)
    assert second is not None and second.attempts == 2
    assert not await inbox.finish(dead)  # it came back from the dead: the item is another's now
    assert not await inbox.claim(NOW + LEASE, LEASE, dead)
    assert await inbox.finish(second)


async def test_leases_are_prolonged(inbox: Inbox) -> None:
    await inbox.add(item())
    held = await inbox.claim(NOW, LEASE)
    assert held is not None
    assert await inbox.claim(NOW + LEASE / 2, LEASE, held) is not None
    assert await inbox.claim(NOW + LEASE, LEASE) is None


async def test_items_of_one_key_run_one_after_the_other(inbox: Inbox) -> None:
    for event in "ab":
        await inbox.add(item(event, key="order 17"))
    await inbox.add(item("c"))
    first, other = await inbox.claim(NOW, LEASE), await inbox.claim(NOW, LEASE)
    assert first is not None and other is not None and (first.event, other.event) == ("a", "c")
    assert await inbox.claim(NOW, LEASE) is None
    await inbox.finish(first)
    second = await inbox.claim(NOW, LEASE)
    assert second is not None and second.event == "b"


async def test_retries_count_and_items_that_are_put_off_do_not(inbox: Inbox) -> None:
    await inbox.add(item())
    claimed = await inbox.claim(NOW, LEASE)
    assert claimed is not None and await inbox.finish(claimed, retry_at=NOW + SECOND)
    claimed = await inbox.claim(NOW + SECOND, LEASE)
    assert claimed is not None and claimed.attempts == 1
    await inbox.finish(claimed, retry_at=NOW + SECOND, problem="ValueError")
    (left,) = await inbox.left_over()
    assert (left.state, left.attempts, left.problem, left.due_at) == ("waiting", 1, "ValueError", NOW + SECOND)


async def test_items_given_up_stay_and_can_be_put_back(inbox: Inbox) -> None:
    await inbox.add(item())
    claimed = await inbox.claim(NOW, LEASE)
    assert claimed is not None and await inbox.finish(claimed, problem="ValueError")
    (left,) = await inbox.left_over()
    assert (left.state, left.problem) == ("given up", "ValueError")
    assert await inbox.claim(NOW + LEASE, LEASE) is None
    assert await inbox.finish(left, retry_at=NOW)
    again = await inbox.claim(NOW, LEASE)
    assert again is not None and again.attempts == 1


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "claim", "done", "retry", "give up", "wait"]), st.integers(0, 3)), max_size=30
)


@given(STEPS)
def test_both_inboxes_say_the_same_whatever_happens(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    async def play() -> None:
        file = SqliteInbox(tmp_path_factory.mktemp("inbox") / "inbox.db")
        pair: list[Inbox] = [MemoryInbox(), file]
        held: list[list[InboxItem]] = [[], []]
        now = NOW
        for what, number in steps:
            said: list[object] = []
            for inbox, claims in zip(pair, held, strict=True):
                if what == "add":
                    said.append(await inbox.add(item(str(number), key=str(number % 2))))
                elif what == "claim":
                    claimed = await inbox.claim(now, LEASE)
                    said.append(claimed and (claimed.event, claimed.attempts))
                    claims += [claimed] if claimed is not None else []
                elif what != "wait" and claims:
                    one = claims[number % len(claims)]
                    more = {
                        "done": {},
                        "retry": {"retry_at": now + 30 * SECOND, "problem": "x"},
                        "give up": {"problem": "x"},
                    }
                    said.append(await inbox.finish(one, **more[what]))  # type: ignore[arg-type]
            assert len({*map(str, said)}) <= 1
            now += 25 * SECOND if what == "wait" else timedelta()
        left = [[(one.event, one.state, one.attempts) for one in await inbox.left_over()] for inbox in pair]
        file.close()
        assert left[0] == left[1]

    anyio.run(play)


# --- The file


async def test_files_outlive_their_process_and_are_private(tmp_path: Path) -> None:
    path = tmp_path / "inbox.db"
    first = SqliteInbox(path)
    await first.add(item())
    second = SqliteInbox(str(path))  # of another process
    assert await second.claim(NOW, LEASE) is not None
    assert await first.claim(NOW, LEASE) is None
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first.close()
    second.close()


async def test_items_that_come_together_are_written_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox, batches = SqliteInbox(tmp_path / "inbox.db"), list[int]()
    write = inbox._add_all

    def counting(batch: list[tuple[InboxItem, list[bool]]]) -> None:
        batches.append(len(batch))
        write(batch)

    monkeypatch.setattr(inbox, "_add_all", counting)
    async with anyio.create_task_group() as tasks:
        for number in range(500):
            tasks.start_soon(inbox.add, item(str(number)))
    inbox.close()
    assert sum(batches) == 500
    assert len(batches) <= 10


async def test_a_cancelled_add_loses_no_item_of_the_others(tmp_path: Path) -> None:
    inbox, added = SqliteInbox(tmp_path / "inbox.db"), list[bool]()

    async def add(number: int) -> None:
        added.append(await inbox.add(item(str(number))))

    async with anyio.create_task_group() as tasks:
        scope = anyio.CancelScope()

        async def first() -> None:
            with scope:
                await add(0)

        tasks.start_soon(first)
        for number in range(1, 20):
            tasks.start_soon(add, number)
        await anyio.lowlevel.checkpoint()
        scope.cancel()
    assert len(added) >= 19
    assert len(await inbox.left_over()) == 20
    inbox.close()


def make_link(path: Path) -> None:
    path.with_suffix(".real").touch(0o600)
    path.symlink_to(path.with_suffix(".real"))


def make_newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    path.chmod(0o600)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (make_link, "is a link; give the file itself"),
        (make_newer, "was written by a newer version of astria-async"),
        (lambda path: path.mkdir(), "cannot be opened: Is a directory"),
        (lambda path: (path.touch(), path.chmod(0o644)), "others may read .*; run chmod 600"),
        (
            lambda path: (path.write_text("not a database, but long enough to look at" * 50), path.chmod(0o600)),
            "is not an inbox",
        ),
    ],
)
def test_other_files_are_refused_with_one_clear_line(
    make: Callable[[Path], object], problem: str, tmp_path: Path
) -> None:
    path = tmp_path / "inbox.db"
    make(path)
    with pytest.raises(ConfigurationError, match=problem) as caught:
        SqliteInbox(path)
    assert "\n" not in str(caught.value)


def test_missing_folders_and_foreign_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="cannot be opened: No such file or directory"):
        SqliteInbox(tmp_path / "missing" / "inbox.db")
    monkeypatch.setattr(os, "geteuid", partial(int, 12345))
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        SqliteInbox(tmp_path / "inbox.db")
