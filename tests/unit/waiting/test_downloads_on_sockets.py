"""Downloads over real sockets, on each transport: what is cut off is never taken for whole."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from astria_async import AsyncAstria, DownloadError, Prompt, RetryPolicy, Transport

from ...support.transports import ALL, Carrier, over
from .replies import PNG

pytestmark = over(ALL)


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is reached directly, whatever this machine's settings are."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Server:
    """Answers every request with the same bytes, and hangs up."""

    def __init__(self, answer: bytes, port: int) -> None:
        self.answer = answer
        self.url = f"http://127.0.0.1:{port}"
        self.heads: list[str] = []

    async def handle(self, stream: SocketStream) -> None:
        async with stream:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += await stream.receive()
            self.heads.append(head.decode().lower())
            with suppress(anyio.BrokenResourceError):  # the client has read enough
                await stream.send(self.answer)


@asynccontextmanager
async def serving(head: str, body: bytes) -> AsyncIterator[Server]:
    """A server whose answer has these header lines, the first of which is the status line."""
    answer = head.encode().replace(b"\n", b"\r\n") + b"\r\n\r\n" + body
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as tasks:
        server = Server(answer, listener.extra(SocketAttribute.local_port))
        tasks.start_soon(listener.serve, server.handle)
        yield server
        tasks.cancel_scope.cancel()


@pytest.fixture
async def transport(carrier: Carrier, no_proxy: None) -> AsyncIterator[Transport]:
    async with carrier.opened() as transport:
        yield transport


async def download(transport: Transport, server: Server, folder: Path, *, base_url: str | None = None) -> bytes:
    astria = AsyncAstria(
        "sd_test", base_url=base_url or server.url, transport=transport, retry=RetryPolicy(max_attempts=1)
    )
    (path,) = await astria.prompts.download(Prompt(id=5, images=(f"{server.url}/a",)), folder)
    return path.read_bytes()


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f"HTTP/1.1 200 OK\ncontent-length: {len(PNG)}", PNG),
        ("HTTP/1.1 200 OK\ntransfer-encoding: chunked", chunked(PNG[:99], PNG[99:], b"")),
        ("HTTP/1.1 200 OK\nconnection: close", PNG),
        (
            "HTTP/1.1 200 OK\ncontent-encoding: gzip\ntransfer-encoding: chunked",
            chunked(gzip.compress(PNG), b""),
        ),
    ],
    ids=["a length", "chunks", "neither", "a coding that was not asked for"],
)
async def test_a_whole_image_is_kept(
    head: str, body: bytes, carrier: Carrier, transport: Transport, tmp_path: Path
) -> None:
    async with serving(head, body) as server:
        assert await download(transport, server, tmp_path) == PNG
    assert "accept-encoding: identity\r\n" in server.heads[0]
    assert "authorization" not in server.heads[0]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f"HTTP/1.1 200 OK\ncontent-length: {len(PNG)}", PNG[:-1]),
        ("HTTP/1.1 200 OK\ntransfer-encoding: chunked", chunked(PNG)),
        ("HTTP/1.1 200 OK\ntransfer-encoding: chunked", chunked(PNG)[:-9]),
    ],
    ids=["a length", "no last chunk", "half a chunk"],
)
async def test_an_image_that_is_cut_off_is_not_kept(
    head: str, body: bytes, carrier: Carrier, transport: Transport, tmp_path: Path
) -> None:
    async with serving(head, body) as server:
        with pytest.raises(DownloadError, match=r"^http://127\.0\.0\.1:\d+/a could not be fetched: "):
            await download(transport, server, tmp_path)
    assert not [*tmp_path.iterdir()]


# httpx leaves generators of its own open if a body is not read to its end, of which trio warns.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_page_is_not_kept(carrier: Carrier, transport: Transport, tmp_path: Path) -> None:
    async with serving("HTTP/1.1 200 OK\ncontent-type: image/png\nconnection: close", b"<html>" * 99_999) as server:
        with pytest.raises(DownloadError, match="it is not an image or a video"):
            await download(transport, server, tmp_path)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("location", ["http://169.254.169.254/", "http://[oops/", "file:///etc/passwd"])
async def test_a_redirect_that_leads_astray_is_told(
    location: str, carrier: Carrier, transport: Transport, tmp_path: Path
) -> None:
    async with serving(f"HTTP/1.1 302 Found\nlocation: {location}\ncontent-length: 0", b"") as server:
        with pytest.raises(DownloadError, match="it is redirected to "):
            await download(transport, server, tmp_path)
    assert len(server.heads) == 1


async def test_loopback_is_not_asked_for_a_base_url_elsewhere(
    carrier: Carrier, transport: Transport, tmp_path: Path
) -> None:
    async with serving(f"HTTP/1.1 200 OK\ncontent-length: {len(PNG)}", PNG) as server:
        with pytest.raises(DownloadError, match=r"its host is 127\.0\.0\.1, which is not a public address"):
            await download(transport, server, tmp_path, base_url="https://api.astria.ai")
    assert not server.heads
