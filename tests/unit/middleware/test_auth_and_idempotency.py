"""The small layers: composition, credentials, identity, and an attempt's time."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async import (
    Body,
    ConfigurationError,
    Middleware,
    Request,
    RequestTimeoutError,
    Response,
    Send,
    Timeout,
    idempotency_seed,
    idempotency_title,
)
from astria_async._codec.identities import has_uuid
from astria_async._wire import Identity
from astria_async.middleware import AttemptTimeout, Auth, Idempotency, compose
from astria_async.middleware.compose import checked
from astria_async.middleware.record import CallRecord
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio
API = "https://api.astria.ai"


async def test_first_layer_is_outermost_and_none_is_the_transport_itself(script: Any, get: Request) -> None:
    seen: list[str] = []

    def layer(name: str) -> Any:
        async def note(request: Request, call_next: Send) -> Response:
            seen.append(f"{name} in")
            response = await call_next(request)
            seen.append(f"{name} out")
            return response

        return note

    send = script(200)
    assert compose([], send) is send
    await compose([layer("a"), layer("b")], send)(get)
    assert seen == ["a in", "b in", "b out", "a out"]


class Plain:
    def __call__(self, request: Request, call_next: Send) -> Response:
        return Response(status=200)


async def no_next(request: Request) -> Response:
    return Response(status=200)


def not_async(request: Request, call_next: Send) -> None: ...


@pytest.mark.parametrize(
    ("layer", "problem"),
    [
        (no_next, "does not take"),
        (not_async, "not async"),
        (Plain(), "not async"),
        (Plain, "is a class"),
        (3, "int cannot be called"),
    ],
)
def test_middleware_of_the_wrong_shape_is_refused_by_its_place(layer: Any, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"middleware\[0\]: .*{problem}"):
        checked([layer])


def test_functions_objects_and_partials_are_middleware() -> None:
    async def layer(prefix: str, request: Request, call_next: Send) -> Response:
        return await call_next(request)

    layers: list[Middleware] = [Auth("sd_k", base_url=API), partial(layer, "x")]
    assert checked(layers) == tuple(layers)


async def test_the_key_and_the_workspace_go_to_the_api(script: Any, get: Request) -> None:
    send = script(200)
    await Auth("sd_key", base_url=API, workspace_id=5)(get, send)
    assert send.requests[0].headers == {"authorization": "Bearer sd_key", "x-workspace-id": "5"}


@pytest.mark.parametrize(
    "url", ["https://mp.astria.ai/x", "https://api.astria.ai.evil.example/tunes", "http://api.astria.ai/tunes"]
)
async def test_the_key_goes_to_no_other_host(url: str, script: Any) -> None:
    send = script(200)
    await Auth("sd_key", base_url=API)(Request(method="GET", url=url), send)
    assert send.requests[0].headers == {}


async def test_a_request_may_go_out_without_credentials(script: Any) -> None:
    send = script(200)
    await Auth("sd_key", base_url=API)(Request(method="GET", url=f"{API}/cli/models", credentials=False), send)
    assert send.requests[0].headers == {}


async def test_a_key_that_comes_back_goes_no_further(script: Any, get: Request) -> None:
    send = script(Response(status=400, body=b"bad header: Bearer sd_key"))
    auth = Auth("sd_key", base_url=API)
    assert (await auth(get, send)).body == b"bad header: Bearer [the API key]"
    assert "sd_key" not in repr(auth)


async def test_a_tune_without_a_title_gets_a_uuid(script: Any, create: Callable[..., Request]) -> None:
    send = script(201)
    body = Body({"tune": {"name": "woman"}})
    await Idempotency(random.Random(1))(create(body=body), send)
    title = send.requests[0].body.get(("tune", "title"))
    assert UUID(title).version == 4
    assert send.requests[0].body.get(("tune", "name")) == "woman"
    assert send.requests[0].identity_drawn
    assert body == Body({"tune": {"name": "woman"}})


async def test_a_prompt_without_a_seed_gets_one_the_service_takes(script: Any, create: Callable[..., Request]) -> None:
    send = script(201)
    request = create(body=Body({"prompt": {"text": "x"}}), identity=Identity.PROMPT_SEED)
    await Idempotency(random.Random(1))(request, send)
    assert 0 <= send.requests[0].body.get(("prompt", "seed")) < 2**31


async def test_title_seed_of_0_and_other_requests_are_left_alone(
    script: Any, create: Callable[..., Request], get: Request
) -> None:
    zero = create(body=Body({"prompt": {"seed": 0}}), identity=Identity.PROMPT_SEED)
    for request in (get, create(), zero, create(body=None)):
        send = script(201)
        await Idempotency(random.Random(1))(request, send)
        assert send.requests == [request]


async def test_a_seed_of_minus_1_is_none(script: Any, create: Callable[..., Request]) -> None:
    send = script(201)
    request = create(body=Body({"prompt": {"seed": -1}}), identity=Identity.PROMPT_SEED)
    await Idempotency(random.Random(1))(request, send)
    assert send.requests[0].body.get(("prompt", "seed")) >= 0
    assert send.requests[0].identity_drawn


async def test_what_the_caller_chose_is_not_taken_for_drawn(script: Any, create: Callable[..., Request]) -> None:
    send = script(201)
    await Idempotency(random.Random(1))(create(), send)
    assert not send.requests[0].identity_drawn


@given(st.lists(st.text()))
def test_a_seed_made_of_parts_fits_into_a_signed_column(parts: list[str]) -> None:
    assert 0 <= idempotency_seed(*parts) < 2**31


async def test_record_is_reached_only_once_all_layers_let_it_pass(get: Request) -> None:
    record = CallRecord(VirtualClock(), get, 0.0, VirtualClock().now())
    seen: list[bool] = []

    async def send(request: Request) -> Response:
        seen.append(record.reached)
        return Response(status=200)

    request = get.replace(record=record)
    await Auth("sd_key", base_url=API)(request, send)
    assert seen == [True]
    assert not record.attempts


async def test_a_request_may_be_for_another_workspace_than_the_clients(script: Any) -> None:
    send = script(200)
    request = Request(method="GET", url=f"{API}/prompts", headers={"X-Workspace-Id": "9"})
    await Auth("sd_key", base_url=API, workspace_id=5)(request, send)
    assert send.requests[0].headers["x-workspace-id"] == "9"


def test_title_is_random_or_the_same_for_the_same_parts() -> None:
    assert idempotency_title() != idempotency_title()
    assert idempotency_title("order", 1234) == idempotency_title("order", 1234)
    assert idempotency_title("order", 1234) == "5bf00b97-5901-505a-b914-6ffd9765fb23"  # in any process, for ever
    assert idempotency_title("a", "b") != idempotency_title("a, b") != idempotency_title("ab")


def test_a_uuid_is_found_inside_a_readable_title() -> None:
    assert has_uuid(f"Jane Doe – {idempotency_title()}")
    assert not has_uuid("Jane Doe")


async def test_attempt_ends_after_its_time_and_may_have_been_sent(clock: VirtualClock, get: Request) -> None:
    async def silent(request: Request) -> Response:
        await clock.sleep(1000)
        return Response(status=200)

    with pytest.raises(RequestTimeoutError, match="no answer within 60 s") as caught:
        await AttemptTimeout(clock)(get, silent)
    assert caught.value.request_was_sent is True
    assert clock.monotonic() == 60


async def test_an_attempt_ends_at_the_calls_deadline(clock: VirtualClock) -> None:
    async def silent(request: Request) -> Response:
        await clock.sleep(1000)
        return Response(status=200)

    for timeout in (Timeout(), Timeout(attempt=None)):
        request = Request(method="GET", url=API, deadline=clock.monotonic() + 7, timeout=timeout)
        with pytest.raises(RequestTimeoutError, match="within 7 s"):
            await AttemptTimeout(clock)(request, silent)


async def test_an_attempt_is_not_begun_after_the_deadline(clock: VirtualClock, script: Any) -> None:
    send = script(200)
    with pytest.raises(RequestTimeoutError) as caught:
        await AttemptTimeout(clock)(Request(method="GET", url=API, deadline=0.0), send)
    assert caught.value.request_was_sent is False
    assert send.requests == []


@pytest.mark.parametrize("name", ["total", "attempt", "connect"])
def test_a_timeout_is_above_0_or_none(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Timeout(**{name: 0})
    Timeout(**{name: None})
