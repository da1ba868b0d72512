"""Downloads and the disk: what it refuses, and what two tasks do at the same place."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import anyio
import pytest

from astria_async import DownloadError, ParameterError, Prompt, Response
from astria_async.downloads._part_file import PartFile
from astria_async.telemetry import DownloadBegan, DownloadEnded
from astria_async.testing import VirtualClock

from ...support.replies import PNG, Pause, Replies, SlowTransport, image

pytestmark = pytest.mark.anyio
PROMPT = Prompt(id=5, images=("https://mp.astria.ai/a", "https://mp.astria.ai/b"))
ONE = Prompt(id=5, images=("https://mp.astria.ai/a",))


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_whole_files_are_not_fetched_again(client: Any, tmp_path: Path) -> None:
    images = Replies(image())
    paths = await client(images).prompts.download(PROMPT, tmp_path)
    assert await client(images).prompts.download(PROMPT, tmp_path) == paths
    assert len(images.requests) == 2


async def test_the_observer_is_told_of_each_file(client: Any, tmp_path: Path) -> None:
    told: list[object] = []
    prompts = client(Replies(image()), on_event=told.append).prompts
    for _ in range(2):
        await prompts.download(ONE, tmp_path)
    with pytest.raises(DownloadError):
        await client(Replies(Response(status=404)), on_event=told.append).prompts.download(ONE, tmp_path / "other")
    ended = [(event.name, event.size, event.result) for event in told if isinstance(event, DownloadEnded)]
    assert ended == [("5-1.png", len(PNG), "done"), ("5-1.png", 0, "skipped"), ("5-1", 0, "DownloadError")]
    assert sum(isinstance(event, DownloadBegan) for event in told) == 3


async def test_files_are_named_by_a_template(client: Any, tmp_path: Path) -> None:
    paths = await client(Replies(image())).prompts.download(PROMPT, tmp_path, "Ann {n}")
    assert [path.name for path in paths] == ["Ann 1.png", "Ann 2.png"]
    assert names_in(tmp_path) == ["Ann 1.png", "Ann 2.png"]


async def test_a_full_disk_gives_no_file_its_name(client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        await client(Replies(image())).prompts.download(ONE, tmp_path)
    assert names_in(tmp_path) == []


async def test_disk_that_is_full_while_writing_is_told_at_once(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: VirtualClock
) -> None:
    def write_nothing(self: PartFile, *pieces: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(PartFile, "write", write_nothing)
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
    transport = SlowTransport(clock, lambda: [PNG[:9], Pause(1), PNG[9:]])
    clients = [client(transport), client(transport)]  # with the same dice, as two processes might have
    async with anyio.create_task_group() as tasks:
        for astria in [*clients, clients[0]]:
            tasks.start_soon(astria.prompts.download, PROMPT, tmp_path)
    assert names_in(tmp_path) == ["5-1.png", "5-2.png"]
    assert (tmp_path / "5-1.png").read_bytes() == PNG
    assert len(transport.requests) == 2  # the others waited, and found them whole
