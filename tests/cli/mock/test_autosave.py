"""A file that is kept up to date while the fake is served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from astria_async.cli import _keeper
from astria_async.cli._errors import CommandError
from astria_async.cli.mock.autosave import EVERY, Autosave
from astria_async.testing import FakeAstria, HttpCall, VirtualClock, processed_later

pytestmark = pytest.mark.anyio


async def create(fake: FakeAstria) -> None:
    headers = {"authorization": "Bearer sd_x", "content-type": "application/json"}
    await fake.handle(HttpCall.of("POST", "http://x/tunes/690204/prompts", headers, b'{"prompt":{"text":"x"}}'))


def kept_in(path: Path) -> int:
    """How many prompts the file holds."""
    return len(json.loads(path.read_text())["prompts"])


async def test_changes_are_written_every_few_seconds_and_only_then(tmp_path: Path) -> None:
    path, clock = tmp_path / "state.json", VirtualClock()
    fake = FakeAstria(clock=clock)
    autosave = Autosave(path, fake, clock, timer=clock)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(autosave.run)
        await create(fake)
        assert not path.exists()
        await clock.sleep(EVERY * 1.5)
        assert kept_in(path) == 1
        path.unlink()
        await clock.sleep(EVERY * 3)
        assert not path.exists()
        autosave.changed()
        await clock.sleep(EVERY)
        assert kept_in(path) == 1
        tasks.cancel_scope.cancel()


async def test_what_happens_without_a_request_is_noticed(tmp_path: Path) -> None:
    path, clock = tmp_path / "state.json", VirtualClock()
    fake = FakeAstria(clock=clock)
    fake.script("POST *", processed_later(504, 20))
    await create(fake)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Autosave(path, fake, clock, timer=clock).run)
        await clock.sleep(10)
        assert kept_in(path) == 0
        await clock.sleep(20)
        assert kept_in(path) == 1
        tasks.cancel_scope.cancel()


async def test_a_file_that_cannot_be_written_is_told_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, clock, works = tmp_path / "state.json", VirtualClock(), _keeper.write

    def full(path: Path, data: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_keeper, "write", full)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Autosave(path, FakeAstria(clock=clock), clock, timer=clock).run)
        await clock.sleep(EVERY * 4.5)
        monkeypatch.setattr(_keeper, "write", works)
        await clock.sleep(EVERY)
        tasks.cancel_scope.cancel()
    said = f"astria-async mock: --state {path}: No space left on device; it is tried again\n"
    assert capsys.readouterr().err == said
    assert kept_in(path) == 0


async def test_saving_at_once_says_why_it_cannot(tmp_path: Path) -> None:
    clock = VirtualClock()
    with pytest.raises(CommandError, match=r"^--state .*: No such file or directory$") as caught:
        Autosave(tmp_path / "no" / "state.json", FakeAstria(clock=clock), clock).save(2)
    assert caught.value.code == 2
