"""The one way to write a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from astria_async._runtime.files import write_atomically


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_is_replaced_and_nothing_is_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    for text in ("first", "second, é and ✓"):
        write_atomically(path, text)
        assert path.read_text(encoding="utf-8") == text
    assert names_in(tmp_path) == ["page.html"]


def test_the_file_behind_a_link_is_replaced(tmp_path: Path) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    link.symlink_to(path)
    write_atomically(link, "text")
    assert link.is_symlink()
    assert path.read_text() == "text"
    assert names_in(tmp_path) == ["file", "link"]


@pytest.mark.parametrize(("private", "mode"), [(True, 0o600), (False, 0o644)])
def test_a_private_file_is_for_its_owner_alone(tmp_path: Path, private: bool, mode: int) -> None:
    path, before = tmp_path / "file", os.umask(0o022)
    try:
        write_atomically(path, "text", private=private)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == mode


def test_the_old_file_stays_if_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomically(path, "old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["file"]
