"""Mistakes that a type checker refuses: each line is one, and an ignore that refuses nothing is an error itself."""

from __future__ import annotations

from pathlib import Path

from astria_async import (
    AsyncAstria,
    Limits,
    Prompt,
    PromptParams,
    Request,
    Response,
    RetryPolicy,
    Timeout,
    Tune,
    TuneParams,
)
from astria_async.testing import FakeAstria


async def tunes(astria: AsyncAstria, tune: Tune) -> None:
    await astria.tunes.create(name="woman", titel="Ann")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    await astria.tunes.create(images=[Path("1.jpg")])  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    await astria.tunes.create(name="woman", images="1.jpg")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    await astria.tunes.create(name="woman", steps="300")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    await astria.tunes.create({"name": "woman"})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    await astria.tunes.create(TuneParams(name="woman"), title="Ann")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    await astria.tunes.retrieve("123")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await astria.tunes.wait(tune, deadline=60)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    astria.tunes.delete(tune)  # type: ignore[unused-coroutine]  # pyright: ignore[reportUnusedCoroutine]
    astria.tunes.list(max_items=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    for each in astria.tunes.list():  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues]
        print(each)
    print(tune.status)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    tune.title = "Ann"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


async def prompts(astria: AsyncAstria, tune: Tune, prompt: Prompt) -> None:
    await astria.prompts.create(text="a cat")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    await astria.prompts.create(tune, text="a cat", num_images="4")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    await astria.prompts.create(tune, text="a cat", negative="a dog")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    await astria.prompts.create(tune, "a cat")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    await astria.prompts.create_and_wait(tune, text="a cat", time_out=5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    astria.prompts.list(tune_id=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await astria.prompts.create("123", text="a cat")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    await astria.prompts.wait(tune)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await astria.prompts.download(prompt)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await astria.prompts.prepare("123", text="a cat")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    await astria.prompts.find(tune)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await astria.send(prompt)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    print(prompt.image.url)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def values() -> None:
    TuneParams(name="woman", titel="Ann")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    PromptParams(text="a cat", num_images="4")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    AsyncAstria("sd_key", "https://example.com")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    AsyncAstria(api_key=123)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def not_asynchronous(request: Request, call_next: object) -> Response:
    return Response(status=200)


AsyncAstria(middleware=[not_asynchronous])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


async def the_client(astria: AsyncAstria) -> None:
    AsyncAstria("sd_key", timout=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    AsyncAstria("sd_key", max_retries="3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    astria.with_options(max_retry=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Limits(max_inflight=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    RetryPolicy(max_attempt=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Timeout(tota=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    FakeAstria(balance=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await astria.request("GET", "/users", query={})  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await astria.with_raw_response.tunes.retrieve("1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await astria.with_raw_response.tunes.create(nam="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    print(astria.with_raw_response.tunes.list)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    print(astria.with_raw_response.gallery)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
