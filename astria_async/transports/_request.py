"""A request as it goes on the wire: where to, its headers, and its body."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import anyio
from attrs import frozen

from .._codec import EncodedBody, encode
from .._wire import Headers, Progress, RandomSource, Request
from ..errors import ParameterError
from ._bodies import CODINGS
from ._connections import what_arrived_is_read
from ._url import Target, target_of

#: Bytes that are handed to a library at a time. Progress is seen once they are taken: on a slow line, soon enough.
PIECE = 64 * 1024


class Upload:
    """A body that is read from its files while it is sent; `async for` gives its pieces.

    The request's progress is told of each piece that was taken, if it `counts` them, and of the end, with up to `unseen`
    bytes on their way then. `failure` is what went wrong with a file: libraries wrap such an error, or lose it. A body that was given up raises
    ConnectionAbortedError rather than end, as a library that goes on reading it would send it as if it were whole.
    """

    def __init__(self, body: EncodedBody, progress: Progress | None) -> None:
        self.failure: Exception | None = None
        self.is_whole = False
        self.piece_size = PIECE
        self.counts = progress is not None
        self.unseen = 0
        self._progress = progress
        self.lets_others_read = False
        self._left = body.length
        self._chunks = body.chunks()
        self._chunk = b""
        self._position = 0
        self._given = 0
        self._is_reading = False
        self._is_closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self.counts and self._given and self._progress is not None:
            self._progress.moved(self._given)  # that the next piece is asked for says that the last one was taken
        self._given = 0
        if self._position >= len(self._chunk):
            await self._read()
        if self.lets_others_read:
            await what_arrived_is_read()
        piece = self._chunk[self._position : self._position + self.piece_size]
        self._position += len(piece)
        self._given = len(piece)
        if self._left is not None:
            self._left -= len(piece)
            if not self._left:  # a library that counts does not ask for the end
                self._end()
        return piece

    def _end(self) -> None:
        self.is_whole = True
        if self._progress is not None:
            self._progress.sent(self.unseen)

    async def _read(self) -> None:
        """The next chunk of a file. Raises StopAsyncIteration at the end."""
        self._chunk, self._position = b"", 0
        if self._is_closed and not self.is_whole:
            raise ConnectionAbortedError("the request was given up")
        self._is_reading = True
        try:
            self._chunk = await anext(self._chunks)
        except StopAsyncIteration:
            self._end()
            raise
        except Exception as error:
            self.failure = error
            raise
        finally:
            self._is_reading = False
            if self._is_closed:
                await self.aclose()
        if self._is_closed:
            raise ConnectionAbortedError("the request was given up")

    async def aclose(self) -> None:
        """Give the body up, and close the file that is being read; where a chunk is read at that moment, after that."""
        self._is_closed = True
        if not self._is_reading:
            with anyio.CancelScope(shield=True):
                await self._chunks.aclose()


@frozen
class EncodedRequest:
    """A request ready for a library. Its body is `content` if it is at hand (b"" for none), else an `upload`."""

    target: Target
    headers: Headers
    content: bytes
    upload: Upload | None = None

    @property
    def failure(self) -> Exception | None:
        """What went wrong with a file, if anything."""
        return None if self.upload is None else self.upload.failure


#: What header names are made of (RFC 9110, 5.6.2).
_NAMES = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def encode_request(request: Request, random: RandomSource) -> EncodedRequest:
    """Encode a request, its headers included. `random` gives the boundary of a form.

    Raises ParameterError for what cannot be sent, a header among it, and TransportError for what is not a URL.
    """
    target = target_of(request.url)
    body = None if request.body is None else encode(request.body, random)
    headers = Headers(_headers(request, target, body))
    if not "".join(headers.values()).isprintable() or not _NAMES.fullmatch("".join(headers)):
        raise ParameterError(_header_problem(headers))
    if body is None:
        return EncodedRequest(target, headers, b"")
    if body.content is not None:
        return EncodedRequest(target, headers, body.content)
    return EncodedRequest(target, headers, b"", Upload(body, request.progress))


def _headers(request: Request, target: Target, body: EncodedBody | None) -> dict[str, str]:
    """All of them. Nothing is raised here: a traceback would show the key."""
    headers = {"host": target.netloc, "accept-encoding": CODINGS, **request.headers}
    if body is None:
        if request.method in ("POST", "PUT", "PATCH"):
            headers["content-length"] = "0"
        return headers
    headers.setdefault("content-type", body.content_type)
    if body.length is None:
        headers["transfer-encoding"] = "chunked"
    else:
        headers["content-length"] = str(body.length)
    return headers


def _header_problem(headers: Headers) -> str:
    wrong = next((name for name, value in headers.items() if not value.isprintable() or not _NAMES.fullmatch(name)), "")
    return f"headers[{wrong!r}]: a name is made of letters, digits and hyphens, a value has no control characters"
