"""Pictures onto the disk: streamed, retried, without credentials, and under their final name only once whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from urllib.parse import urljoin

import anyio
from attrs import define, field

from .._codec import extension_for
from .._threads import in_thread
from .._wire import Clock, Middleware, RandomSource, Request, Response, ResponseStream, Timeout, Transport
from ..errors import DownloadError, TransportError
from ..middleware.compose import compose

#: Pictures lie behind a redirect on some hosts; more hops than this are a loop.
MAX_REDIRECTS = 5
#: Bytes gathered before they are written: a thread for each of the 64 kB that come at a time takes half of the time.
AT_LEAST = 256 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)


@define
class Downloads:
    """Fetches URLs into files. `layers` are those of middleware that suit a download: none that knows the key."""

    transport: Transport
    layers: Sequence[Middleware]
    clock: Clock
    random: RandomSource
    headers: Mapping[str, str]

    async def save(self, urls: Sequence[str], folder: Path, stem: str, timeout: Timeout) -> list[Path]:
        """Each URL as `folder/<stem>-<number from 1>.<extension>`, the folder made where it is missing.

        The extension is told by the first bytes, else by the Content-Type: the URLs have none [D]. A file of the same
        name is replaced. Raises DownloadError for what cannot be fetched; OSError where the disk refuses.
        """
        await in_thread(lambda: folder.mkdir(parents=True, exist_ok=True))
        paths: list[Path] = []
        for number, url in enumerate(urls, 1):
            paths.append(await self._save(url, folder, f"{stem}-{number}", timeout))
        return paths

    async def _save(self, url: str, folder: Path, stem: str, timeout: Timeout) -> Path:
        part = folder / f".{stem}.{self.random.getrandbits(32):08x}.part"
        fetch = _Fetch(self.transport, self.clock, part)
        request = Request(
            method="GET", url=url, operation="download", headers=self.headers, timeout=timeout, credentials=False
        )
        status: int | None = None
        try:
            response = await compose(self.layers, fetch)(request)
            if response.status == 200:
                return await in_thread(fetch.into_place, folder, stem)
            status, problem = response.status, f"answered {response.status}"
        except TransportError as error:
            problem = str(error)
        finally:
            with anyio.CancelScope(shield=True):
                await in_thread(lambda: part.unlink(missing_ok=True))
        raise DownloadError(f"{url} could not be fetched: {problem}", url=url, status=status)


@define
class _Fetch:
    """A `Send` that writes the body into a file, anew at each attempt, and returns the answer without it.

    `timeout.attempt` bounds each silence, not the whole: a long video may take longer than that.
    """

    transport: Transport
    clock: Clock
    part: Path
    extension: str = field(default="bin", init=False)

    async def __call__(self, request: Request) -> Response:
        first = request
        for _ in range(1 + MAX_REDIRECTS):
            async with AsyncExitStack() as stack:
                with self._silence(request):
                    stream = await stack.enter_async_context(self.transport.stream(request))
                if stream.status not in _REDIRECTS or "location" not in stream.headers:
                    return await self._taken(stream, request)
                request = request.but(url=urljoin(request.url, stream.headers["location"]))
        raise DownloadError(f"{first.url} could not be fetched: it is redirected without end", url=first.url)

    def into_place(self, folder: Path, stem: str) -> Path:
        """Give the whole file its name. Blocks: call it in a thread."""
        path = folder / f"{stem}.{self.extension}"
        self.part.replace(path)
        return path

    async def _taken(self, stream: ResponseStream, request: Request) -> Response:
        if stream.status != 200:
            return Response(status=stream.status, headers=stream.headers)
        written = await self._written(stream, request)
        length = None if "content-encoding" in stream.headers else stream.headers.get("content-length")
        if length is not None and str(written) != length:
            raise TransportError(f"only {written} of {length} bytes came", request_was_sent=True)
        return Response(status=200, headers=stream.headers)

    async def _written(self, stream: ResponseStream, request: Request) -> int:
        file = await in_thread(self.part.open, "wb")
        chunks, written, head = stream.chunks(), 0, b""
        kept: list[bytes] = []
        size = 0
        try:
            while True:
                with self._silence(request):
                    chunk = await anext(chunks, None)
                if chunk is not None:
                    head = head or chunk[:16]
                    kept.append(chunk)
                    size += len(chunk)
                if size >= AT_LEAST or chunk is None:
                    await in_thread(file.write, b"".join(kept))
                    written += size
                    kept, size = [], 0
                if chunk is None:
                    break
                del chunk  # not held while the next one comes
        finally:
            with anyio.CancelScope(shield=True):
                await in_thread(file.close)
        self.extension = extension_for(stream.headers.get("content-type", ""), head)
        return written

    @contextmanager
    def _silence(self, request: Request) -> Iterator[None]:
        failure: TransportError
        try:
            with self.clock.fail_after(request.timeout.attempt):
                yield
            return
        except TimeoutError:
            failure = TransportError(f"nothing came for {request.timeout.attempt:g} s", request_was_sent=True)
        raise failure
