"""What comes over the wire: its kind, its length, its pace, and the way to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async import DownloadError, Prompt, Request, Response, Timeout, TransportError
from astria_async.middleware.attempt_timeout import LEAST_RATE
from astria_async.testing import VirtualClock
from astria_async.waiting import _fetch
from astria_async.waiting._fetch import MAX_REDIRECTS, RefusedError, _extension_of

from .replies import JPEG, PNG, Pause, Replies, SlowTransport, image

pytestmark = pytest.mark.anyio
ONE = Prompt(id=5, images=("https://mp.astria.ai/a",))


def redirect(location: str, status: int = 302) -> Response:
    return Response(status=status, headers={"location": location})


async def problem_with(client: Any, transport: Any, folder: Path, **more: Any) -> str:
    """What the DownloadError says; nothing is left in the folder."""
    with pytest.raises(DownloadError) as caught:
        await client(transport, **more).prompts.download(ONE, folder)
    assert not [*folder.iterdir()]
    return str(caught.value)


# --- Its kind.


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (PNG, "5-1.png"), (JPEG, "5-1.jpg"), (b"GIF89a" + bytes(9), "5-1.gif"), (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "5-1.webp"),
        (b"\x00\x00\x00\x18ftypisom" + bytes(99), "5-1.mp4"), (b"\x00\x00\x00\x18ftypqt  " + bytes(99), "5-1.mov"),
        (b"\x1a\x45\xdf\xa3" + bytes(99), "5-1.webm"), (b"\x00\x00\x00\x18ftypavif" + bytes(99), "5-1.avif"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["text/plain", "", "text/html; charset=utf-8"])
async def test_the_first_bytes_give_the_extension(
    body: bytes, name: str, kind: str, client: Any, tmp_path: Path
) -> None:
    (path,) = await client(Replies(image(body, kind))).prompts.download(ONE, tmp_path)
    assert (path.name, path.read_bytes()) == (name, body)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"?", b"<html>Please log in</html>", b"<?xml version='1.0'?><Error/>", b'{"error": "expired"}', b"\n\n  <!DOCTYPE html>",
        b"\xef\xbb\xbf<html>", b"Access denied", b"%PDF-1.7\n", b"PK\x03\x04", b"<svg xmlns='x'/>", b"\x1f\x8b\x08\x00",
        b"ID3\x04\x00", b"OggS\x00", b"\x00\x00\x00\x18ftypM4A ", bytes(1000), b"\xff\xd8", b"\x89PN",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["image/jpeg", "text/html"])
async def test_what_is_not_image_or_video_is_refused_at_once(
    body: bytes, kind: str, client: Any, tmp_path: Path, clock: VirtualClock
) -> None:
    said = await problem_with(client, Replies(image(body, kind)), tmp_path)
    assert ("it is not an image or a video" in said) == bool(body)
    assert "\n" not in said
    assert clock.monotonic() == 0


@given(st.text(min_size=1, max_size=80).map(str.encode))
def test_no_text_is_taken_for_an_image(body: bytes) -> None:
    if not body.startswith((b"GIF8", b"RIFF")) and body[4:8] != b"ftyp" and body[8:12] != b"WEBP":
        with pytest.raises(RefusedError):
            _extension_of(body, "image/png")


async def test_kind_is_known_even_if_bytes_come_one_by_one(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    transport = SlowTransport(clock, lambda: [b"", *(bytes([byte]) for byte in PNG[:200])])
    (path,) = await client(transport).prompts.download(ONE, tmp_path)
    assert path.read_bytes() == PNG[:200]


async def test_a_refused_body_is_not_read_on(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    read: list[int] = []

    def body() -> Any:
        for number in range(1000):
            read.append(number)
            yield b"<html>" * 100

    await problem_with(client, SlowTransport(clock, body), tmp_path)
    assert read == [0]


# --- Its length.


async def test_an_image_without_length_is_taken_to_its_end(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    transport = SlowTransport(clock, lambda: [PNG, b"more"])
    (path,) = await client(transport).prompts.download(ONE, tmp_path)
    assert path.read_bytes() == PNG + b"more"


@pytest.mark.parametrize("length", [str(len(PNG) + 1), str(len(PNG) - 1), "0"])
async def test_a_wrong_length_is_tried_again_and_refused(
    length: str, client: Any, tmp_path: Path, clock: VirtualClock
) -> None:
    transport = SlowTransport(clock, lambda: [PNG], {"content-length": length})
    assert f"only {len(PNG)} of {length} bytes" in await problem_with(client, transport, tmp_path)
    assert len(transport.requests) == 6


@pytest.mark.parametrize("coding", ["gzip", "br, gzip"])
async def test_the_length_of_a_coded_answer_is_not_compared(coding: str, client: Any, tmp_path: Path) -> None:
    packed = Response(status=200, headers={"content-encoding": coding, "content-length": "3"}, body=PNG)
    assert await client(Replies(packed)).prompts.download(ONE, tmp_path)
    plain = Response(status=200, headers={"content-encoding": "Identity", "content-length": "3"}, body=PNG)
    await problem_with(client, Replies(plain), tmp_path / "plain")


@pytest.mark.parametrize("is_said", [True, False])
async def test_too_large_a_body_is_refused_at_once(
    is_said: bool, client: Any, tmp_path: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless() -> Any:
        yield PNG
        while True:
            yield bytes(64 * 1024)

    length = {"content-length": str(_fetch.MAX_BYTES + 1)} if is_said else {}
    astria = client(SlowTransport(clock, endless, length))
    astria._core.downloads.max_bytes = _fetch.MAX_BYTES if is_said else 1024 * 1024
    with pytest.raises(DownloadError, match="it has more than [0-9]+ bytes"):
        await astria.prompts.download(ONE, tmp_path)
    assert clock.monotonic() == 0
    assert not [*tmp_path.iterdir()]


# --- Its pace.


async def test_body_that_stops_coming_is_given_up_in_the_end(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    transport = SlowTransport(clock, lambda: [PNG, Pause(1000)])
    assert "nothing came for 60 s" in await problem_with(client, transport, tmp_path)
    assert len(transport.requests) == 6


async def test_a_drip_is_given_up(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    def drip() -> Any:
        yield PNG[:64]
        while True:
            yield b"x" * 100
            yield Pause(1)

    said = await problem_with(client, SlowTransport(clock, drip), tmp_path, timeout=Timeout(attempt=10, total=10.5))
    assert "bytes came in 10.0 s; 1000 a second is the least" in said
    said = await problem_with(client, SlowTransport(clock, drip), tmp_path, timeout=Timeout(attempt=10, total=15))
    assert "(Timeout.total); give it more. The attempt before failed: only 1" in said


async def test_a_slow_body_may_take_longer_than_an_attempt(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    def slow() -> Any:
        yield PNG
        for _ in range(300):
            yield b"x" * int(LEAST_RATE * 2)
            yield Pause(1.9)

    transport = SlowTransport(clock, slow)
    await client(transport, timeout=Timeout(attempt=10)).prompts.download(ONE, tmp_path)
    assert clock.monotonic() == pytest.approx(570)
    assert len(transport.requests) == 1


# --- The way to it.


async def test_a_redirect_is_followed(client: Any, tmp_path: Path) -> None:
    images = Replies(redirect("/c"), redirect("https://cdn.astria.ai/d?q", 307), image())
    await client(images).prompts.download(ONE, tmp_path)
    assert [request.url for request in images.requests] == [
        "https://mp.astria.ai/a", "https://mp.astria.ai/c", "https://cdn.astria.ai/d?q",
    ]  # fmt: skip


async def test_a_redirect_without_end_is_not_followed_for_ever(client: Any, tmp_path: Path) -> None:
    images = Replies(redirect("/c"))
    assert f"it is redirected more than {MAX_REDIRECTS} times" in await problem_with(client, images, tmp_path)
    assert len(images.requests) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "location",
    [
        "http://[oops/", "http://mp.astria.ai/a", "ftp://x.y/a", "file:///etc/passwd", "https://169.254.169.254/", "https://x.y:0/",
        "https://localhost/a", "https://[::ffff:10.0.0.1]/", "//127.0.0.1/a", "https://0x7f000001/", "data:,x", "https://x y/",
    ],
)  # fmt: skip
async def test_a_redirect_that_leads_astray_is_told_at_once(
    location: str, client: Any, tmp_path: Path, clock: VirtualClock
) -> None:
    images = Replies(redirect(location))
    said = await problem_with(client, images, tmp_path)
    assert said.startswith("https://mp.astria.ai/a could not be fetched: it is redirected to ")
    assert len(images.requests) == 1
    assert clock.monotonic() == 0


async def test_a_redirect_without_location_is_its_status(client: Any, tmp_path: Path) -> None:
    for reply in (Response(status=302), redirect(""), Response(status=300)):
        assert f"answered {reply.status}" in await problem_with(client, Replies(reply), tmp_path)


# --- A transport of the user's own.


@pytest.mark.parametrize(
    "error", [ValueError("mine"), ConnectionResetError("mine"), TimeoutError("mine"), KeyError("mine")]
)
@pytest.mark.parametrize("where", ["begin", "body", "end"])
async def test_a_foreign_exception_is_tried_again_and_told(
    error: Exception, where: str, client: Any, tmp_path: Path, clock: VirtualClock
) -> None:
    class Foreign(SlowTransport):
        @asynccontextmanager
        async def stream(self, request: Request) -> AsyncIterator[SlowTransport]:
            self.requests.append(request)
            if where == "begin":
                raise error
            yield self
            if where == "end":
                raise error

    transport = Foreign(clock, lambda: [PNG, error] if where == "body" else [PNG])
    said = await problem_with(client, transport, tmp_path)
    assert f"{type(error).__name__}: " in said
    assert "\n" not in said
    assert len(transport.requests) == 6


async def test_body_that_is_not_bytes_is_error_of_transport(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    assert "TypeError" in await problem_with(client, SlowTransport(clock, lambda: [PNG, "text"]), tmp_path)
    (path,) = await client(SlowTransport(clock, lambda: [bytearray(PNG), memoryview(b"x")])).prompts.download(
        ONE, tmp_path
    )
    assert path.read_bytes() == PNG + b"x"


async def test_header_names_may_be_in_upper_case(client: Any, tmp_path: Path, clock: VirtualClock) -> None:
    transport = SlowTransport(clock, lambda: [PNG], {"Content-Length": "99999"})
    assert "of 99999 bytes" in await problem_with(client, transport, tmp_path)
    moved = SlowTransport(clock, lambda: [PNG], {"Location": "ftp://x.y/"}, status=301)
    assert "redirected to ftp://x.y/" in await problem_with(client, moved, tmp_path)


async def test_a_transport_error_keeps_its_words(client: Any, tmp_path: Path) -> None:
    refused = TransportError("connection refused", request_was_sent=False)
    assert "could not be fetched: connection refused" in await problem_with(client, Replies(refused), tmp_path)
