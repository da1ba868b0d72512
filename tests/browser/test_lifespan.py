"""A client in the lifespan of a FastAPI application. Nothing warns: pytest makes an error of each warning."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI, Request

from astria_async import AsyncAstria
from astria_async.testing import FakeAstria, MockTransport, VirtualClock


def _application() -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        clock = VirtualClock()
        fake = FakeAstria(clock=clock)
        async with AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock) as astria:
            app.state.astria = astria
            yield

    async def order(request: Request) -> dict[str, int]:
        prompt = await request.app.state.astria.prompts.create_and_wait(690204, text="a garden", num_images=2)
        return {"images": len(prompt.images)}

    app = FastAPI(lifespan=lifespan)
    app.add_api_route("/order", order, methods=["POST"])
    return app


async def _orders() -> list[tuple[int, object]]:
    app = _application()
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://shop") as browser,
    ):
        answers = [await browser.post("/order") for _ in range(2)]
    return [(answer.status_code, answer.json()) for answer in answers]


@pytest.mark.parametrize("time", [1, 2])
def test_a_client_may_live_in_a_lifespan(time: int) -> None:
    with ThreadPoolExecutor(1) as pool:  # playwright keeps a loop of its own in this thread
        answered = pool.submit(asyncio.run, _orders()).result()
    assert answered == [(200, {"images": 2})] * 2
