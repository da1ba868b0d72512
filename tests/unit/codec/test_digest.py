"""What a body says, as one number: the same for the same content, and for nothing else."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from astria_async._codec import digest, measure
from astria_async._wire import FilePart
from astria_async.errors import ParameterError

from .strategies import TREES

pytestmark = pytest.mark.anyio


async def test_it_is_the_same_for_ever() -> None:
    tree = {"text": "é", "seed": 1, "face_swap": True, "images": [measure(b"x", parameter="images[0]")]}
    assert await digest(tree) == "66edf35deb32ed1456e1edd4b678e1c042b6b27c016918e73c9c1e57a126953e"


async def test_a_files_content_counts_and_its_name_does_not(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"same" * 100_000)
    opened = io.BytesIO(b"same" * 100_000)
    sources: list[Any] = [tmp_path / "a.png", opened, b"same" * 100_000, b"other"]
    on_disk, in_memory, plain, other = [await digest({"a": measure(source, parameter="a")}) for source in sources]
    assert on_disk == in_memory == plain != other


async def test_a_file_that_can_be_read_once_is_refused() -> None:
    part = FilePart(name="a", content_type="b", source=io.BytesIO(b"x"), size=None, rewindable=False)
    with pytest.raises(ParameterError, match="can be read only once"):
        await digest({"input_video": part})


@given(TREES)
async def test_order_of_keys_does_not_count_and_all_else_does(tree: dict[str, Any]) -> None:
    assert await digest(tree) == await digest(dict(reversed(tree.items())))
    assert await digest({"a": tree}) != await digest({"b": tree})
    assert await digest({**tree, "new": 1}) != await digest({**tree, "new": 2})


async def test_the_order_of_a_list_counts() -> None:
    assert await digest({"a": ["x", "y"]}) != await digest({"a": ["y", "x"]})
    assert await digest({"a": [{"b": "x"}, {"b": "y"}]}) != await digest({"a": [{"b": "y"}, {"b": "x"}]})
