"""The mock's callbacks: delivered beside the server, on this machine only, once."""

from __future__ import annotations

import anyio
import pytest

from astria_async import AsyncAstria, Request, Response, TransportError
from astria_async.cli.mock.callback_queue import CallbackQueue
from astria_async.testing import FakeAstria, MockTransport, VirtualClock

pytestmark = pytest.mark.anyio


async def test_a_callback_is_delivered_once_and_a_failing_receiver_stops_nothing() -> None:
    called: list[str] = []

    def receiver(request: Request) -> Response:
        called.append(request.url)
        if "first" in request.url:
            raise TransportError("refused", request_was_sent=False)
        return Response(status=200)

    clock = VirtualClock()
    queue = CallbackQueue(MockTransport(receiver))
    fake = FakeAstria(clock=clock, callbacks=queue.sink)
    astria = AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock).with_options(validate=False)
    urls = ["http://localhost:1/first", "https://shop.com/elsewhere", "http://127.0.0.1:1/third?user=1"]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(queue.run)
        for number, url in enumerate(urls):
            images = [f"https://x.y/{number}"]
            await astria.tunes.create(name="woman", image_urls=images, branch="fast", callback=url)
        await clock.advance(60)
        await fake.deliver_callbacks()
        await clock.advance(1)
        tasks.cancel_scope.cancel()
    assert called == [urls[0], urls[2]]
