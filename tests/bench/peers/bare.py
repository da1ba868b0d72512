"""The subjects of the peer benchmark that are no SDK: a bare socket loop, and HTTP clients as they are.

Each is an async context manager that takes the server's URL and yields its calls, by workload. Every call reads the
answer to its end, raises for a status of 400 and above, and returns what `json.loads` makes of the body. No pool has a
limit that would be felt, no timeout is below `TIMEOUT`, and the client is made once.
"""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from bodies import CREATE, FAST, LIST, PICTURES_FIELD, PROMPT, SLOW, TUNE_FIELDS, encoded, pictures

Call = Callable[[], Awaitable[object]]
Calls = Mapping[str, Call]

TIMEOUT = 120.0
HEADERS = {"authorization": "Bearer sd_bench", "accept": "application/json"}
RETRIEVE, TUNES = f"/prompts/{PROMPT['id']}", "/tunes"
CREATE_PATH, SLOW_PATH = f"/tunes/{FAST}/prompts", f"/tunes/{SLOW}/prompts"


# --- The limit: a socket, and nothing that is not needed.


class _Connection(asyncio.Protocol):
    """One request at a time; the answer has a content-length."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.received, self.length = bytearray(), 0
        self.answered: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits is told."""
        if self.answered is not None and not self.answered.done():
            self.answered.set_exception(ConnectionError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        """Collect an answer."""
        received = self.received
        received += data
        if not self.length:
            end = received.find(b"\r\n\r\n") + 4
            if end < 4:
                return
            if received[9:10] != b"2":
                raise ConnectionError(f"the server said {bytes(received[:end])!r}")
            found = received.index(b"content-length: ", 0, end) + 16
            self.length = int(received[found : received.index(b"\r\n", found)])
            del received[:end]
        if len(received) == self.length:
            body, self.length = bytes(received), 0
            received.clear()
            assert self.answered is not None
            self.answered.set_result(body)

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        """Send a whole request."""
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.answered


@asynccontextmanager
async def socket_loop(url: str) -> AsyncIterator[Calls]:
    """A connection for each that asks, requests made beforehand, and the least of HTTP/1.1."""
    netloc, loop = urlsplit(url).netloc, asyncio.get_running_loop()
    host, port = netloc.split(":")
    idle: list[_Connection] = []
    opened: list[_Connection] = []
    head = "".join(f"{name}: {value}\r\n" for name, value in {"host": netloc, **HEADERS}.items())

    def request(method: str, path: str, kind: str = "", body: bytes = b"") -> bytes:
        typed = f"content-type: {kind}\r\ncontent-length: {len(body)}\r\n" if kind else ""
        return f"{method} {path} HTTP/1.1\r\n{head}{typed}\r\n".encode() + body

    @functools.cache
    def upload() -> bytes:
        return request("POST", TUNES, "multipart/form-data; boundary=between", _form(b"between"))

    async def ask(whole: bytes) -> object:
        if idle:
            connection = idle.pop()
        else:
            _, connection = await loop.create_connection(_Connection, host, int(port))
            opened.append(connection)
        answer = await connection.ask(whole)
        idle.append(connection)
        return json.loads(answer)

    order = encoded(CREATE)
    retrieve, page = request("GET", RETRIEVE), request("GET", LIST)
    create, slow = (request("POST", path, "application/json", order) for path in (CREATE_PATH, SLOW_PATH))
    try:
        yield {
            "retrieve": lambda: ask(retrieve),
            "create": lambda: ask(create),
            "slow-create": lambda: ask(slow),
            "list": lambda: ask(page),
            "upload": lambda: ask(upload()),
        }
    finally:
        for connection in opened:
            connection.transport.close()


def _form(boundary: bytes) -> bytes:
    parts = [(f'name="{name}"', value.encode()) for name, value in TUNE_FIELDS]
    for name, content in pictures():
        parts.append((f'name="{PICTURES_FIELD}"; filename="{name}"\r\ncontent-type: image/jpeg', content))
    whole = b"".join(
        b"--%b\r\ncontent-disposition: form-data; %b\r\n\r\n%b\r\n" % (boundary, about.encode(), content)
        for about, content in parts
    )
    return whole + b"--%b--\r\n" % boundary


# --- The clients.


@asynccontextmanager
async def aiohttp_client(url: str) -> AsyncIterator[Calls]:
    """aiohttp: a session without a limit of connections."""
    import aiohttp

    def form() -> aiohttp.FormData:
        made = aiohttp.FormData(TUNE_FIELDS)
        for name, content in pictures():
            made.add_field(PICTURES_FIELD, content, filename=name, content_type="image/jpeg")
        return made

    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with aiohttp.ClientSession(
        url, connector=connector, timeout=timeout, headers=HEADERS, raise_for_status=True
    ) as session:

        async def read(method: str, path: str, **rest: Any) -> object:
            async with session.request(method, path, **rest) as response:
                return json.loads(await response.read())

        yield {
            "retrieve": lambda: read("GET", RETRIEVE),
            "create": lambda: read("POST", CREATE_PATH, json=CREATE),
            "slow-create": lambda: read("POST", SLOW_PATH, json=CREATE),
            "list": lambda: read("GET", LIST),
            "upload": lambda: read("POST", TUNES, data=form()),
        }


@asynccontextmanager
async def pyreqwest_client(url: str) -> AsyncIterator[Calls]:
    """pyreqwest: a client with its defaults, which have no limit of connections."""
    from pyreqwest.client import ClientBuilder
    from pyreqwest.multipart import FormBuilder, PartBuilder
    from pyreqwest.request import RequestBuilder

    builder = ClientBuilder().base_url(url).timeout(timedelta(seconds=TIMEOUT)).default_headers(HEADERS)

    def form() -> FormBuilder:
        made = FormBuilder()
        for name, value in TUNE_FIELDS:
            made = made.text(name, value)
        for name, content in pictures():
            made = made.part(PICTURES_FIELD, PartBuilder.from_bytes(content).file_name(name).mime("image/jpeg"))
        return made

    async with builder.error_for_status().build() as client:

        async def read(request: RequestBuilder) -> object:
            response = await request.build().send()
            return json.loads((await response.bytes()).to_bytes())

        yield {
            "retrieve": lambda: read(client.get(RETRIEVE)),
            "create": lambda: read(client.post(CREATE_PATH).body_json(CREATE)),
            "slow-create": lambda: read(client.post(SLOW_PATH).body_json(CREATE)),
            "list": lambda: read(client.get(LIST)),
            "upload": lambda: read(client.post(TUNES).multipart(form())),
        }


@asynccontextmanager
async def httpx_client(url: str) -> AsyncIterator[Calls]:
    """httpx, without limits of its pool."""
    import httpx

    async with _like_httpx(httpx, url) as calls:
        yield calls


@asynccontextmanager
async def httpx2_client(url: str) -> AsyncIterator[Calls]:
    """httpx2, without limits of its pool."""
    import httpx2

    async with _like_httpx(httpx2, url) as calls:
        yield calls


@asynccontextmanager
async def httpx_behind_a_semaphore(url: str) -> AsyncIterator[Calls]:
    """httpx with 64 requests at once and no more: what is commonly done about its pool."""
    semaphore = asyncio.Semaphore(64)

    def behind(call: Call) -> Call:
        async def wait_and_call() -> object:
            async with semaphore:
                return await call()

        return wait_and_call

    async with httpx_client(url) as calls:
        yield {name: behind(call) for name, call in calls.items()}


def files() -> list[tuple[str, tuple[str, bytes, str]]]:
    """The pictures, as httpx and what is built on it take them."""
    return [(PICTURES_FIELD, (name, content, "image/jpeg")) for name, content in pictures()]


@asynccontextmanager
async def _like_httpx(library: Any, url: str) -> AsyncIterator[Calls]:
    limits = library.Limits(max_connections=None, max_keepalive_connections=None)
    form = dict(TUNE_FIELDS)
    async with library.AsyncClient(base_url=url, limits=limits, timeout=TIMEOUT, headers=HEADERS) as client:

        async def read(method: str, path: str, **rest: Any) -> object:
            response = await client.request(method, path, **rest)
            return json.loads(response.raise_for_status().content)

        yield {
            "retrieve": lambda: read("GET", RETRIEVE),
            "create": lambda: read("POST", CREATE_PATH, json=CREATE),
            "slow-create": lambda: read("POST", SLOW_PATH, json=CREATE),
            "list": lambda: read("GET", LIST),
            "upload": lambda: read("POST", TUNES, data=form, files=files()),
        }
