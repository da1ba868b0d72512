"""Images into memory, and piped on: whole ones only, a piece at a time, and nothing stays behind."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from astria_async import DownloadError, ParameterError, Prompt, Request, Response

from ...support.replies import JPEG, PNG, Replies, image

pytestmark = pytest.mark.anyio
PROMPT = Prompt(id=5, images=("https://mp.astria.ai/a", "https://mp.astria.ai/b"))
BODIES = {"/a": PNG, "/b": JPEG}


def answer(request: Request) -> Response:
    return image(BODIES[request.path])


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go; it is empty in the end."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


async def test_read_gives_all_images_or_one(client: Any, temporary: Path) -> None:
    prompts = client(answer).prompts
    assert await prompts.read(PROMPT) == [PNG, JPEG]
    assert await prompts.read(PROMPT, 2) == JPEG
    assert [*temporary.iterdir()] == []


@pytest.mark.parametrize(
    ("n", "problem"), [(0, "n: 0 is not one of its images; give 1 to 2"), (3, "n: 3"), ("1", "n: '1'")]
)
async def test_read_refuses_other_numbers(n: Any, problem: str, client: Any) -> None:
    images = Replies(image())
    with pytest.raises(ParameterError, match=problem):
        await client(images).prompts.read(PROMPT, n)
    assert not images.requests


async def test_stream_gives_each_image_with_its_name_and_type(client: Any, temporary: Path) -> None:
    seen: list[tuple[str, str, int]] = []
    async for one in client(answer).prompts.stream(PROMPT):
        first = b"".join([chunk async for chunk in one.chunks()])
        again = b"".join([chunk async for chunk in one.chunks()])
        assert first == again == BODIES[f"/{'ab'[len(seen)]}"]
        assert str(temporary) not in repr(one)
        seen.append((one.name, one.content_type, one.size))
        assert len([*temporary.iterdir()]) == 1
    assert seen == [("5-1.png", "image/png", len(PNG)), ("5-2.jpg", "image/jpeg", len(JPEG))]
    assert [*temporary.iterdir()] == []


async def test_failures_leave_nothing_behind(client: Any, temporary: Path) -> None:
    with pytest.raises(DownloadError, match="answered 404"):
        await client(Replies(Response(status=404))).prompts.read(PROMPT)
    stream = client(answer).prompts.stream(PROMPT)
    await anext(stream)
    await stream.aclose()
    assert [*temporary.iterdir()] == []
