"""Create and wait in one call: what was created is in every error of the wait."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import anyio
import pytest

from astria_async import (
    AsyncAstria,
    GenerationFailedError,
    ParameterError,
    PromptState,
    Request,
    Response,
    TuneState,
    WaitTimeoutError,
)
from astria_async.errors import AuthenticationError
from astria_async.testing import FakeAstria, MockTransport, VirtualClock, fail

pytestmark = pytest.mark.anyio
TUNE: dict[str, Any] = {"name": "woman", "image_urls": ["https://example.com/1.jpg"], "branch": "fast"}
MODEL = 690204


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def fake(clock: VirtualClock) -> FakeAstria:
    return FakeAstria(clock=clock)


@pytest.fixture
def astria(fake: FakeAstria, clock: VirtualClock) -> Any:
    return AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock)


def posts(fake: FakeAstria) -> int:
    return sum(request.method == "POST" for request in fake.requests)


async def test_a_prompt_is_created_and_returned_with_its_images(astria: Any) -> None:
    prompt = await astria.prompts.create_and_wait(tune=MODEL, text="a garden", num_images=2)
    assert prompt.state is PromptState.SUCCEEDED
    assert len(prompt.images) == 2


async def test_a_tune_is_created_and_returned_trained(astria: Any) -> None:
    assert (await astria.tunes.create_and_wait(**TUNE)).state is TuneState.TRAINED


async def test_a_wait_that_ends_early_names_its_prompt(astria: Any, fake: FakeAstria) -> None:
    with pytest.raises(WaitTimeoutError) as caught:
        await astria.prompts.create_and_wait(MODEL, text="a garden", timeout=1.0)
    error = caught.value
    assert error.created is not None
    assert error.created.id == (await astria.prompts.list().first()).id
    assert f"prompt {error.created.id} was created" in error.__notes__[0]
    assert pickle.loads(pickle.dumps(error)).created == copy.copy(error).created == error.created
    assert (await astria.prompts.wait(error.created)).state is PromptState.SUCCEEDED
    assert posts(fake) == 1


async def test_a_tune_whose_wait_ends_early_is_named(astria: Any) -> None:
    with pytest.raises(WaitTimeoutError) as caught:
        await astria.tunes.create_and_wait(**TUNE, timeout=1.0)
    assert caught.value.created is not None
    assert caught.value.created.id == (await astria.tunes.list().first()).id


async def test_a_prompt_that_failed_is_in_the_error(astria: Any) -> None:
    with pytest.raises(GenerationFailedError) as caught:
        await astria.prompts.create_and_wait(MODEL, text="a garden [[fail]]")
    assert caught.value.created is not None
    assert caught.value.created.id == caught.value.prompt.id


async def test_an_api_error_in_a_wait_names_the_prompt(astria: Any, fake: FakeAstria) -> None:
    fake.script("GET /prompts/:id", fail(401))
    with pytest.raises(AuthenticationError) as caught:
        await astria.prompts.create_and_wait(MODEL, text="a garden")
    assert caught.value.created is not None
    assert caught.value.created.id == (await astria.prompts.list().first()).id


async def test_a_cancelled_wait_says_which_prompt_was_created(clock: VirtualClock, caplog: Any) -> None:
    def handler(request: Request) -> Response:
        if request.method == "GET":
            scope.cancel()
        return Response.from_json(201, {"id": 5})

    astria = AsyncAstria("sd_test", transport=MockTransport(handler), clock=clock)
    notes: list[str] = []
    with anyio.CancelScope() as scope:
        try:
            await astria.prompts.create_and_wait(MODEL, text="a garden")
        except BaseException as error:
            notes = error.__notes__
            raise
    assert scope.cancelled_caught
    assert notes == ["the prompt 5 was created before this: it can be read and waited for by its id"]
    assert "the prompt 5 was created" in caplog.text


@pytest.mark.parametrize("wrong", [{"timeout": "5"}, {"timeout": -1}, {"interval": "2"}, {"interval": True}])
async def test_a_time_that_makes_no_sense_creates_nothing(wrong: Any, astria: Any, fake: FakeAstria) -> None:
    for create in (
        lambda: astria.prompts.create_and_wait(MODEL, text="a garden", **wrong),
        lambda: astria.tunes.create_and_wait(**TUNE, **wrong),
    ):
        with pytest.raises(ParameterError, match=f"^{next(iter(wrong))}: "):
            await create()
    assert not fake.requests
