"""What users write, and the type of what they get: read by mypy and pyright, never run."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import assert_type

from astria_async import (
    AsyncAstria,
    Catalog,
    Clock,
    HttpxTransport,
    Inspection,
    Limits,
    Listing,
    Middleware,
    Pack,
    PackRun,
    Prompt,
    PromptParams,
    PromptState,
    RandomSource,
    Request,
    Response,
    RetryPolicy,
    Send,
    Timeout,
    Transport,
    Tune,
    TuneParams,
    TuneState,
    UploadedFile,
    User,
    WaitTimeoutError,
    bases,
    errors,
)
from astria_async.downloads import DownloadedImage
from astria_async.testing import FakeAstria, MockTransport, VirtualClock


async def the_client() -> None:
    async with AsyncAstria() as astria:
        assert_type(astria, AsyncAstria)
    AsyncAstria("sd_key", base_url="https://example.com", workspace_id=12, profile="work", account_idempotency=True)
    AsyncAstria(retry=RetryPolicy(), limits=Limits(), timeout=Timeout(total=None), random=Random(1))


async def tunes(astria: AsyncAstria) -> None:
    tune = await astria.tunes.create(name="woman", images=[Path("1.jpg"), "https://example.com/2.jpg"])
    assert_type(tune, Tune)
    assert_type(await astria.tunes.create(TuneParams(name="cat", image_urls=["https://example.com/1.jpg"])), Tune)
    await astria.tunes.create(name="dog", images=[b"...", ("1.jpg", b"..."), io.BytesIO(b"...")], title=None)
    await astria.tunes.create(name="dog", branch="fast", model_type="one that Astria adds tomorrow")
    assert_type(await astria.tunes.retrieve(123), Tune)
    assert_type(await astria.tunes.retrieve(tune), Tune)
    assert_type(await astria.tunes.wait(tune, timeout=None, interval=2.5), Tune)
    listing = astria.tunes.list(page_size=120, limit=1000)
    assert_type(listing, Listing[Tune])
    async for each in listing:
        assert_type(each, Tune)
    async for page in astria.tunes.list().pages():
        assert_type(page[0], Tune)
    assert_type([each.id async for each in astria.tunes.list()], list[int])
    assert_type(await listing, list[Tune])
    assert_type(await listing.all(), list[Tune])
    assert_type(await astria.tunes.list().first(), Tune | None)
    assert_type(await astria.tunes.create_and_wait(name="woman", images=[b"..."], timeout=None), Tune)
    assert_type(await astria.tunes.create_and_wait(TuneParams(name="cat"), interval=5), Tune)
    assert_type(await astria.tunes.delete(tune), None)


async def prompts(astria: AsyncAstria, tune: Tune) -> None:
    prompt = await astria.prompts.create(tune, text=f"{tune.mention()} in a garden", num_images=4, seed=1)
    assert_type(prompt, Prompt)
    assert_type(await astria.prompts.create(123, PromptParams(text="a cat", scheduler="euler")), Prompt)
    assert_type(await astria.prompts.retrieve(prompt), Prompt)
    assert_type(await astria.prompts.retrieve(456, tune=123), Prompt)
    assert_type(await astria.prompts.wait(prompt), Prompt)
    assert_type(await astria.prompts.download(prompt, "pictures"), list[Path])
    assert_type(await astria.prompts.download(456, Path("pictures"), "{n}"), list[Path])
    assert_type(await astria.prompts.read(456), list[bytes])
    assert_type(await astria.prompts.read(456, 1), bytes)
    async for image in astria.prompts.stream(456):
        assert_type(image, DownloadedImage)
    async for each in astria.prompts.list(tune):
        assert_type(each, Prompt)
    assert_type(await astria.prompts.list(tune=tune, liked=True, limit=3), list[Prompt])
    assert_type(await astria.prompts.create(tune=tune, text="a cat"), Prompt)
    assert_type(await astria.prompts.create(tune=123, params=PromptParams(text="a cat"), on=5), Prompt)
    assert_type(await astria.prompts.create_and_wait(tune, text="a cat", timeout=600, interval=5.0), Prompt)
    assert_type(await astria.prompts.create_and_wait(tune, PromptParams(text="a cat"), auto_seed=False), Prompt)
    assert_type(await astria.prompts.retrieve(prompt=456, tune=123), Prompt)
    assert_type(await astria.prompts.retrieve(456, tune), Prompt)
    assert_type(await astria.prompts.delete(prompt, tune=tune), None)


async def the_rest_of_the_api(astria: AsyncAstria, tune: Tune, prompt: Prompt) -> None:
    assert_type(await astria.tunes.find("7f9c24e5-2f1a-4e0b-9b1a-0d5a2f1c3b4d"), Tune | None)
    assert_type(await astria.tunes.update(tune, title="Ann"), Tune)
    assert_type(await astria.prompts.duplicate(prompt, text="a dog"), Prompt)
    assert_type(await astria.prompts.like(prompt), None)
    assert_type(await astria.packs.run("headshots", tune_ids=[1]), PackRun)
    assert_type(await astria.packs.retrieve(1), Pack)
    async for each in astria.gallery.tunes():
        assert_type(each, Tune)
    assert_type(await astria.images.inspect(name="woman", file=Path("1.jpg")), Inspection)
    assert_type(await astria.images.upload(Path("1.jpg")), UploadedFile)
    assert_type(await astria.account.me(), User)
    assert_type(await astria.account.models(), Catalog)


async def views(astria: AsyncAstria) -> None:
    assert_type(astria.with_options(workspace_id="all", timeout=Timeout(total=60)), AsyncAstria)
    raw = await astria.with_raw_response(astria.tunes.retrieve(1))
    assert_type(raw.parsed, Tune)
    assert_type(raw.response, Response)
    assert_type(await astria.request("GET", "/something/new", params={"limit": 1}), Response)


def what_comes_back(tune: Tune, prompt: Prompt) -> None:
    assert_type(tune.state, TuneState)
    assert_type(tune.trained_at, datetime | None)
    assert_type(tune.orig_images, tuple[str, ...])
    assert_type(tune.cost, Decimal | None)
    assert_type(tune.mention(0.8), str)
    assert_type(prompt.state, PromptState)
    assert_type(prompt.images, tuple[str, ...])
    assert_type(prompt.user_error, str | None)


async def what_goes_wrong(astria: AsyncAstria) -> None:
    try:
        await astria.tunes.wait(1)
    except WaitTimeoutError as error:
        assert_type(error.attempts, tuple[errors.Attempt, ...])
        assert_type(error.created, Tune | Prompt | None)
    except errors.ValidationError as error:
        assert_type(error.status, int)
        assert_type(error.status_code, int)
    except errors.RequestTimeoutError as error:
        assert_type(error.request_was_sent, bool)


async def announce(request: Request, call_next: Send) -> Response:
    print(request.operation)
    return await call_next(request)


def seams(transport: HttpxTransport, clock: VirtualClock) -> None:
    """A function is a middleware; ours and the stand-in's transports and clocks are what the client asks for."""
    middleware: Middleware = announce
    AsyncAstria("sd_key", transport=transport, clock=clock, middleware=[middleware, announce])
    AsyncAstria("sd_key", transport=MockTransport(FakeAstria(clock=clock)), clock=clock)
    AsyncAstria("sd_key", transport=MockTransport(lambda request: Response.from_json(200, {"id": 1})))
    real: Transport = transport
    mock: Transport = MockTransport(FakeAstria())
    virtual: Clock = clock
    source: RandomSource = Random(1)
    send: Callable[[Request], Awaitable[Response]] = real.send
    print(mock, virtual, source, send)


async def a_fixture() -> AsyncIterator[AsyncAstria]:
    async with AsyncAstria("sd_test", transport=MockTransport(FakeAstria())) as astria:
        yield astria


def which_model_draws(tune: Tune) -> None:
    assert_type(tune.mention(), str)
    assert_type(tune.is_adapter, bool)
    base: int = bases.FLUX1_DEV
    assert base
