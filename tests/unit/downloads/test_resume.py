"""A download that was broken off goes on where it ended, and never mixes two files."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from astria_async import AsyncAstria, DownloadError, Middleware, Prompt, Request, Response, RetryPolicy
from astria_async.testing import VirtualClock

from ...support.replies import JPEG, PNG

pytestmark = pytest.mark.anyio
ONE = Prompt(id=5, images=("https://mp.astria.ai/a",))


@define
class Store:
    """A host of images that knows Range and If-Range, and breaks an answer off after so many bytes, in turn."""

    content: bytes = PNG
    etag: str | None = '"v1"'
    breaks: list[int | None] = field(factory=list)
    knows_ranges: bool = True
    tells_length: bool = True
    lies: int = 0  # by how many bytes the length is wrong
    sent: int = 0
    requests: list[Request] = field(factory=list)
    then: Callable[[Store], None] = field(default=lambda store: None)  # after each request
    resolves_names = False

    async def send(self, request: Request) -> Response:
        raise AssertionError(request)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[Answer]:
        self.requests.append(request)
        begin, status = 0, 200
        wanted = request.headers.get("range", "")
        if wanted and self.knows_ranges and request.headers.get("if-range") == self.etag:
            begin, status = int(wanted.removeprefix("bytes=").removesuffix("-")), 206
        headers = {} if self.etag is None else {"etag": self.etag}
        if begin >= len(self.content) and status == 206:
            status, rest = 416, b""
        else:
            rest = self.content[begin:]
        if status == 206:
            headers["content-range"] = f"bytes {begin}-{len(self.content) - 1}/{len(self.content)}"
        if self.tells_length:
            headers["content-length"] = str(len(rest) + self.lies)
        try:
            yield Answer(self, status, headers, rest, self.breaks.pop(0) if self.breaks else None)
        finally:
            self.then(self)

    async def aclose(self) -> None: ...


@define
class Answer:
    store: Store
    status: int
    headers: dict[str, str]
    rest: bytes
    breaks: int | None

    async def chunks(self) -> AsyncIterator[bytes]:
        end = len(self.rest) if self.breaks is None else min(self.breaks, len(self.rest))
        for at in range(0, end, 1000):
            chunk = self.rest[at : min(at + 1000, end)]
            self.store.sent += len(chunk)
            yield chunk
        if end < len(self.rest):
            raise ConnectionResetError("reset by peer")


def client(store: Store, clock: VirtualClock, middleware: Sequence[Middleware] = ()) -> AsyncAstria:
    retry = RetryPolicy(max_attempts=8)
    return AsyncAstria(
        "sd_test", transport=store, clock=clock, random=random.Random(1), retry=retry, middleware=middleware
    )


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


async def test_rest_is_asked_for_after_a_break(tmp_path: Path, clock: VirtualClock) -> None:
    store = Store(breaks=[2000, 3000])
    (path,) = await client(store, clock).prompts.download(ONE, tmp_path)
    assert path.read_bytes() == PNG
    assert [request.headers.get("range") for request in store.requests] == [None, "bytes=2000-", "bytes=5000-"]
    assert {request.headers.get("if-range") for request in store.requests[1:]} == {'"v1"'}
    assert store.sent == len(PNG)
    assert names_in(tmp_path) == ["5-1.png"]


async def test_files_that_grow_are_not_given_up(tmp_path: Path, clock: VirtualClock) -> None:
    """Eight attempts a call, and twelve breaks: each has brought something."""
    store = Store(breaks=[500] * 12)
    (path,) = await client(store, clock).prompts.download(ONE, tmp_path)
    assert path.read_bytes() == PNG
    assert store.sent == len(PNG)


async def test_later_process_goes_on_where_an_earlier_one_ended(tmp_path: Path, clock: VirtualClock) -> None:
    store = Store(breaks=[4000] + [0] * 15)
    with pytest.raises(DownloadError, match="reset by peer"):
        await client(store, clock).prompts.download(ONE, tmp_path)
    assert names_in(tmp_path) == [".5-1.part", ".5-1.part.json"]
    (path,) = await client(store, clock).prompts.download(ONE, tmp_path)
    assert path.read_bytes() == PNG
    assert store.sent == len(PNG)
    assert names_in(tmp_path) == ["5-1.png"]


async def test_whole_parts_get_their_name_without_a_request(tmp_path: Path, clock: VirtualClock) -> None:
    """The process was killed between the last byte and the name."""
    (tmp_path / ".5-1.part").write_bytes(PNG)
    (tmp_path / ".5-1.part.json").write_text(json.dumps({"validator": '"v1"', "total": len(PNG)}))
    store = Store()
    assert await client(store, clock).prompts.download(ONE, tmp_path) == [tmp_path / "5-1.png"]
    assert not store.requests


async def test_changed_file_is_fetched_anew(tmp_path: Path, clock: VirtualClock) -> None:
    def change(store: Store) -> None:
        store.content, store.etag = JPEG, '"v2"'

    store = Store(breaks=[4000], then=change)
    (path,) = await client(store, clock).prompts.download(ONE, tmp_path)
    assert (path.name, path.read_bytes()) == ("5-1.jpg", JPEG)


async def test_weak_validators_are_not_resumed(tmp_path: Path, clock: VirtualClock) -> None:
    store = Store(etag='W/"v1"', breaks=[4000])
    (path,) = await client(store, clock).prompts.download(ONE, tmp_path)
    assert path.read_bytes() == PNG
    assert [request.headers.get("range") for request in store.requests] == [None, None]


async def test_old_links_are_read_anew_from_the_prompt_once(tmp_path: Path, clock: VirtualClock) -> None:
    class Both(Store):
        async def send(self, request: Request) -> Response:
            self.requests.append(request)
            images = ["https://mp.astria.ai/new/1", "https://mp.astria.ai/new/2"]
            return Response.from_json(200, {"id": 5, "images": images, "trained_at": "2026-01-01T00:00:00Z"})

        @asynccontextmanager
        async def stream(self, request: Request) -> AsyncIterator[Answer]:
            if "/new/" not in request.url:
                self.requests.append(request)
                yield Answer(self, 403, {}, b"expired", None)
                return
            async with Store.stream(self, request) as answer:
                yield answer

    store = Both()
    prompt = Prompt(id=5, images=("https://mp.astria.ai/1", "https://mp.astria.ai/2"))
    paths = await client(store, clock).prompts.download(prompt, tmp_path)
    assert [path.read_bytes() for path in paths] == [PNG, PNG]
    assert sum(request.path == "/prompts/5" for request in store.requests) == 1


async def test_downloads_pass_the_users_middleware_without_the_key(tmp_path: Path, clock: VirtualClock) -> None:
    seen: list[Request] = []

    async def watch(request: Request, call_next: Any) -> Response:
        seen.append(request)
        response: Response = await call_next(request)
        return response

    store = Store(breaks=[100])
    await client(store, clock, [watch]).prompts.download(ONE, tmp_path)
    assert [request.operation for request in seen] == ["download", "download"]
    assert not any("authorization" in request.headers for request in [*seen, *store.requests])


@pytest.mark.parametrize("passes", [0, 1])
async def test_answers_of_a_middleware_are_no_files(passes: int, tmp_path: Path, clock: VirtualClock) -> None:
    """Not even if the attempt before has left a part, which would get the name of a whole file."""
    passed = 0

    async def instead(request: Request, call_next: Any) -> Response:
        nonlocal passed
        passed += 1
        response: Response = Response(status=200, body=PNG) if passed > passes else await call_next(request)
        return response

    with pytest.raises(DownloadError, match="answered 200"):
        await client(Store(breaks=[3000]), clock, [instead]).prompts.download(ONE, tmp_path)
    assert not [name for name in names_in(tmp_path) if not name.startswith(".")]


SIZES = st.integers(0, 7000)


@given(
    breaks=st.lists(st.none() | SIZES, max_size=9),
    etags=st.lists(st.sampled_from(['"v1"', '"v2"', 'W/"v1"', None]), min_size=1, max_size=5),
    knows_ranges=st.booleans(),
    tells_length=st.booleans(),
    lies=st.sampled_from([0, 0, 0, -1, 1, 500]),
)
def test_any_server_gives_the_whole_file_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, breaks: list[int | None], etags: list[str | None], knows_ranges: bool,
    tells_length: bool, lies: int,
) -> None:  # fmt: skip
    """Whatever breaks, changes or lies: a file under its final name is one that the server has had."""
    folder, contents = tmp_path_factory.mktemp("images"), {'"v1"': PNG, '"v2"': JPEG}

    def change(store: Store) -> None:
        store.etag = etags[len(store.requests) % len(etags)]
        store.content = contents.get(str(store.etag), PNG)

    store = Store(breaks=[*breaks], knows_ranges=knows_ranges, tells_length=tells_length, lies=lies, then=change)

    async def download() -> None:
        for _ in range(2):
            try:
                (path,) = await client(store, VirtualClock()).prompts.download(ONE, folder)
            except DownloadError:
                assert not [name for name in names_in(folder) if not name.startswith(".")]
            else:
                assert path.read_bytes() in (PNG, JPEG)
                assert names_in(folder) == [path.name]

    anyio.run(download)
