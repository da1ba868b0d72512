"""One suite, two ways: the stand-in in memory, and behind a real HTTP server. No test knows which.

A test says with `@pytest.mark.endpoint("POST /tunes", by="tunes.create")` which endpoint it covers, and it is checked
that the call really reached it. `scripts/generate_endpoints.py` makes docs/endpoints.md of these marks.
"""

from __future__ import annotations

import random
import socket
from collections.abc import AsyncIterator

import anyio
import pytest
import uvicorn

from astria_async import AsyncAstria, HttpxTransport, Transport
from astria_async.testing import FakeAstria, MockTransport, VirtualClock
from astria_async.testing.routing import matches

WAYS = ["memory-asyncio", "memory-trio", pytest.param("http-asyncio", marks=pytest.mark.network)]


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def anyio_backend(way: str) -> str:
    return way.partition("-")[2]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def fake(clock: VirtualClock) -> FakeAstria:
    return FakeAstria(clock=clock)


@pytest.fixture
async def place(way: str, fake: FakeAstria, clock: VirtualClock) -> AsyncIterator[tuple[str, Transport]]:
    """Where the stand-in is, and what carries a request there."""
    if way.startswith("memory"):
        yield "https://api.astria.ai", MockTransport(fake)
        return
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        fake.pictures_origin = f"http://localhost:{port}"
        config = uvicorn.Config(  # the Date is the stand-in's: by its own clock
            fake.asgi(), loop="asyncio", http="h11", ws="none", log_level="error", date_header=False
        )
        server = uvicorn.Server(config)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: server.serve(sockets=[listener]))
            yield f"http://127.0.0.1:{port}", HttpxTransport(clock=clock)
            server.should_exit = True


@pytest.fixture
async def astria(
    place: tuple[str, Transport], clock: VirtualClock, fake: FakeAstria, request: pytest.FixtureRequest
) -> AsyncIterator[AsyncAstria]:
    """The client, as a user makes it; afterwards, that the endpoint was reached and the key went nowhere else."""
    base_url, transport = place
    async with AsyncAstria(
        "sd_contract", base_url=base_url, transport=transport, clock=clock, random=random.Random(1)
    ) as client:
        yield client
    reached = [(record.method, record.path) for record in fake.requests]
    for mark in request.node.iter_markers("endpoint"):
        (pattern,) = mark.args
        assert any(matches(pattern, method, path) for method, path in reached), f"{pattern} not among {reached}"
    assert not fake.leaks
