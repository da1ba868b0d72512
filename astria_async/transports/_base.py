"""What all transports do alike: send, read the answer, and say what went wrong."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import anyio

from .._wire import Headers, RandomSource, Request, Response
from ..errors import AstriaError, TransportError
from ._bodies import Body, unpacked
from ._failures import raise_if_closed
from ._request import EncodedRequest, encode_request


class Answer(ABC):
    """An answer whose head was read. `headers` have lower case names."""

    __slots__ = ("headers", "status")

    status: int
    headers: Headers

    @abstractmethod
    async def read(self) -> bytes:
        """Some bytes of the body, as they came; b"" at its end."""

    @abstractmethod
    async def close(self, *, is_whole: bool) -> None:
        """Give the connection back, or give it up if the body was not read to its end. Raises nothing of its own."""


class BaseTransport(ABC):
    """A transport but for its library: `_open` sends, `_failure` says what the library's error means."""

    def __init__(self, random: RandomSource) -> None:
        self._random = random
        self._closed = False

    async def send(self, request: Request, /) -> Response:
        """Send, and read the answer to its end."""
        raise_if_closed(self._closed)
        encoded = encode_request(request, self._random)
        answer: Answer | None = None
        is_whole = False
        failure: Exception
        try:
            answer = await self._open(request, encoded)
            body = Body(request, answer.headers)
            if answer.status < 200:  # 101: provisional ones are passed over by the libraries
                raise TransportError(f"{encoded.target.origin} switched protocols unasked", request_was_sent=True)
            while piece := await answer.read():
                body.add(piece)
            is_whole = True
            return Response(status=answer.status, headers=answer.headers, body=await body.unpacked())
        except AstriaError as error:
            failure = encoded.failure or error
        except Exception as error:  # noqa: BLE001 -- no error that is not ours leaves a transport, documented or not
            failure = encoded.failure or self._failure(encoded, error)
        except BaseException as error:  # noqa: BLE001 -- cancelled: raised without the library's frames, and the key
            raise error.with_traceback(None)
        finally:
            if answer is not None:
                await answer.close(is_whole=is_whole)
            if encoded.upload is not None:
                await encoded.upload.aclose()
        raise failure.with_traceback(None)  # outside the handler: a library's error holds the request, with the key

    @asynccontextmanager
    async def stream(self, request: Request, /) -> AsyncIterator[_Stream]:
        """Send, and leave the body to be read."""
        raise_if_closed(self._closed)
        encoded = encode_request(request, self._random)
        answer = await self._opened(request, encoded)
        stream = _Stream(self, encoded, answer)
        try:
            yield stream
        finally:
            await stream.aclose()
            await answer.close(is_whole=stream.is_whole)

    async def _opened(self, request: Request, encoded: EncodedRequest) -> Answer:
        failure: Exception
        try:
            return await self._open(request, encoded)
        except AstriaError as error:
            failure = encoded.failure or error
        except Exception as error:  # noqa: BLE001 -- as in `send`
            failure = encoded.failure or self._failure(encoded, error)
        except BaseException as error:  # noqa: BLE001 -- as in `send`
            raise error.with_traceback(None)
        finally:
            if encoded.upload is not None:
                await encoded.upload.aclose()
        raise failure.with_traceback(None)

    @abstractmethod
    async def _open(self, request: Request, encoded: EncodedRequest) -> Answer:
        """Send, and read the answer's head. Raises the library's errors, and leaves nothing open then."""

    @abstractmethod
    def _failure(self, encoded: EncodedRequest, error: Exception) -> Exception:
        """The error of ours for one of the library's."""

    @abstractmethod
    async def aclose(self) -> None:
        """Close the connections of the running event loop; the transport cannot be used afterwards."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}{' closed' if self._closed else ''}>"


class _Stream:
    """An answer whose body is still on its way."""

    def __init__(self, transport: BaseTransport, encoded: EncodedRequest, answer: Answer) -> None:
        self._transport = transport
        self._encoded = encoded
        self._answer = answer
        self.status = answer.status
        self.headers = answer.headers
        self.is_whole = False
        self._chunks = unpacked(self._read(), self.headers.get("content-encoding"))

    def chunks(self) -> AsyncGenerator[bytes]:
        return self._chunks

    async def aclose(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._chunks.aclose()

    async def _read(self) -> AsyncGenerator[bytes]:
        failure: Exception
        while True:
            try:
                piece = await self._answer.read()
            except Exception as error:  # noqa: BLE001 -- no error that is not ours leaves a transport
                failure = self._transport._failure(self._encoded, error)
                break
            if not piece:
                self.is_whole = True
                return
            yield piece
        raise failure.with_traceback(None)
