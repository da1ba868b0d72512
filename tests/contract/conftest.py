"""One suite, two ways: the fake in memory, and behind a real HTTP server, over each transport. No test knows which.

A test says with `@pytest.mark.endpoint("POST /tunes", by="tunes.create")` which endpoint it covers, and it is checked
that the call really reached it. `scripts/generate_endpoints.py` makes docs/endpoints.md of these marks.
"""

from __future__ import annotations

import os
import random
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import anyio
import httpx
import pytest
import uvicorn

from astria_async import AsyncAstria, Transport
from astria_async.testing import FakeAstria, MockTransport, Timings, VirtualClock
from astria_async.testing._server.patterns import matches

from ..support.transports import OURS, Carrier, HoldsTime
from .documented import Curl

IN_MEMORY = os.environ.get("ASTRIA_TEST_LOOPS", "asyncio trio").split()


@pytest.fixture(
    scope="module",
    params=[
        *(pytest.param((None, backend), id=f"memory-{backend}") for backend in IN_MEMORY),
        *(pytest.param((carrier, "asyncio"), id=f"http-{carrier.name}", marks=pytest.mark.network) for carrier in OURS),
    ],
)
def way(request: pytest.FixtureRequest) -> tuple[Carrier | None, str]:
    """What carries a request over HTTP (None: it stays in memory), and the event loop."""
    carrier, backend = request.param
    return carrier, backend


@pytest.fixture(scope="module")
def anyio_backend(way: tuple[Carrier | None, str]) -> str:
    return way[1]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def fake(clock: VirtualClock) -> FakeAstria:
    return FakeAstria(clock=clock)


@pytest.fixture
async def place(
    way: tuple[Carrier | None, str], fake: FakeAstria, clock: VirtualClock
) -> AsyncIterator[tuple[str, Transport]]:
    """Where the fake is, and what carries a request there."""
    carrier = way[0]
    if carrier is None:
        yield "https://api.astria.ai", MockTransport(fake)
        return
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        fake.images_origin = f"http://localhost:{port}"
        config = uvicorn.Config(  # the Date is the fake's: by its own clock
            fake.asgi(), loop="asyncio", http="h11", ws="none", log_level="error", date_header=False
        )
        server = uvicorn.Server(config)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: server.serve(sockets=[listener]))
            transport = carrier.make(clock)
            yield f"http://127.0.0.1:{port}", transport if carrier.cuts else HoldsTime(transport)
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


# --- The fake over HTTP, for callers that know nothing of ours


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[FakeAstria, str]]:
    """A fake for which everything takes no time, and where it listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        fake = FakeAstria(timings=Timings().scaled(0), images_origin=f"http://localhost:{port}")
        server = uvicorn.Server(uvicorn.Config(fake.asgi(), log_level="critical"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield fake, f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def curl(served: tuple[FakeAstria, str], request: pytest.FixtureRequest) -> Iterator[Curl]:
    """Each test has an account of its own."""
    headers = {"Authorization": f"Bearer sd_{request.node.name}"}
    with httpx.Client(base_url=served[1], headers=headers, trust_env=False) as client:
        yield Curl(client)


@pytest.fixture
def persons_of(served: tuple[FakeAstria, str]) -> Callable[[int], tuple[int, ...]]:
    return served[0].persons_of
