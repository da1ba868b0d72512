"""The fake's tunes and prompts as a file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from astria_async.cli import _state
from astria_async.cli.mock.state_file import InvalidStateError, exported, read, write
from astria_async.testing import FakeAstria, HttpCall, Timings, VirtualClock

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
FORM = (
    b'--x\r\nContent-Disposition: form-data; name="tune[name]"\r\n\r\nman\r\n'
    b'--x\r\nContent-Disposition: form-data; name="tune[title]"\r\n\r\nmine\r\n'
    b'--x\r\nContent-Disposition: form-data; name="tune[images][]"; filename="1.jpg"\r\n'
    b"Content-Type: image/jpeg\r\n\r\nabc\r\n--x--"
)


async def call(fake: FakeAstria, method: str, path: str, data: object = None, key: str = "sd_one") -> Any:
    """A request of a client's; its answer's JSON."""
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    body = b"" if data is None else json.dumps(data).encode()
    return (await fake.handle(HttpCall.of(method, f"http://x{path}", headers, body))).json()


async def a_lived_in_stand_in(clock: VirtualClock) -> FakeAstria:
    """Two accounts' tunes and prompts, one with a file, one that never ends, one that fails."""
    fake = FakeAstria(clock=clock)
    headers = {"authorization": "Bearer sd_one", "content-type": "multipart/form-data; boundary=x"}
    await fake.handle(HttpCall.of("POST", "http://x/tunes", headers, FORM))
    odd = {"text": "half \ud800", "num_images": 2.0, "seed": 7, "odd": {"$file": [1], "b": [None, True]}}
    await call(fake, "POST", "/tunes/2000001/prompts", {"prompt": odd})
    await call(fake, "POST", "/tunes/690204/prompts", {"prompt": {"text": "[[fail]]"}})
    fake.timings = Timings(tune_trained=float("inf"))
    await call(fake, "POST", "/tunes", {"tune": {"name": "cat", "image_urls": ["https://e.com/1"]}}, "sd_two")
    return fake


async def test_what_is_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    clock, path = VirtualClock(auto=False), tmp_path / "state.json"
    before = await a_lived_in_stand_in(clock)
    write(path, exported(before, clock.now()))
    kept = read(path)
    assert kept is not None
    assert kept.now == clock.now()
    after = FakeAstria(clock=clock)
    kept.give(after)
    for _ in range(3):
        for key in ("sd_one", "sd_two"):
            for question in ("/tunes", "/prompts", "/tunes/2000001", "/tunes/2000001/prompts"):
                assert await call(after, "GET", question, key=key) == await call(before, "GET", question, key=key)
        await clock.advance(300)
    assert after.tunes[0].files == before.tunes[0].files
    assert [prompt.params for prompt in after.prompts] == [prompt.params for prompt in before.prompts]


async def test_what_comes_next_gets_the_next_ids(tmp_path: Path) -> None:
    clock = VirtualClock(auto=False)
    kept = _state.SavedState(json.loads(json.dumps(exported(await a_lived_in_stand_in(clock), NOW))))
    fake = FakeAstria(clock=clock, account_idempotency=True)
    kept.give(fake)
    tune = {"name": "dog", "image_urls": ["https://e.com/1"]}
    assert (await call(fake, "POST", "/tunes", {"tune": tune}))["id"] == 2000003
    assert (await call(fake, "POST", "/tunes/690204/prompts", {"prompt": {"text": "new"}}))["id"] == 30000003
    assert (await call(fake, "POST", "/tunes", {"tune": {**tune, "title": "mine"}}))["id"] == 2000001


async def test_a_stand_in_that_was_empty_begins_as_ever() -> None:
    fake = FakeAstria()
    _state.SavedState(exported(FakeAstria(), NOW)).give(fake)
    tune = {"name": "dog", "image_urls": ["https://e.com/1"]}
    assert (await call(fake, "POST", "/tunes", {"tune": tune}))["id"] == 2000001


def damage(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], str]:
    def changed(data: dict[str, Any]) -> str:
        change(data)
        return json.dumps(data)

    return changed


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda data: json.dumps(data)[:-200], "it is no JSON"),
        (lambda _: "", "it is no JSON"),
        (lambda _: "[" * 100_000, "it is no JSON"),
        (lambda _: "[]", "it is no object"),
        (lambda _: "{}", "it is no state of astria-async mock, version 1"),
        (damage(lambda data: data.update(version=2)), "it is no state of astria-async mock, version 1"),
        (damage(lambda data: data.update(now="soon")), "'soon' is no time with a zone"),
        (damage(lambda data: data.update(now=5)), "5 is no time with a zone"),
        (damage(lambda data: data.update(now="2026-01-01T00:00:00")), "'2026-01-01T00:00:00' is no time"),
        (damage(lambda data: data.pop("tunes")), "'tunes' is no list"),
        (damage(lambda data: data["tunes"].append(5)), "tunes, entry 3, is damaged"),
        (damage(lambda data: data["tunes"][0].pop("created")), "tunes, entry 1, is damaged"),
        (damage(lambda data: data["tunes"][1].update(id="2000002")), "tunes, entry 2, is damaged"),
        (damage(lambda data: data["tunes"].reverse()), "tunes, entry 2, is damaged"),
        (damage(lambda data: data["prompts"][1].update(ends=-(10**30))), "prompts, entry 2, is damaged"),
        (damage(lambda data: data["prompts"][0].update(surprise=1)), "prompts, entry 1, is damaged"),
        (damage(lambda data: data["prompts"][0].update(params=[])), "prompts, entry 1, is damaged"),
        (damage(lambda data: data["tunes"][0]["params"].update(images=[{"$file": [1]}])), "tunes, entry 1, is damaged"),
    ],
)
async def test_a_file_that_is_damaged_says_where_and_is_left_alone(tmp_path: Path, spoil: Any, why: str) -> None:
    path = tmp_path / "state.json"
    fake = await a_lived_in_stand_in(VirtualClock(auto=False))
    path.write_text(spoil(exported(fake, NOW)), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(InvalidStateError) as caught:
        read(path)
    assert str(caught.value).startswith(why)
    assert path.read_bytes() == before


def test_no_file_is_no_state(tmp_path: Path) -> None:
    assert read(tmp_path / "none.json") is None


def test_a_file_is_replaced_whole_is_its_owners_alone_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path, link = tmp_path / "state.json", tmp_path / "link.json"
    link.symlink_to(path)
    for number in (1, 2):
        write(link, {"number": number})
        assert json.loads(path.read_text()) == {"number": number}
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["link.json", "state.json"]


def test_where_writing_fails_the_old_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.json"
    write(path, {"number": 1})

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(path, {"number": 2})
    assert json.loads(path.read_text()) == {"number": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]
