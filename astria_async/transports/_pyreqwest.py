"""A transport on pyreqwest: asyncio only, the Rust library reqwest underneath, and the fastest of the three.

Two things about it need care (0.15.1). Its ConnectError and ConnectTimeoutError are raised for requests that were fully
sent, too: whether one was sent stands in the error's causes. And a cancelled request is not cut off: it is abandoned,
and its connection lives until its answer comes, or until nothing has come for the attempt's time.
"""

from __future__ import annotations

import functools
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import SystemRandom

import anyio
from anyio.lowlevel import checkpoint_if_cancelled

try:
    from pyreqwest.client import Client, ClientBuilder
    from pyreqwest.exceptions import BuilderError, PyreqwestError
    from pyreqwest.request import RequestBuilder
    from pyreqwest.response import Response as Answer
except ModuleNotFoundError as missing:
    raise ImportError("PyreqwestTransport needs pyreqwest: pip install 'astria-async[pyreqwest]'") from missing

from .._loops import PerLoop
from .._threads import in_thread
from .._wire import RandomSource, Request, Response, Timeout
from ..errors import ConfigurationError, TransportError
from ._outgoing import (
    IDLE,
    Outgoing,
    ca_file,
    joined,
    no_answer,
    on_asyncio_or_raise,
    open_or_raise,
    outgoing,
    parsed,
)

#: How hyper names what happens while it connects: looking up the name, connecting, TLS, the proxy's refusal.
_WHILE_CONNECTING = "client error (Connect)"
#: Seconds after an attempt's own end at which an abandoned request ends.
_AFTER = 1.0
#: Bytes that pyreqwest reads of a streamed answer before it hands it over at all: as few as it takes.
_AT_ONCE = 1
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


class PyreqwestTransport:
    """Carries requests over pyreqwest, on asyncio only. Needs the extra `pyreqwest`.

    Proxies come from the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY). Certificate authorities are the
    system's, and those in the PEM file `verify`; None means the file that SSL_CERT_FILE names, if it names one.

    A call that is cancelled gives back its slot at once, but its connection only when the service has answered, or has
    been silent for `Timeout.attempt`: pyreqwest does not cut off a request. Raises ConfigurationError for a file that is
    not there, or holds no certificates.
    """

    #: Downloads check the addresses of a host before this transport asks the same resolver.
    resolves_names = True

    #: Each download holds up to 8 MB, below what Python sees.
    downloads_at_once = 3

    def __init__(self, *, verify: Path | None = None, random: RandomSource | None = None) -> None:
        file = verify or ca_file()
        self._authorities = () if file is None else _authorities(file)
        self._random = random or SystemRandom()
        self._pools = PerLoop(_Pool)
        self._closed = False

    async def send(self, request: Request, /) -> Response:
        """Send, and read the answer to its end."""
        going = self._outgoing(request)
        failure: Exception
        try:
            answer = await (await self._asked(request, going)).build().send()
            body = (await answer.bytes()).to_bytes()
            return Response(status=answer.status, headers=joined(answer.headers.items()), body=body)
        except PyreqwestError as error:
            failure = _told(going, error)
        except anyio.get_cancelled_exc_class():
            await checkpoint_if_cancelled()  # pyreqwest raises an error of its own, which a cancel scope does not know
            raise
        finally:
            await going.aclose()
        raise failure

    @asynccontextmanager
    async def stream(self, request: Request, /) -> AsyncIterator[_Stream]:
        """Send, and leave the body to be read."""
        going = self._outgoing(request)
        failure: Exception
        try:
            async with (
                (await self._asked(request, going)).streamed_read_buffer_limit(_AT_ONCE).build_streamed() as answer
            ):
                yield _Stream(answer)
                return
        except PyreqwestError as error:
            failure = _told(going, error)
        except anyio.get_cancelled_exc_class():
            await checkpoint_if_cancelled()
            raise
        finally:
            await going.aclose()
        raise failure

    async def aclose(self) -> None:
        """Close the connections of the running event loop; the transport cannot be used afterwards."""
        self._closed = True
        pool = self._pools.pop()
        for client in pool.clients.values() if pool else ():
            await client.close()

    def _outgoing(self, request: Request) -> Outgoing:
        open_or_raise(self._closed)
        return outgoing(request, self._random)

    async def _asked(self, request: Request, going: Outgoing) -> RequestBuilder:
        pool, timeout = self._pools.get(), request.timeout
        client = pool.clients.get((timeout.connect, timeout.attempt)) or await self._new_client(pool, timeout)
        builder = parsed(lambda url: client.request(request.method, url), request.url).headers(going.headers)
        if going.upload is not None:
            return builder.body_stream(going.upload)
        return builder.body_bytes(going.content) if going.content else builder

    async def _new_client(self, pool: _Pool, timeout: Timeout) -> Client:
        """A client for these times, which pyreqwest knows only of a whole client. It reads the system's certificates,
        which takes 10 ms: in a thread, and once for all that ask at the same time.
        """
        key = (timeout.connect, timeout.attempt)
        async with pool.building:
            if key not in pool.clients:
                pool.clients[key] = await in_thread(self._built, timeout)
        return pool.clients[key]

    def _built(self, timeout: Timeout) -> Client:
        builder = ClientBuilder().follow_redirects(False).referer(False).brotli(False).zstd(False)
        builder = builder.pool_idle_timeout(timedelta(seconds=IDLE))
        if timeout.connect is not None:
            builder = builder.connect_timeout(timedelta(seconds=timeout.connect))
        if timeout.attempt is not None:
            builder = builder.read_timeout(timedelta(seconds=timeout.attempt + _AFTER))
        for certificate in self._authorities:
            builder = builder.add_root_certificate_pem(certificate)
        return builder.build()

    def __repr__(self) -> str:
        return f"<PyreqwestTransport{' closed' if self._closed else ''}>"


class _Stream:
    """An answer whose body is still on its way."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.status = answer.status
        self.headers: Mapping[str, str] = joined(answer.headers.items())

    async def chunks(self) -> AsyncGenerator[bytes]:
        reader = self._answer.body_reader
        while (chunk := await reader.read_chunk()) is not None:
            yield chunk.to_bytes()


class _Pool:
    """The clients of one event loop, by the times of connecting and of an attempt."""

    def __init__(self) -> None:
        on_asyncio_or_raise("pyreqwest")
        self.clients: dict[tuple[float | None, float | None], Client] = {}
        self.building = anyio.Lock()


@functools.lru_cache(maxsize=16)
def _authorities(file: Path) -> tuple[bytes, ...]:
    """The certificates of a PEM file, one by one. Read once: that takes 4 ms for the usual 140."""
    try:
        found = tuple(_PEM.findall(file.read_bytes()))
    except OSError as error:
        problem = f"verify: {file} cannot be read: {error.strerror}"
    else:
        if found:
            return found
        problem = f"verify: {file} holds no certificate in PEM"
    raise ConfigurationError(problem)


def _told(going: Outgoing, error: PyreqwestError) -> TransportError:
    """pyreqwest's error in our words, with the last of its causes, which says most."""
    details = getattr(error, "details", None) or {}
    causes = [cause["message"] for cause in details.get("causes") or ()]
    never_sent = isinstance(error, BuilderError) or _WHILE_CONNECTING in causes
    said = ": ".join(causes[-1:]) or error.message
    return no_answer(going.origin, error, was_sent=not never_sent, said=said)
