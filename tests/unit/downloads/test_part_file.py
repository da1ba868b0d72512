"""A file gets its final name only once it is whole, and a later process goes on where an earlier one ended."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from astria_async.downloads._part_file import PartFile


def make(folder: Path) -> PartFile:
    return PartFile(folder, "1-1", lambda extension: f"1-1.{extension}")


def acquired(folder: Path) -> PartFile:
    part = make(folder)
    assert part.acquire()
    return part


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_part_file_is_kept_under_its_final_name(tmp_path: Path) -> None:
    part = acquired(tmp_path)
    part.begin('"v1"', 6)
    part.write(b"firs")
    assert names_in(tmp_path) == [".1-1.part", ".1-1.part.json"]
    part.begin(None, None)
    part.write(b"second")
    assert part.keep("png").read_bytes() == b"second"
    part.release(forget=False)
    assert names_in(tmp_path) == ["1-1.png"]
    assert make(tmp_path).existing() == tmp_path / "1-1.png"


def test_parts_with_a_validator_are_gone_on_with(tmp_path: Path) -> None:
    part = acquired(tmp_path)
    part.begin('"v1"', 6)
    part.write(b"fir")
    part.release(forget=False)
    again = acquired(tmp_path)
    assert (again.size, again.validator, again.total) == (3, '"v1"', 6)
    again.write(b"st!")
    assert again.head(3) + again.tail(3) == b"first!"
    assert again.keep("png").read_bytes() == b"first!"


@pytest.mark.parametrize(("validator", "total", "forget"), [(None, None, False), ('"v1"', 6, True), (None, 6, False)])
def test_other_parts_leave_nothing(validator: str | None, total: int | None, forget: bool, tmp_path: Path) -> None:
    part = acquired(tmp_path)
    part.begin(validator, total)
    part.write(b"fir")
    part.release(forget=forget)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    "note", ["", "[]", '{"validator": 1, "total": 2}', '{"validator": "x"}', '{"validator": "x", "total": 1}']
)
def test_broken_notes_mean_a_new_beginning(note: str, tmp_path: Path) -> None:
    (tmp_path / ".1-1.part").write_bytes(b"older")
    (tmp_path / ".1-1.part.json").write_text(note)
    part = acquired(tmp_path)
    assert (part.size, part.validator, part.total) == (0, None, None)
    part.begin(None, None)
    part.write(b"new")
    assert part.keep("jpg").read_bytes() == b"new"


def test_notes_of_whole_files_are_deleted(tmp_path: Path) -> None:
    """The process was killed between the name and the end of the note."""
    (tmp_path / "1-1.png").write_bytes(b"whole")
    (tmp_path / ".1-1.part.json").write_text("{}")
    assert make(tmp_path).existing() == tmp_path / "1-1.png"
    assert names_in(tmp_path) == ["1-1.png"]


def test_only_one_download_has_the_file(tmp_path: Path) -> None:
    one, other = acquired(tmp_path), make(tmp_path)
    assert not other.acquire()
    one.begin('"v1"', 3)
    one.write(b"one")
    one.keep("jpg")
    assert other.acquire()  # a file of its own: the other has its name now
    other.begin(None, None)
    other.write(b"other")
    assert (tmp_path / "1-1.jpg").read_bytes() == b"one"
    other.release(forget=False)


@pytest.mark.process
def test_the_lock_of_a_dead_process_does_not_block(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys; from astria_async.downloads._part_file import PartFile; "
        "part = PartFile(pathlib.Path(sys.argv[1]), '1-1', lambda ext: f'1-1.{ext}'); "
        "assert part.acquire(); part.begin('\"v1\"', 6); part.write(b'fir'); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    part = acquired(tmp_path)
    assert part.size == 3
    part.release(forget=True)


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / ".1-1.part").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic links"):
        make(tmp_path).acquire()
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_a_part_file_has_the_usual_permissions(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        part = acquired(tmp_path)
        part.begin(None, None)
        assert stat.S_IMODE(part.keep("png").stat().st_mode) == 0o640
    finally:
        os.umask(mask)
