"""Pictures onto the disk: whole or not at all, under the right name, without the key."""

from __future__ import annotations

import errno
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from astria_async import AsyncAstria, DownloadError, ParameterError, Prompt, Request, Response, TransportError
from astria_async.testing import MockTransport, VirtualClock

pytestmark = pytest.mark.anyio
PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 1000
PROMPT = Prompt(id=5, images=("https://mp.astria.ai/a", "https://mp.astria.ai/b"))


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def client(clock: VirtualClock) -> Callable[[Any], AsyncAstria]:
    def make(handler: Any) -> AsyncAstria:
        transport = handler if hasattr(handler, "stream") else MockTransport(handler)
        return AsyncAstria("sd_test", transport=transport, clock=clock, random=random.Random(1))

    return make


class Pictures:
    """Answers in turn, the last for ever; keeps the requests."""

    def __init__(self, *answers: Response | TransportError) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, TransportError):
            raise answer
        return answer


def picture(body: bytes = PNG, kind: str = "image/png") -> Response:
    return Response(status=200, headers={"content-type": kind, "content-length": str(len(body))}, body=body)


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_pictures_are_named_by_prompt_number_and_kind(client: Any, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "pictures"
    paths = await client(Pictures(picture(), picture(b"\xff\xd8\xffjpeg"))).prompts.download(PROMPT, folder)
    assert paths == [folder / "5-1.png", folder / "5-2.jpg"]
    assert paths[0].read_bytes() == PNG
    assert left_in(folder) == ["5-1.png", "5-2.jpg"]


@pytest.mark.parametrize(
    ("body", "kind", "name"),
    [(b"unknown", "image/webp; q=1", "5-1.webp"), (PNG, "text/plain", "5-1.png"), (b"?", "", "5-1.bin")],
)
async def test_the_first_bytes_tell_the_kind_else_the_content_type(
    body: bytes, kind: str, name: str, client: Any, tmp_path: Path
) -> None:
    await client(Pictures(picture(body, kind))).prompts.download(Prompt(id=5, images=("https://x.y/a",)), tmp_path)
    assert left_in(tmp_path) == [name]


async def test_the_key_is_not_sent_to_the_pictures_host(client: Any, tmp_path: Path) -> None:
    pictures = Pictures(picture())
    await client(pictures).prompts.download(PROMPT, tmp_path)
    assert all("authorization" not in request.headers for request in pictures.requests)


async def test_a_picture_that_breaks_off_is_fetched_again(client: Any, tmp_path: Path) -> None:
    short = Response(status=200, headers={"content-length": str(len(PNG))}, body=PNG[:100])
    pictures = Pictures(short, TransportError("reset", request_was_sent=True), picture(), picture())
    paths = await client(pictures).prompts.download(PROMPT, tmp_path)
    assert [path.read_bytes() for path in paths] == [PNG, PNG]
    assert len(pictures.requests) == 4


async def test_a_packed_pictures_length_is_not_compared(client: Any, tmp_path: Path) -> None:
    packed = Response(status=200, headers={"content-encoding": "gzip", "content-length": "3"}, body=PNG)
    assert await client(Pictures(packed)).prompts.download(PROMPT, tmp_path)


async def test_a_redirect_is_followed_and_one_without_end_is_not(client: Any, tmp_path: Path) -> None:
    to = Response(status=302, headers={"location": "/c"})
    pictures = Pictures(to, picture(), picture())
    await client(pictures).prompts.download(PROMPT, tmp_path)
    assert [request.url for request in pictures.requests][:2] == ["https://mp.astria.ai/a", "https://mp.astria.ai/c"]
    with pytest.raises(DownloadError, match="redirected without end"):
        await client(Pictures(to)).prompts.download(PROMPT, tmp_path)


async def test_what_is_gone_is_one_clear_error_and_leaves_nothing(client: Any, tmp_path: Path) -> None:
    pictures = Pictures(Response(status=404, body=b"gone"))
    with pytest.raises(DownloadError, match="https://mp.astria.ai/a could not be fetched: answered 404") as caught:
        await client(pictures).prompts.download(PROMPT, tmp_path)
    assert (caught.value.status, caught.value.url) == (404, "https://mp.astria.ai/a")
    assert left_in(tmp_path) == []
    assert len(pictures.requests) == 1


async def test_what_never_comes_whole_leaves_nothing(client: Any, tmp_path: Path) -> None:
    short = Response(status=200, headers={"content-length": "999"}, body=PNG[:100])
    with pytest.raises(DownloadError, match="only 100 of 999 bytes came"):
        await client(Pictures(short)).prompts.download(PROMPT, tmp_path)
    assert left_in(tmp_path) == []


async def test_a_full_disk_leaves_the_older_file_as_it_was(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "5-1.png").write_bytes(b"older")

    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        await client(Pictures(picture())).prompts.download(PROMPT, tmp_path)
    assert left_in(tmp_path) == ["5-1.png"]
    assert (tmp_path / "5-1.png").read_bytes() == b"older"


class Silent:
    """A transport whose body begins and never goes on."""

    async def send(self, request: Request) -> Response:
        raise AssertionError(request)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[Silent]:
        yield self

    status = 200
    headers: Mapping[str, str] = {}

    async def chunks(self) -> AsyncIterator[bytes]:
        yield b"x"
        await anyio.sleep_forever()

    async def aclose(self) -> None: ...


async def test_a_body_that_stops_coming_is_given_up_in_the_end(
    client: Any, tmp_path: Path, clock: VirtualClock
) -> None:
    with pytest.raises(DownloadError, match="nothing came for 60 s"):
        await client(Silent()).prompts.download(PROMPT, tmp_path)
    assert left_in(tmp_path) == []
    assert clock.monotonic() > 6 * 60


async def test_a_cancelled_download_leaves_nothing(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(client(Silent()).prompts.download, PROMPT, tmp_path)
        await clock.sleep(1)
        assert left_in(tmp_path) != []
        tasks.cancel_scope.cancel()
    assert left_in(tmp_path) == []


async def test_a_prompt_given_by_id_is_read_first(client: Any, tmp_path: Path) -> None:
    read = Response.of_json(200, {"id": 5, "images": ["https://mp.astria.ai/a"]})
    assert len(await client(Pictures(read, picture())).prompts.download(5, tmp_path)) == 1


async def test_a_prompt_without_pictures_is_refused(client: Any, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"5 has no pictures \(pending\); wait for it first"):
        await client(Pictures(Response.of_json(200, {"id": 5}))).prompts.download(Prompt(id=5), tmp_path)
