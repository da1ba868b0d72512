"""What the fake holds, as a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from astria_async.cli._errors import CommandError
from astria_async.cli.mock.state_file import read_state, write_state
from astria_async.testing import FakeAstria, HttpRequest, VirtualClock

pytestmark = pytest.mark.anyio

HEADERS = {"authorization": "Bearer sd_one", "content-type": "application/json"}


async def a_fake_with_a_prompt(clock: VirtualClock) -> FakeAstria:
    fake = FakeAstria(clock=clock)
    body = json.dumps({"prompt": {"text": "half \ud800"}}).encode()
    await fake.handle(HttpRequest.of("POST", "http://x/tunes/690204/prompts", HEADERS, body))
    return fake


async def test_what_is_written_comes_back(tmp_path: Path) -> None:
    clock, path = VirtualClock(auto=False), tmp_path / "state.json"
    fake = await a_fake_with_a_prompt(clock)
    write_state(path, fake.dump())
    saved = read_state(path)
    assert saved is not None
    assert saved.now == clock.now()
    restored = FakeAstria(clock=clock)
    saved.restore(restored)
    assert restored.dump() == fake.dump()
    assert [prompt.text for prompt in restored.prompts] == ["half \ud800"]


async def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    write_state(path, FakeAstria().dump())
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "this is not valid JSON: "),
        ("[" * 100_000, "this is not valid JSON: "),
        ("[]", "this is not a JSON object"),
        ("{}", "this is not a state that `astria-async mock` wrote"),
        ('{"now": 5}', "this is not a state that `astria-async mock` wrote"),
        ('{"now": "2026-01-01T00:00:00"}', "this is not a state that `astria-async mock` wrote"),
    ],
)
async def test_a_file_that_is_not_a_state_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(content)
    with pytest.raises(CommandError) as caught:
        read_state(path)
    assert str(caught.value).startswith(f"--state {path}: {problem}")
    assert str(caught.value).endswith("; the file was left as it is, choose another one")
    assert caught.value.code == 2
    assert path.read_text() == content


async def test_a_damaged_entry_is_named(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    data: Any = (await a_fake_with_a_prompt(VirtualClock(auto=False))).dump()
    data["prompts"][0]["surprise"] = 1
    write_state(path, data)
    saved, fake = read_state(path), FakeAstria()
    assert saved is not None
    with pytest.raises(CommandError, match=r"prompts, entry 1, is damaged; the file was left as it is"):
        saved.restore(fake)
    assert not fake.prompts


async def test_folder_is_refused_and_a_missing_file_is_no_state(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"^--state .*: Is a directory$"):
        read_state(tmp_path)
    assert read_state(tmp_path / "none.json") is None
