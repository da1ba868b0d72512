"""A file gets its final name only once it is whole."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from astria_async.waiting._part_file import PartFile


def write(part: PartFile, data: bytes) -> None:
    with part.open() as file:
        file.write(data)


def test_a_part_file_is_kept_under_its_final_name(tmp_path: Path) -> None:
    part = PartFile(tmp_path, "1-1", random.Random(1))
    write(part, b"first")
    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
    write(part, b"second")
    assert part.keep("png").read_bytes() == b"second"
    part.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["1-1.png"]


def test_two_part_files_never_share_a_file(tmp_path: Path) -> None:
    one, other = (PartFile(tmp_path, "1-1", random.Random(1)) for _ in range(2))
    write(one, b"one")
    write(other, b"other")
    assert one.keep("jpg").read_bytes() == b"one"
    assert other.keep("png").read_bytes() == b"other"


def test_a_part_file_that_is_discarded_leaves_nothing(tmp_path: Path) -> None:
    part = PartFile(tmp_path, "1-1", random.Random(1))
    part.discard()
    write(part, b"x")
    part.discard()
    assert not [*tmp_path.iterdir()]
    with pytest.raises(FileNotFoundError, match=r"1-1\.png"):
        part.keep("png")


def test_a_part_file_has_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    part = PartFile(tmp_path, "1-1", random.Random(1))
    write(part, b"x")
    assert part.keep("jpg").stat().st_mode == (tmp_path / "usual").stat().st_mode
