"""A middleware of the user's may send twice, rewrite, hide or mistake a create: it is paid once, and told truly."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from astria_async import AsyncAstria, Prompt, Request, Response, Send, UnknownOutcomeError
from astria_async.errors import ValidationError
from astria_async.testing import FakeAstria, MockTransport, VirtualClock, drop, fail, processed_then

pytestmark = pytest.mark.anyio
PROMPTS = "POST /tunes/:id/prompts"
Both = tuple[AsyncAstria, FakeAstria]


@pytest.fixture
def through() -> Callable[[Any], Both]:
    """A client with one middleware, which sees creates only, and the stand-in that it talks to."""

    def make(layer: Any) -> Both:
        async def for_creates(request: Request, call_next: Send) -> Response:
            answer: Response = await (layer(request, call_next) if request.method == "POST" else call_next(request))
            return answer

        clock = VirtualClock()
        fake = FakeAstria(clock=clock)
        given = {"clock": clock, "random": random.Random(3), "middleware": [for_creates]}
        return AsyncAstria("sd_test", transport=MockTransport(fake), **given), fake

    return make


@pytest.mark.parametrize("fault", [processed_then(504), drop(processed=True), processed_then(500)])
async def test_a_middleware_that_retries_pays_once(through: Any, fault: Any) -> None:
    async def retries(request: Request, call_next: Send) -> Response:
        for _ in range(2):
            try:
                answer = await call_next(request)
            except Exception:  # noqa: BLE001, S112 -- as such middleware does
                continue
            if answer.status < 500:
                return answer
        return await call_next(request)

    astria, fake = through(retries)
    fake.script(PROMPTS, fault)
    prompt = await astria.prompts.create(690204, text="a garden")
    assert [prompt.id] == [stored.id for stored in fake.prompts]


@pytest.mark.parametrize("fault", [fail(401), fail(429), drop(False)])
async def test_a_middleware_may_send_again_what_made_nothing(through: Any, fault: Any) -> None:
    async def sends_again(request: Request, call_next: Send) -> Response:
        try:
            answer = await call_next(request)
        except Exception:  # noqa: BLE001 -- as such middleware does
            return await call_next(request)
        return answer if answer.status < 300 else await call_next(request)

    astria, fake = through(sends_again)
    fake.script(PROMPTS, fault)
    await astria.prompts.create(690204, text="a garden")
    assert len(fake.prompts) == 1
    assert [record.method for record in fake.requests] == ["POST", "POST"]


async def test_a_request_made_anew_is_still_this_create(through: Any) -> None:
    failures = [OSError("no space left")]

    async def rebuilds(request: Request, call_next: Send) -> Response:
        answer = await call_next(Request(method=request.method, url=request.url, body=request.body))
        if failures:
            raise failures.pop()
        return answer

    astria, fake = through(rebuilds)
    await astria.prompts.create(690204, text="a garden")
    assert len(fake.prompts) == 1


async def test_refusal_in_place_of_a_lost_answer_is_not_believed(through: Any) -> None:
    async def says_no(request: Request, call_next: Send) -> Response:
        answer = await call_next(request)
        return Response.from_json(422, {"error": "no"}) if answer.status == 504 else answer

    astria, fake = through(says_no)
    fake.script(PROMPTS, processed_then(504))
    assert isinstance(await astria.prompts.create(690204, text="a garden"), Prompt)
    fake.script(PROMPTS, fail(422, {"text": ["is bad"]}))
    with pytest.raises(ValidationError, match="is bad"):
        await astria.prompts.create(690204, text="a garden")
    assert len(fake.prompts) == 1


@pytest.mark.parametrize(("name", "value"), [("text", "a garden, 8k"), ("seed", 5)])
async def test_a_create_is_looked_for_as_it_went_out(through: Any, name: str, value: Any) -> None:
    async def rewrites(request: Request, call_next: Send) -> Response:
        assert request.body is not None
        return await call_next(request.replace(body=request.body.set(("prompt", name), value)))

    astria, fake = through(rewrites)
    fake.script(PROMPTS, processed_then(504))
    prompt = await astria.prompts.create(690204, text="a garden", seed=42)
    assert getattr(prompt, name) == value
    assert len(fake.prompts) == 1


async def test_a_title_taken_away_leaves_the_outcome_unknown(through: Any) -> None:
    async def renames(request: Request, call_next: Send) -> Response:
        assert request.body is not None
        return await call_next(request.replace(body=request.body.set(("tune", "title"), "mine")))

    astria, fake = through(renames)
    fake.script("POST /tunes", processed_then(504))
    with pytest.raises(UnknownOutcomeError) as caught:
        await astria.tunes.create(name="woman", images=["https://example.com/1.jpg"])
    assert caught.value.looked_for == {"title": "mine"}
    assert len(fake.tunes) == 1
