"""A client of the user's own: of httpx, httpx2, or derived from either. Its library is never imported here: the client
brings it along.

The exception class that such a client raises is not trusted: its transport may map errors in another way (httpx-aiohttp
0.2.0 raises ConnectTimeout for a request that was fully sent). Only httpcore's trace events are trusted. If there are
none, the request counts as sent.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import anyio

from .._wire import Headers, Request
from ..errors import ConfigurationError
from . import is_user_client
from ._base import Answer
from ._connections import UNSEEN
from ._failures import header_text, joined, no_answer
from ._request import EncodedRequest

#: Bytes of an upload that may be on their way at its end: what is told of `UNSEEN`, and what the system here takes in
#: (net.ipv4.tcp_wmem), which only the owner of a socket can limit.
_UNSEEN = UNSEEN + 4 * 1024**2
#: Headers that do not hold any more for a body that was unpacked.
_OF_THE_PACKED = ("content-encoding", "content-length")


class UserClient:
    """Sends over an `AsyncClient`, which stays open. Raises ConfigurationError for anything else."""

    def __init__(self, client: Any) -> None:
        if not is_user_client(client):
            kind = f"{type(client).__module__}.{type(client).__qualname__}"
            raise ConfigurationError(f"client: {kind} is not an AsyncClient of httpx or httpx2; pass one of these")
        self._client = client

    async def open(self, request: Request, encoded: EncodedRequest) -> Answer:
        """The answer, its head read."""
        trace = _Trace()
        if encoded.upload is not None:
            encoded.upload.unseen = _UNSEEN
        try:
            outgoing = self._client.build_request(
                request.method,
                encoded.target.url,
                headers=encoded.headers,
                content=encoded.upload or encoded.content or None,
                extensions={"timeout": {"connect": request.timeout.connect}, "trace": trace},
            )
            return _Answer(await self._client.send(outgoing, stream=True, auth=None, follow_redirects=False))
        except Exception as error:  # whatever its adapter lets through: judged by `failure`
            raise _UnansweredError(error, trace) from error

    def failure(self, encoded: EncodedRequest, error: Exception) -> Exception:
        """The error of ours. Not sent only if the client was seen to connect, and not seen to write."""
        was_sent = True
        if isinstance(error, _UnansweredError):
            was_sent = error.trace.has_begun or not error.trace.is_traced
            error = error.error
        is_timeout = any(kind.__name__ == "TimeoutException" for kind in type(error).__mro__)  # of its library
        return no_answer(encoded.target, error, was_sent=was_sent, is_timeout=is_timeout)


class _UnansweredError(Exception):
    """The client's error, with what its trace showed."""

    def __init__(self, error: Exception, trace: _Trace) -> None:
        self.error = error
        self.trace = trace


class _Trace:
    """httpcore's trace: "connection.connect_tcp.started", "http11.send_request_headers.started", ..."""

    def __init__(self) -> None:
        self.is_traced = False
        self.has_begun = False

    async def __call__(self, event: str, info: dict[str, Any]) -> None:
        self.is_traced = True
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self.has_begun = True


class _Answer(Answer):
    """An answer of the client's. Its body is taken as it came, not unpacked.

    If it was read already, as a hook may do, and httpx's MockTransport does, it is unpacked: there is no other form of it.
    """

    __slots__ = ("_pieces", "_response")

    def __init__(self, response: Any) -> None:
        self._response = response
        headers = joined((name.decode("latin-1"), header_text(value)) for name, value in response.headers.raw)
        if response.is_stream_consumed:
            self._pieces: AsyncGenerator[bytes] = _whole(response.content)
            headers = Headers({name: value for name, value in headers.items() if name not in _OF_THE_PACKED})
        else:
            self._pieces = response.aiter_raw()
        self.status = response.status_code
        self.headers = headers

    async def read(self) -> bytes:
        async for piece in self._pieces:
            if piece:
                return piece
        return b""

    async def close(self, *, is_whole: bool) -> None:
        del is_whole  # the client knows
        with anyio.CancelScope(shield=True):
            with suppress(Exception):  # the answer is read, or given up
                await self._pieces.aclose()
                await self._response.aclose()


async def _whole(content: bytes) -> AsyncGenerator[bytes]:
    yield content
