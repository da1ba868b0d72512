"""Images onto the disk: whole or not at all, under the right name, without the key, within the call's time."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest

from astria_async import (
    AsyncAstria,
    DownloadError,
    HttpxTransport,
    Limits,
    ParameterError,
    Prompt,
    Request,
    Response,
    RetryPolicy,
    Timeout,
    TransportError,
)
from astria_async._wiring import DOWNLOADS
from astria_async.downloads import Downloads
from astria_async.downloads.names import DEFAULT
from astria_async.testing import MockTransport, VirtualClock

from ...support.replies import JPEG, PNG, Pause, Replies, SlowTransport, image

pytestmark = pytest.mark.anyio
PROMPT = Prompt(id=5, images=("https://mp.astria.ai/a", "https://mp.astria.ai/b"))
ONE = Prompt(id=5, images=("https://mp.astria.ai/a",))


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_images_are_named_by_prompt_number_and_kind(client: Any, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "images"
    bodies = {"/a": PNG, "/b": JPEG}
    paths = await client(lambda request: image(bodies[request.path])).prompts.download(PROMPT, folder)
    assert paths == [folder / "5-1.png", folder / "5-2.jpg"]
    assert [path.read_bytes() for path in paths] == [PNG, JPEG]
    assert names_in(folder) == ["5-1.png", "5-2.jpg"]


async def test_images_of_a_prompt_come_side_by_side(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    async def slowest_first(request: Request) -> Response:
        await clock.sleep(10 - int(request.path[1:]))
        return image(PNG + request.path.encode())

    prompt = Prompt(id=5, images=tuple(f"https://mp.astria.ai/{number}" for number in range(8)))
    paths = await client(slowest_first).prompts.download(prompt, tmp_path)
    assert [path.read_bytes()[-2:] for path in paths] == [b"/%d" % number for number in range(8)]
    assert clock.monotonic() == 10


async def test_downloads_have_a_limiter_of_their_own(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    async def slow(request: Request) -> Response:
        await clock.sleep(10)
        return image()

    prompt = Prompt(id=5, images=("https://mp.astria.ai/a",) * (2 * DOWNLOADS + 1))
    await client(slow, limits=Limits(max_in_flight=1)).prompts.download(prompt, tmp_path)
    assert clock.monotonic() == 30


async def test_the_key_is_not_sent_to_the_images_host(client: Any, tmp_path: Path) -> None:
    images = Replies(image())
    await client(images).prompts.download(PROMPT, tmp_path)
    assert len(images.requests) == 2
    for request in images.requests:
        assert "authorization" not in request.headers
        assert request.headers["accept-encoding"] == "identity"


async def test_an_image_that_breaks_off_is_fetched_again(client: Any, tmp_path: Path) -> None:
    short = Response(status=200, headers={"content-length": str(len(PNG))}, body=PNG[:100])
    images = Replies(short, TransportError("reset", request_was_sent=True), ValueError("foreign"), image())
    (path,) = await client(images).prompts.download(ONE, tmp_path)
    assert path.read_bytes() == PNG
    assert len(images.requests) == 4
    assert names_in(tmp_path) == ["5-1.png"]


async def test_an_image_that_is_gone_is_one_clear_error(client: Any, tmp_path: Path) -> None:
    images = Replies(Response(status=404, body=b"gone"))
    with pytest.raises(
        DownloadError, match=r"https://mp\.astria\.ai/a could not be fetched: answered 404 \(.*read "
    ) as caught:
        await client(images).prompts.download(ONE, tmp_path)
    assert (caught.value.status, caught.value.url) == (404, "https://mp.astria.ai/a")
    assert [attempt.result for attempt in caught.value.attempts] == ["404"]
    assert names_in(tmp_path) == []
    assert [request.url for request in images.requests][1:] == ["https://api.astria.ai/prompts/5"]  # read anew, once


@pytest.mark.parametrize("reply", [Response(status=204), Response(status=206, body=PNG), Response(status=304)])
async def test_an_answer_other_than_200_is_not_an_image(reply: Response, client: Any, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=f"answered {reply.status}"):
        await client(Replies(reply)).prompts.download(ONE, tmp_path)


async def test_what_never_comes_whole_leaves_nothing(client: Any, tmp_path: Path) -> None:
    short = Response(status=200, headers={"content-length": "999"}, body=PNG[:100])
    with pytest.raises(DownloadError, match="only 100 of 999 bytes came") as caught:
        await client(Replies(short)).prompts.download(ONE, tmp_path)
    assert names_in(tmp_path) == []
    assert len(caught.value.attempts) == 6


async def test_the_first_failure_ends_the_others_and_keeps_whole_files(
    client: Any, tmp_path: Path, clock: VirtualClock
) -> None:
    async def service(request: Request) -> Response:
        await clock.sleep({"/a": 1, "/b": 2, "/c": 3}[request.path])
        return Response(status=404) if request.path == "/b" else image()

    prompt = Prompt(id=5, images=tuple(f"https://mp.astria.ai/{letter}" for letter in "abc"))
    with pytest.raises(DownloadError, match=r"astria\.ai/b could not"):
        await client(service).prompts.download(prompt, tmp_path)
    assert clock.monotonic() == 2
    assert names_in(tmp_path) == ["5-1.png"]


# --- How long it takes.


async def never_ending(clock: VirtualClock) -> SlowTransport:
    def body() -> Any:
        yield PNG
        while True:
            yield b"x" * 60_000
            yield Pause(1)

    return SlowTransport(clock, body)


async def test_total_bounds_a_body_that_goes_on(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    astria = client(await never_ending(clock), timeout=Timeout(total=30))
    with pytest.raises(DownloadError, match=r"astria\.ai/a could not .*the call's time is over \(Timeout\.total\)"):
        await astria.prompts.download(PROMPT, tmp_path)
    assert clock.monotonic() == 30
    assert names_in(tmp_path) == []


async def test_without_total_the_retry_policy_bounds_a_download(
    client: Any, tmp_path: Path, clock: VirtualClock
) -> None:
    astria = client(await never_ending(clock), retry=RetryPolicy(max_elapsed=100))
    with pytest.raises(DownloadError, match=r"RetryPolicy\.max_elapsed"):
        await astria.prompts.download(ONE, tmp_path)
    assert clock.monotonic() == 100


async def test_total_bounds_all_images_and_the_read_before(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    async def slow(request: Request) -> Response:
        await clock.sleep(7)
        if request.path.startswith("/prompts/"):
            return Response.from_json(200, {"id": 5, "images": ["https://mp.astria.ai/a"] * (DOWNLOADS + 1)})
        return image()

    with pytest.raises(DownloadError, match=r"Timeout\.total"):
        await client(slow, timeout=Timeout(total=20)).prompts.download(5, tmp_path)
    assert clock.monotonic() == 20
    assert len(names_in(tmp_path)) == DOWNLOADS, "so many come side by side, and the last one is late"


async def test_total_bounds_the_retries(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    with pytest.raises(DownloadError, match="answered 503"):
        await client(Replies(Response(status=503)), timeout=Timeout(total=40)).prompts.download(ONE, tmp_path)
    assert clock.monotonic() <= 40


async def test_a_cancelled_download_leaves_nothing(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    transport = SlowTransport(clock, lambda: [PNG, Pause(1000)])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(client(transport).prompts.download, PROMPT, tmp_path)
        await clock.sleep(1)
        assert len(names_in(tmp_path)) == 2
        tasks.cancel_scope.cancel()
    assert names_in(tmp_path) == []


# --- Where from.


async def test_a_private_address_is_not_asked_at_all(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    images = Replies(image())
    for url in (
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost:9/a",
        "file:///etc/passwd",
        "ftp://x.y/a",
    ):
        with pytest.raises(DownloadError):
            await client(images).prompts.download(Prompt(id=5, images=(url,)), tmp_path)
    assert not images.requests
    assert clock.monotonic() == 0


async def test_names_are_resolved_only_for_a_transport_on_a_network(tmp_path: Path, clock: VirtualClock) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["10.0.0.1"]

    def downloads(transport: Any) -> Downloads:
        return Downloads(transport, [], clock, {}, "https://api.astria.ai", 900.0, resolve)

    urls = ["https://mp.astria.ai/a"]
    await downloads(MockTransport(Replies(image()))).save(urls, tmp_path, 1, DEFAULT, Timeout(), deadline=9.0)
    assert not asked
    slow = SlowTransport(clock, lambda: [PNG], resolves_names=True)
    with pytest.raises(DownloadError, match=r"mp\.astria\.ai resolves to 10\.0\.0\.1"):
        await downloads(slow).save(urls, tmp_path, 2, DEFAULT, Timeout(), deadline=9.0)
    assert asked == ["mp.astria.ai"]
    assert not slow.requests


def test_the_transports_of_the_sdk_say_that_they_resolve_names() -> None:
    from astria_async.transports import AiohttpTransport, PyreqwestTransport

    assert HttpxTransport.resolves_names
    assert AiohttpTransport.resolves_names
    assert PyreqwestTransport.resolves_names


async def test_an_error_shows_no_password_and_no_signature(client: Any, tmp_path: Path) -> None:
    url = "https://user:pass@mp.astria.ai/a?X-Signature=secret"
    for reply in (
        Response(status=403),
        Response(status=302, headers={"location": "http://me:pass@x.y/?sig=secret"}),
        TransportError(f"cannot reach {url}", request_was_sent=False),
    ):
        with pytest.raises(DownloadError) as caught:
            await client(Replies(reply)).prompts.download(Prompt(id=5, images=(url,)), tmp_path)
        told = f"{caught.value!r} {caught.value} {vars(caught.value)}"
        assert "secret" not in told
        assert "pass" not in told
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


# --- Which prompt.


async def test_a_prompt_given_by_id_is_read_first(client: Any, tmp_path: Path) -> None:
    read = Response.from_json(200, {"id": 5, "images": ["https://mp.astria.ai/a"]})
    assert len(await client(Replies(read, image())).prompts.download(5, tmp_path)) == 1


async def test_a_prompt_without_images_is_refused(client: Any, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"5 has no images \(pending\); wait for it first"):
        await client(Replies(Response.from_json(200, {"id": 5}))).prompts.download(Prompt(id=5), tmp_path)


async def test_a_clients_views_download_as_it_does(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    astria: AsyncAstria = client(await never_ending(clock)).with_options(timeout=Timeout(total=5))
    with pytest.raises(DownloadError, match=r"Timeout\.total"):
        await astria.prompts.download(ONE, tmp_path)
    assert clock.monotonic() == 5
