"""A transport on pyreqwest: asyncio only, the Rust library reqwest underneath, and the fastest of the three.

Three things about it need care (0.15.1). Its ConnectError and ConnectTimeoutError are raised for requests that were fully
sent, too: whether one was sent stands in the error's causes. A cancelled request is not cut off before its answer begins:
it is abandoned, and its connection lives until then, or until nothing has come for some time. And times of connecting and
reading are a client's, not a request's.
"""

from __future__ import annotations

import functools
import math
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import SystemRandom

import anyio
from anyio.lowlevel import checkpoint_if_cancelled

try:
    from pyreqwest.client import Client, ClientBuilder
    from pyreqwest.exceptions import BuilderError, PyreqwestError, RequestTimeoutError
    from pyreqwest.proxy import ProxyBuilder
    from pyreqwest.request import StreamRequest
    from pyreqwest.response import Response
except ModuleNotFoundError as missing:
    raise ImportError("PyreqwestTransport needs pyreqwest: pip install 'astria-async[pyreqwest]'") from missing

from .._runtime.loops import PerLoop
from .._runtime.threads import in_thread
from .._values.spelling import explain_misspelt
from .._wire import Headers, RandomSource, Request
from ..errors import AstriaError, ConfigurationError
from ._base import Answer, BaseTransport
from ._certificates import check_file, named_files
from ._connections import IDLE, UNSEEN
from ._failures import joined, no_answer
from ._lifetime import asyncio_or_raise
from ._proxies import Proxies, Proxy
from ._request import EncodedRequest

#: How hyper names what happens while it connects: looking up the name, connecting, TLS, the proxy's refusal.
_WHILE_CONNECTING = "client error (Connect)"
#: Bytes that pyreqwest reads of an answer before it hands it over at all. As few as it takes: a drip is seen then.
_AT_ONCE = 1
#: Bytes of an upload that may be on their way at its end: what is told of `UNSEEN`, and what hyper and the system here
#: take in, which pyreqwest cannot limit.
_UNSEEN = UNSEEN + 6 * 1024**2
#: Clients kept for each event loop, by proxy and times; each has connections and a copy of the certificates.
_CLIENTS = 8
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


class PyreqwestTransport(BaseTransport):
    """Carries requests over pyreqwest, on asyncio only. Needs the extra `pyreqwest`.

    Proxies come from the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY). Certificate authorities are the
    system's, and those in the PEM file `verify`; None means the files that SSL_CERT_FILE and SSL_CERT_DIR name, if any.

    A call that is cancelled gives back its slot at once, but its connection only when the service has answered, or has
    been silent for up to twice `Timeout.attempt`: pyreqwest does not cut off a request. It cannot be used in a process
    that was forked after its first use.

    Raises ConfigurationError for a file that is not there, or holds no certificates, and a proxy's URL that is not one.

    Args:
        verify: A PEM file of certificate authorities; None means those that the environment names, and the
            system's.
        random: Where multipart boundaries are drawn from; None means the system's randomness.
    """

    #: Downloads check the addresses of a host before this transport asks the same resolver.
    resolves_names = True

    #: Each download holds up to 8 MB, below what Python sees.
    downloads_at_once = 3

    @explain_misspelt
    def __init__(self, *, verify: Path | None = None, random: RandomSource | None = None) -> None:
        super().__init__(random or SystemRandom())
        if verify is not None:
            check_file(verify, "verify")
        named = _authorities(tuple(named_files()))
        if not named and ("SSL_CERT_FILE" in os.environ or os.environ.get("SSL_CERT_DIR")):
            # pyreqwest reads these itself, an empty SSL_CERT_FILE too, and makes no client then
            raise ConfigurationError("SSL_CERT_FILE, SSL_CERT_DIR: they name no certificate in PEM; unset them")
        self._authorities = named if verify is None else _authorities((verify,))
        self._proxies = Proxies(("socks4", "socks4a", "socks5", "socks5h"), remedy="set a proxy of http")
        self._pools = PerLoop(_Pool)

    async def aclose(self) -> None:
        """Close the connections of the running event loop; the transport cannot be used afterwards."""
        self._closed = True
        pool = self._pools.pop()
        for client in pool.clients.values() if pool else ():
            await client.close()

    async def _open(self, request: Request, encoded: EncodedRequest) -> Answer:
        _Process.use()
        pool, timeout = self._pools.get(), request.timeout
        proxy = self._proxies.for_target(encoded.target)
        silence = None if encoded.upload is not None or timeout.attempt is None else _rounded_up(timeout.attempt)
        client = pool.kept(key := (proxy, timeout.connect, silence)) or await self._new_client(pool, key)
        builder = client.request(request.method, encoded.target.url).headers(encoded.headers)
        if encoded.upload is not None:
            encoded.upload.unseen = _UNSEEN
            builder = builder.body_stream(encoded.upload)
        elif encoded.content:
            builder = builder.body_bytes(encoded.content)
        asked = builder.streamed_read_buffer_limit(_AT_ONCE).build_streamed()
        try:
            return _Answer(asked, await asked.__aenter__())
        except anyio.get_cancelled_exc_class():
            await checkpoint_if_cancelled()  # pyreqwest raises an error of its own, which a cancel scope does not know
            raise

    def _failure(self, encoded: EncodedRequest, error: Exception) -> Exception:
        """pyreqwest's error in our words, with the last of its causes, which says most."""
        if isinstance(error, RuntimeError) and "fork" in str(error):
            return _forked()
        details = getattr(error, "details", None)
        causes = details.get("causes") if isinstance(details, Mapping) else None
        said = [cause["message"] for cause in causes or ()]
        never_sent = isinstance(error, BuilderError) or _WHILE_CONNECTING in said
        what = ": ".join(said[-1:]) or (error.message if isinstance(error, PyreqwestError) else "")
        if what == "message head is too large":
            what += "; pyreqwest takes no more than 100 headers, 'httpx' and 'aiohttp' take more"
        proxy = self._proxies.for_target(encoded.target)
        is_timeout = isinstance(error, RequestTimeoutError)
        return no_answer(encoded.target, error, was_sent=not never_sent, is_timeout=is_timeout, said=what, proxy=proxy)

    async def _new_client(self, pool: _Pool, key: _Key) -> Client:
        """A client for a proxy and these times. It reads the system's certificates, which takes 10 ms: in a thread, and
        once for all that ask at the same time.
        """
        async with pool.building:
            client = pool.kept(key)
            if client is None:
                failure: AstriaError
                try:
                    client = await in_thread(self._built, key)
                except PyreqwestError as error:
                    failure = ConfigurationError(f"transport: pyreqwest makes no client: {error.message}")
                else:
                    pool.keep(key, client)
                    return client
                raise failure
            return client

    def _built(self, key: _Key) -> Client:
        proxy, connect, silence = key
        builder = ClientBuilder().follow_redirects(False).referer(False)
        builder = builder.gzip(False).deflate(False).brotli(False).zstd(False)  # unpacked here, up to a limit
        builder = builder.pool_idle_timeout(timedelta(seconds=IDLE)).no_proxy()
        if proxy is not None:
            builder = builder.proxy(ProxyBuilder.all(proxy.url))
        if connect is not None:
            builder = builder.connect_timeout(timedelta(seconds=connect))
        if silence is not None:
            builder = builder.read_timeout(timedelta(seconds=silence))
        for certificate in self._authorities:
            builder = builder.add_root_certificate_pem(certificate)
        return builder.build()


_Key = tuple[Proxy | None, float | None, float | None]


class _Pool:
    """The clients of one event loop, by proxy, time of connecting, and of silence; those used last."""

    def __init__(self) -> None:
        asyncio_or_raise("pyreqwest")
        self.clients: dict[_Key, Client] = {}
        self.building = anyio.Lock()

    def kept(self, key: _Key) -> Client | None:
        """The client for this, used last from now on."""
        client = self.clients.get(key)
        if client is not None and len(self.clients) > 1:
            self.clients[key] = self.clients.pop(key)
        return client

    def keep(self, key: _Key, client: Client) -> None:
        """Keep a new one, and let go of the one that was used longest ago: requests that it carries go on."""
        self.clients[key] = client
        if len(self.clients) > _CLIENTS:
            del self.clients[next(iter(self.clients))]


class _Answer(Answer):
    """An answer over pyreqwest."""

    __slots__ = ("_asked", "_left", "_reader")

    def __init__(self, asked: StreamRequest, response: Response) -> None:
        self._asked = asked
        self._reader = response.body_reader
        self.status = response.status
        self.headers = _headers(response)
        length = self.headers.get("content-length", "")
        self._left = int(length) if length.isdecimal() else -1

    async def read(self) -> bytes:
        if self._left == 0:
            return b""  # known without asking for it, which takes a turn of two event loops
        try:
            chunk = await self._reader.read_chunk()
        except anyio.get_cancelled_exc_class():
            await checkpoint_if_cancelled()  # as when it was opened
            raise
        if chunk is None:
            return b""
        piece = chunk.to_bytes()
        self._left -= len(piece)
        return piece

    async def close(self, *, is_whole: bool) -> None:
        if is_whole:
            return  # it has given the connection back itself
        with suppress(Exception):  # the answer is read, or given up
            await self._asked.__aexit__(None, None, None)


def _headers(response: Response) -> Headers:
    headers = response.headers
    try:
        return joined(headers.items())
    except ValueError:  # a value is not ASCII: pyreqwest does not give it out in any way
        pass
    pairs: list[tuple[str, str]] = []
    for name in dict.fromkeys(headers.keys()):
        with suppress(ValueError):
            pairs += [(name, value) for value in headers.getall(name)]
    return joined(pairs)


def _rounded_up(attempt: float) -> float:
    """The next power of two above an attempt's time, in seconds: so views with times of their own share a client, and
    an abandoned request ends. It is never below, as the attempt's own end comes first.
    """
    return float(2 ** math.ceil(math.log2(attempt + 1)))


@functools.lru_cache(maxsize=16)
def _authorities(files: tuple[Path, ...]) -> tuple[bytes, ...]:
    """The certificates of PEM files, one by one. Read once: that takes 4 ms for the usual 140."""
    found: list[bytes] = []
    for file in files:
        try:
            found += _PEM.findall(file.read_bytes())
        except OSError:
            continue  # one of a folder; a file that was named itself has been checked
    return tuple(found)


class _Process:
    """The process in which pyreqwest was first used; after a fork it works in no other one."""

    used_in: int | None = None

    @classmethod
    def use(cls) -> None:
        """Raise ConfigurationError in a process that was forked from it."""
        if cls.used_in is None:
            cls.used_in = os.getpid()
        elif cls.used_in != os.getpid():
            raise _forked()


def _forked() -> ConfigurationError:
    return ConfigurationError(
        "transport: pyreqwest was used before this process was forked; use it in the child alone, or use 'httpx'"
    )
