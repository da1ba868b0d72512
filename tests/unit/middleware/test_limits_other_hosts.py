"""Uploads to storage go through the limiter too: what another host answers says nothing about the API."""

from __future__ import annotations

import anyio
import pytest

from astria_async import APIError, AsyncAstria, Limits, Request, Response, RetryPolicy, TransportError
from astria_async.middleware import Limiter
from astria_async.testing import MockTransport, VirtualClock

from .test_limits import Server, answering

pytestmark = pytest.mark.anyio
BASE_URL = "https://api.example.com"
ELSEWHERE = [
    Request(method="PUT", url="https://storage.example.com/1", credentials=False),
    Request(method="PUT", url="https://storage.example.com/1"),
    Request(method="PUT", url="https://api.example.com.storage.example.com/1"),
    Request(method="GET", url=f"{BASE_URL}/public", credentials=False),
]


@pytest.mark.parametrize("request_elsewhere", ELSEWHERE)
@pytest.mark.parametrize("happened", [200, 429, 503, 504, TransportError("reset", request_was_sent=True)])
async def test_another_host_says_nothing_about_the_api(
    happened: int | TransportError, request_elsewhere: Request, clock: VirtualClock
) -> None:
    limiter = Limiter(Limits(start=1, max_in_flight=20), clock=clock, base_url=BASE_URL)
    for _ in range(20):
        try:
            await limiter(request_elsewhere, answering(happened))
        except TransportError:
            pass
    assert limiter.statistics().limit == 1
    assert limiter.statistics().cooling_down == 0


async def test_another_host_that_is_full_leaves_the_api_its_slots(clock: VirtualClock) -> None:
    limiter = Limiter(Limits(max_in_flight=2), clock=clock, base_url=BASE_URL)
    storage, api = Server(clock), Server(clock)
    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(limiter, ELSEWHERE[0], storage)
        await clock.advance(0)
        tasks.start_soon(limiter, Request(method="GET", url=f"{BASE_URL}/tunes"), api)
    assert api.times == [0]
    assert storage.most == 2


async def test_another_host_is_left_alone_after_its_own_429(clock: VirtualClock) -> None:
    limiter, storage = Limiter(Limits(cooldown=5), clock=clock, base_url=BASE_URL), Server(clock)
    await limiter(ELSEWHERE[0], answering(429))
    await limiter(ELSEWHERE[0], storage)
    assert storage.times == [5]


async def test_upload_refused_by_storage_does_not_cool_down_the_client(clock: VirtualClock) -> None:
    def answer(request: Request) -> Response:
        if request.method == "PUT":
            return Response(status=429, headers={"retry-after": "90"})
        place = {"id": 1, "signed_id": "x", "direct_upload": {"url": "https://storage.example.com/1", "headers": {}}}
        return Response.from_json(200, place)

    astria = AsyncAstria("sd_test", transport=MockTransport(answer), clock=clock, retry=RetryPolicy(max_attempts=1))
    with pytest.raises(APIError):
        await astria.images.upload(b"\xff\xd8\xff")
    assert astria.statistics().cooling_down == 0
    assert astria.statistics().limit == Limits().start
