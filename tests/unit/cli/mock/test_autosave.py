"""A file that is kept up to date while the fake is served."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest

from astria_async.cli._errors import CommandError
from astria_async.cli.mock import autosave
from astria_async.cli.mock.autosave import INTERVAL, Autosave
from astria_async.testing import FakeAstria, HttpRequest, VirtualClock, processed_later

pytestmark = pytest.mark.anyio


async def create(fake: FakeAstria) -> None:
    headers = {"authorization": "Bearer sd_x", "content-type": "application/json"}
    await fake.handle(HttpRequest.of("POST", "http://x/tunes/690204/prompts", headers, b'{"prompt":{"text":"x"}}'))


def prompts_in(path: Path) -> int:
    """How many prompts the file holds."""
    return len(json.loads(path.read_text())["prompts"])


async def test_changes_are_written_every_few_seconds_and_only_then(tmp_path: Path) -> None:
    path, clock = tmp_path / "state.json", VirtualClock()
    fake = FakeAstria(clock=clock)
    saver = Autosave(path, fake, timer=clock)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(saver.run)
        await create(fake)
        assert not path.exists()
        await clock.sleep(INTERVAL * 1.5)
        assert prompts_in(path) == 1
        path.unlink()
        await clock.sleep(INTERVAL * 3)
        assert not path.exists()
        saver.mark_changed()
        await clock.sleep(INTERVAL)
        assert prompts_in(path) == 1
        tasks.cancel_scope.cancel()


async def test_a_change_without_a_request_is_noticed(tmp_path: Path) -> None:
    path, clock = tmp_path / "state.json", VirtualClock()
    fake = FakeAstria(clock=clock)
    fake.script("POST *", processed_later(504, 20))
    await create(fake)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Autosave(path, fake, timer=clock).run)
        await clock.sleep(10)
        assert prompts_in(path) == 0
        await clock.sleep(20)
        assert prompts_in(path) == 1
        tasks.cancel_scope.cancel()


async def test_a_failure_is_reported_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, clock, write = tmp_path / "state.json", VirtualClock(), autosave.write_state

    def full(path: Path, data: Mapping[str, Any]) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(autosave, "write_state", full)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Autosave(path, FakeAstria(clock=clock), timer=clock).run)
        await clock.sleep(INTERVAL * 4.5)
        monkeypatch.setattr(autosave, "write_state", write)
        await clock.sleep(INTERVAL)
        tasks.cancel_scope.cancel()
    assert capsys.readouterr().err == f"astria-async mock: --state {path}: No space left on device; trying again\n"
    assert prompts_in(path) == 0


async def test_saving_at_once_says_why_it_cannot(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"^--state .*: No such file or directory$") as caught:
        Autosave(tmp_path / "no" / "state.json", FakeAstria(clock=VirtualClock())).save(2)
    assert caught.value.code == 2
