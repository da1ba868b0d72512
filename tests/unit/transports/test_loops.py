"""A transport outlives an event loop, and says on which it does not run."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import anyio
import pytest
from anyio.abc import SocketAttribute

from astria_async import ConfigurationError

from ...support.transports import OURS, Carrier
from .conftest import get

pytestmark = [
    pytest.mark.network,
    pytest.mark.usefixtures("no_proxy"),
    pytest.mark.parametrize("carrier", OURS, ids=str),
]


def test_it_works_on_a_second_event_loop(carrier: Carrier) -> None:
    transport = carrier.make(None)

    async def once(is_last: bool) -> int:
        async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
            port = listener.extra(SocketAttribute.local_port)

            async def answer(stream: Any) -> None:
                async with stream:
                    await stream.receive()
                    await stream.send(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(listener.serve, answer)
                status = (await transport.send(get(f"http://127.0.0.1:{port}/"))).status
                tasks.cancel_scope.cancel()
        if is_last:
            await transport.aclose()
        return status

    assert [anyio.run(once, is_last) for is_last in (False, True)] == [204, 204]


def test_transport_names_another_for_loops_it_cannot_use(carrier: Carrier) -> None:
    if "trio" in carrier.backends:
        return
    transport = carrier.make(None)
    with pytest.raises(
        ConfigurationError, match=f"transport: {carrier.name} runs on asyncio only; on trio use 'httpx'"
    ):
        anyio.run(transport.send, get("http://127.0.0.1:9/"), backend="trio")


CODE = """
import asyncio, gc, sys
import anyio
from anyio.abc import SocketAttribute
from astria_async import Request
from astria_async import transports

transport = getattr(transports, sys.argv[1])()

async def once():
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        async def answer(stream):
            async with stream:
                while True:
                    await stream.receive()
                    await stream.send(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n{}")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, answer)
            port = listener.extra(SocketAttribute.local_port)
            await transport.send(Request(method="GET", url=f"http://127.0.0.1:{port}/"))
            tasks.cancel_scope.cancel()

for _ in range(3):
    asyncio.run(once())
    gc.collect()
asyncio.run(transport.aclose())
"""


def test_connections_are_closed_with_their_loop_without_a_warning(carrier: Carrier) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "default::ResourceWarning", "-c", CODE, type(carrier.make(None)).__name__],
        check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
