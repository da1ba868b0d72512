"""Downloads and the disk: what it refuses, and what two tasks do at the same place."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any, BinaryIO

import anyio
import pytest

from astria_async import ParameterError, Prompt
from astria_async.testing import VirtualClock
from astria_async.waiting._part_file import PartFile

from .replies import PNG, Pause, Replies, SlowTransport, image

pytestmark = pytest.mark.anyio
PROMPT = Prompt(id=5, images=("https://mp.astria.ai/a", "https://mp.astria.ai/b"))
ONE = Prompt(id=5, images=("https://mp.astria.ai/a",))


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_full_disk_leaves_the_older_file_as_it_was(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "5-1.png").write_bytes(b"older")

    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        await client(Replies(image())).prompts.download(ONE, tmp_path)
    assert names_in(tmp_path) == ["5-1.png"]
    assert (tmp_path / "5-1.png").read_bytes() == b"older"


async def test_disk_that_is_full_while_writing_is_told_at_once(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: VirtualClock
) -> None:
    def open_full(self: PartFile) -> BinaryIO:
        opened(self).close()
        return Path("/dev/full").open("wb", buffering=0)

    opened = PartFile.open
    monkeypatch.setattr(PartFile, "open", open_full)
    with pytest.raises(OSError, match="No space left"):
        await client(Replies(image())).prompts.download(ONE, tmp_path)
    assert clock.monotonic() == 0
    assert names_in(tmp_path) == []


async def test_a_folder_that_is_a_file_is_an_os_error(client: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileExistsError):
        await client(Replies(image())).prompts.download(ONE, tmp_path / "file")


@pytest.mark.parametrize("folder", [None, 1, b"images", "", "a\0b"])
async def test_a_folder_that_is_not_a_path_is_refused(folder: Any, client: Any) -> None:
    images = Replies(image())
    with pytest.raises(ParameterError, match="folder: .* is not a path; give a str or a Path"):
        await client(images).prompts.download(5, folder)
    assert not images.requests


async def test_two_tasks_may_fetch_the_same_prompt_into_one_folder(
    client: Any, tmp_path: Path, clock: VirtualClock
) -> None:
    transport = SlowTransport(clock, lambda: [PNG, Pause(1), b"end"])
    clients = [client(transport), client(transport)]  # with the same dice, as two processes might have
    async with anyio.create_task_group() as tasks:
        for astria in [*clients, clients[0]]:
            tasks.start_soon(astria.prompts.download, PROMPT, tmp_path)
    assert names_in(tmp_path) == ["5-1.png", "5-2.png"]
    assert (tmp_path / "5-1.png").read_bytes() == PNG + b"end"
