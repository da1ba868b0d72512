"""One image or video over the wire into a file: redirects, length, kind and pace are checked on the way."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager

import anyio
from attrs import define, field

from .._codec import sniff
from .._runtime.threads import in_thread
from .._wire import Clock, Request, Response, Transport
from ..errors import AstriaError, RequestTimeoutError, TransportError
from ..middleware.attempt_timeout import LEAST_RATE
from ._addresses import HostCheck
from ._part_file import PartFile
from ._urls import RefusedError, hide_secrets, parse_redirect, parse_target, show_url
from ._whole import TAIL, expected_length, is_ended, validator_in

#: Images lie behind a redirect on some hosts; more redirects than this are a loop.
MAX_REDIRECTS = 5
#: Bytes of one file, decoded. A minute of 4K video at 100 Mbit/s is 750 MB: more than the service makes today [I]. A
#: server that never ends must not fill the disk.
MAX_BYTES = 2 * 1024**3
#: Bytes gathered before they are written: a thread for each of the 64 kB that come at a time takes half of the time.
WRITE_SIZE = 256 * 1024
#: Bytes by which the kind of a file is known. More than `sniff` needs, as they may come one by one.
_HEAD = 64
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18})", re.IGNORECASE)
_REDIRECTS = (301, 302, 303, 307, 308)
#: What `Fetch` returns after a failure that no retry mends: no policy retries this status.
_REFUSED = Response(status=400)


@define
class Fetch:
    """A `Send` that writes the body into a file, and returns the answer without it. An attempt goes on where the one
    before was broken off, if the server says what the file is (a strong ETag, or a Last-Modified) and how long.

    A failure that a retry may mend is raised as TransportError. One that none mends is kept in `failure` (RefusedError,
    or the disk's OSError), so that no layer around it takes it for something else. `last_error` is of the last attempt that
    failed. `timeout.attempt` bounds each silence, not the whole: a long video may take longer than that.
    """

    transport: Transport
    clock: Clock
    hosts: HostCheck
    part: PartFile
    max_bytes: int = MAX_BYTES
    extension: str = field(default="", init=False)
    is_whole: bool = field(default=False, init=False)
    failure: RefusedError | OSError | None = field(default=None, init=False)
    last_error: TransportError | None = field(default=None, init=False)

    async def __call__(self, request: Request) -> Response:
        self.failure, self.is_whole = None, False
        try:
            return await self._follow(request)
        except RefusedError as error:
            self.failure = error
            return _REFUSED
        except TransportError as error:
            text = hide_secrets(str(error))  # a retry logs it
            kind = RequestTimeoutError if isinstance(error, RequestTimeoutError) else TransportError
            shown = error if text == str(error) else kind(text, request_was_sent=error.request_was_sent)
            self.last_error = shown.with_traceback(None)
        raise self.last_error

    async def _follow(self, request: Request) -> Response:
        """Send, and follow redirects. Every host is checked before anything is sent to it."""
        target, where = parse_target(request.url), ""
        for _ in range(1 + MAX_REDIRECTS):
            try:
                await self.hosts.check(target, request.timeout.connect)
                response = await self._send(request.replace(url=target.url))
                location = response.headers.get("location") if response.status in _REDIRECTS else None
                if not location:
                    return response
                where = f"it is redirected to {show_url(location)}: "
                target = parse_redirect(target, location)
            except RefusedError as error:
                problem = f"{where}{error}"
                break
        else:
            problem = f"it is redirected more than {MAX_REDIRECTS} times"
        raise RefusedError(problem)

    async def _send(self, request: Request) -> Response:
        part = self.part
        resumes = part.size > 0 and part.validator is not None
        if resumes:
            more = {"range": f"bytes={part.size}-", "if-range": str(part.validator)}
            request = request.replace(headers={**request.headers, **more})
        with _foreign_errors():
            async with AsyncExitStack() as stack:
                with self.silence(request), _foreign_errors():  # a foreign TimeoutError is not the silence's
                    stream = await stack.enter_async_context(self.transport.stream(request))
                response = Response(status=stream.status, headers=stream.headers)
                if resumes and (response.status == 416 or not self._goes_on(response)):
                    await in_thread(part.begin, None, None)
                    raise TransportError("the rest is of another file; it is fetched anew", request_was_sent=True)
                if response.status != 200 and not (resumes and response.status == 206):
                    return response
                # A failure of ours does not pass through the transport, which might take it for one of its own.
                try:
                    await self._receive(_Body(self, stream.chunks(), request), response)
                except (RefusedError, OSError) as error:
                    self.failure = error
        if isinstance(self.failure, RefusedError):
            raise self.failure
        return _REFUSED if self.failure else response

    def _goes_on(self, response: Response) -> bool:
        """Whether an answer to a request for the rest is that rest, or no answer of this kind at all."""
        if response.status != 206:
            return True
        match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", "").strip())
        etag = response.headers.get("etag")
        is_same = etag is None or not str(self.part.validator).startswith('"') or etag.strip() == self.part.validator
        return is_same and match is not None and (int(match[1]), int(match[2])) == (self.part.size, self.part.total)

    async def _receive(self, body: _Body, response: Response) -> None:
        """Write the body into the part file. Raises TransportError, RefusedError, or OSError of the disk."""
        part = self.part
        expected = part.total if response.status == 206 else expected_length(response.headers)
        if expected is not None:
            self.check_size(expected)
        try:
            content_type = response.headers.get("content-type", "")
            if response.status == 206:
                body.offset = part.size
                self.extension = _extension_of(await in_thread(part.head, _HEAD), content_type)
            else:
                self.extension = _extension_of(await body.peek(_HEAD), content_type)
                await in_thread(part.begin, validator_in(response.headers), expected)
            try:
                while pieces := await body.read(WRITE_SIZE):
                    await self._write(pieces)
                    del pieces  # not held while the next ones come
            except (TransportError, anyio.get_cancelled_exc_class()):
                if part.validator is not None:  # what came until then need not come again
                    await self._write(body.take())
                raise
        finally:
            await body.aclose()
        size = part.size
        if expected is not None and size > expected:
            await in_thread(part.begin, None, None)
        if expected is not None and size != expected:
            raise TransportError(f"only {size} of {expected} bytes came", request_was_sent=True)
        if expected is None and not is_ended(*(await in_thread(_ends_of, part)), size):
            raise TransportError("the connection ended before the file did", request_was_sent=True)
        self.is_whole = True

    async def _write(self, pieces: list[bytes]) -> None:
        with anyio.CancelScope(shield=True):  # the part's `size` is what is on the disk
            await in_thread(self.part.write, *pieces)

    def check_size(self, size: int) -> None:
        """Raise RefusedError for more bytes than may come."""
        if size > self.max_bytes:
            raise RefusedError(f"it has more than {self.max_bytes} bytes, which is the most that is fetched")

    @contextmanager
    def silence(self, request: Request) -> Iterator[None]:
        """Raise RequestTimeoutError if the block takes longer than an attempt may be silent."""
        failure: RequestTimeoutError
        try:
            with self.clock.fail_after(request.timeout.attempt):
                yield
            return
        except TimeoutError:
            failure = RequestTimeoutError(f"nothing came for {request.timeout.attempt:g} s", request_was_sent=True)
        raise failure


@define
class _Body:
    """The chunks of an answer, gathered into larger pieces. `received` counts the bytes so far."""

    fetch: Fetch
    chunks: AsyncIterator[bytes]
    request: Request
    received: int = 0
    offset: int = 0
    _kept: list[bytes] = field(factory=list)
    _kept_size: int = 0
    _has_ended: bool = False
    _waited: float = 0.0  # seconds, and the bytes that came in them, since the pace was checked last
    _came: int = 0

    async def peek(self, size: int) -> bytes:
        """The first bytes, which `read` gives once more: so many, fewer only if there are no more."""
        await self._gather(size)
        self._kept = [b"".join(self._kept)]
        return self._kept[0][:size]

    async def read(self, at_least: int) -> list[bytes]:
        """The next pieces: at least so many bytes, fewer only at the end, none after it."""
        await self._gather(at_least)
        return self.take()

    def take(self) -> list[bytes]:
        """The pieces that have come, and were not read yet: as they are, since to join them would copy every byte."""
        pieces, self._kept, self._kept_size = self._kept, [], 0
        return pieces

    async def _gather(self, at_least: int) -> None:
        while self._kept_size < at_least and not self._has_ended:
            began = self.fetch.clock.monotonic()
            with self.fetch.silence(self.request), _foreign_errors():
                chunk = await anext(self.chunks, None)
                if chunk is None:
                    self._has_ended = True
                    return
                chunk = chunk if type(chunk) is bytes else bytes(memoryview(chunk))
            self._kept.append(chunk)
            self._kept_size += len(chunk)
            self.received += len(chunk)
            self.fetch.check_size(self.offset + self.received)
            self._check_pace(len(chunk), self.fetch.clock.monotonic() - began)

    def _check_pace(self, size: int, seconds: float) -> None:
        """Only the waiting for the server counts: a slow disk is not its fault."""
        self._waited += seconds
        self._came += size
        attempt = self.request.timeout.attempt
        if attempt is None or self._waited < attempt:
            return
        if self._came < LEAST_RATE * self._waited:
            came = f"only {self._came} bytes came in {self._waited:.1f} s"
            raise RequestTimeoutError(f"{came}; {LEAST_RATE:g} a second is the least", request_was_sent=True)
        self._waited, self._came = 0.0, 0

    async def aclose(self) -> None:
        """End the iterator, so that it is not left to the garbage collector."""
        close = getattr(self.chunks, "aclose", None)
        if close is not None:
            with _foreign_errors():
                await close()


@contextmanager
def _foreign_errors() -> Iterator[None]:
    """Turn what a transport raises, besides our own errors, into TransportError."""
    try:
        yield
        return
    except (AstriaError, RefusedError):
        raise
    except Exception as error:  # noqa: BLE001 -- a user's transport may raise anything
        failure = TransportError(f"{type(error).__name__}: {error}", request_was_sent=True)
    raise failure


def _ends_of(part: PartFile) -> tuple[bytes, bytes]:
    return part.head(_HEAD), part.tail(TAIL)


def _extension_of(head: bytes, content_type: str) -> str:
    """By the first bytes alone: what a server calls it proves nothing. Raises RefusedError for all but images and videos."""
    kind, extension = sniff(head)
    if kind.startswith(("image/", "video/")):
        return extension
    if not head:
        raise RefusedError("the answer is empty")
    said = content_type.partition(";")[0].strip()[:60]
    raise RefusedError(f"it is not an image or a video: it is called {said!r}, and begins with {head[:16]!r}")
