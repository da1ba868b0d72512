"""The client as a whole: views, raw answers, calls of one's own, and closing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from astria_async import (
    AsyncAstria,
    ConfigurationError,
    Effect,
    HttpxTransport,
    Limits,
    NotFoundError,
    ParameterError,
    Request,
    Response,
    RetryPolicy,
    Send,
    ServerError,
    Timeout,
    TransportError,
    UnknownOutcomeError,
)
from astria_async.testing import FakeAstria, MockTransport, VirtualClock, faults

pytestmark = pytest.mark.anyio
Make = Callable[..., tuple[AsyncAstria, MockTransport]]


@pytest.fixture
def make() -> Make:
    def making(*answers: Response, **more: Any) -> tuple[AsyncAstria, MockTransport]:
        left = list(answers) or [Response.from_json(200, {"id": 3}, {"X-Request-Id": "r1"})]
        transport = MockTransport(lambda request: left.pop(0) if len(left) > 1 else left[0])
        given = {"clock": VirtualClock(), "random": random.Random(1), "transport": transport, **more}
        return AsyncAstria("sd_test", **given), transport

    return making


async def test_a_users_middleware_sees_each_attempt_without_the_key(make: Make) -> None:
    seen: list[Request] = []

    async def note(request: Request, call_next: Send) -> Response:
        seen.append(request)
        return await call_next(request)

    astria, transport = make(Response(status=500), Response.from_json(200, {"id": 3}), middleware=[note])
    await astria.tunes.retrieve(3)
    assert len(seen) == 2
    assert all("authorization" not in request.headers for request in seen)
    assert all(request.headers["authorization"] == "Bearer sd_test" for request in transport.requests)


async def test_a_view_changes_what_it_names_and_shares_the_rest(make: Make) -> None:
    astria, transport = make()
    view = astria.with_options(workspace_id=5, timeout=Timeout(total=7.0))
    await view.tunes.retrieve(3)
    await view.with_options(workspace_id="personal").tunes.retrieve(3)
    await astria.tunes.retrieve(3)
    assert [request.headers.get("x-workspace-id") for request in transport.requests] == ["5", None, None]
    assert [request.timeout.total for request in transport.requests] == [7.0, 7.0, None]


async def test_a_view_shares_the_limits(make: Make) -> None:
    astria, _ = make(Response(status=429), Response.from_json(200, {"id": 3}), limits=Limits(start=8))
    await astria.with_options(retry=RetryPolicy(jitter=0.0)).tunes.retrieve(3)
    assert astria.statistics().limit == 4


@pytest.mark.parametrize(("max_retries", "requests"), [(0, 1), (2, 3)])
async def test_max_retries_counts_after_the_first_attempt(max_retries: int, requests: int, make: Make) -> None:
    astria, transport = make(Response(status=500), max_retries=max_retries)
    with pytest.raises(ServerError):
        await astria.tunes.retrieve(3)
    assert len(transport.requests) == requests
    with pytest.raises(ServerError):
        await astria.with_options(max_retries=1).tunes.retrieve(3)
    assert len(transport.requests) == requests + 2


@pytest.mark.parametrize("is_made", [True, False])
async def test_without_retries_a_lost_create_is_still_looked_for(is_made: bool, make: Make) -> None:
    clock = VirtualClock()
    fake = FakeAstria(clock=clock)
    astria, _ = make(transport=MockTransport(fake), max_retries=0, clock=clock)
    tune = await astria.tunes.create(name="woman", image_urls=["https://x.y/1.jpg"])
    fake.script("POST /tunes/*/prompts", faults.drop(processed=is_made))
    if is_made:
        prompt = await astria.prompts.create(tune, text=f"{tune.mention()} in a garden")
        assert [stored.id for stored in fake.prompts] == [prompt.id]
    else:
        with pytest.raises(TransportError, match="does not exist") as caught:
            await astria.prompts.create(tune, text=f"{tune.mention()} in a garden")
        assert caught.value.outcome == "rejected"  # it was looked for, and does not exist
    assert [f"{record.method} {record.path.rsplit('/')[-1]}" for record in fake.requests].count("POST prompts") == 1


async def test_closing_view_closes_nothing_and_closing_client_closes_all(make: Make) -> None:
    astria, _ = make()
    async with astria.with_options(validate=False) as view:
        await view.tunes.retrieve(3)
    await astria.tunes.retrieve(3)
    await astria.aclose()
    with pytest.raises(ConfigurationError, match="closed"):
        await astria.tunes.retrieve(3)


class OfMyOwn:
    """A transport of the user's, which reaches who knows where."""

    send = stream = aclose = staticmethod(lambda *_: None)


@pytest.mark.parametrize("base_url", ["http://localhost:9", "http://127.0.0.1:9", "http://[::1]:9"])
async def test_a_scaled_policy_is_for_fakes(base_url: str, make: Make) -> None:
    scaled = RetryPolicy().scaled(0.01)
    astria, _ = make(retry=scaled)
    astria.with_options(retry=scaled)
    AsyncAstria("sd_test", base_url=base_url, retry=scaled)
    mine: Any = OfMyOwn()
    for given in ({}, {"transport": "aiohttp"}, {"transport": mine}, {"base_url": "https://localhost.evil.example"}):
        with pytest.raises(ConfigurationError, match="retry: a scaled policy is for fakes") as caught:
            AsyncAstria("sd_test", retry=scaled, **given)
        assert "\n" not in str(caught.value)
    with pytest.raises(ConfigurationError, match="retry: a scaled policy is for fakes"):
        AsyncAstria("sd_test").with_options(retry=scaled)
    AsyncAstria("sd_test", retry=RetryPolicy(unknown_wait=0.0, server_error_wait=0.0))


def test_raw_response_of_task_never_loses_what_was_paid_for(make: Make) -> None:
    async def main() -> None:
        astria, _ = make(Response.from_json(201, {"id": 3}))
        task = asyncio.create_task(astria.tunes.create(name="woman", image_urls=["https://x.y/1"]))
        await asyncio.wait([task])
        raw = await astria.with_raw_response(task)
        assert raw.parsed.id == 3
        with pytest.raises(LookupError, match="was a task; pass the call itself"):
            print(raw.response)

    asyncio.run(main())


async def test_raw_response_has_status_headers_and_attempts_beside_the_model(make: Make) -> None:
    answer = Response.from_json(200, {"id": 3}, {"X-Request-Id": "r1"})
    astria, _ = make(Response(status=500), answer)
    raw = await astria.with_raw_response(astria.tunes.retrieve(3))
    assert raw.parsed.id == 3
    assert (raw.response.status, raw.response.headers["x-request-id"]) == (200, "r1")
    assert [attempt.result for attempt in raw.response.attempts] == ["500", "200"]


async def test_raw_response_of_call_without_request_is_said_so(make: Make) -> None:
    astria, _ = make()
    tune = await astria.tunes.retrieve(3)

    async def nothing() -> object:
        return tune

    raw = await astria.with_raw_response(nothing())  # whatever it returns may be paid for
    assert raw.parsed is tune
    with pytest.raises(LookupError, match="needed no request"):
        print(raw.response)


async def test_what_has_no_method_goes_through_the_same_middleware(make: Make, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    astria, transport = make(Response(status=500), Response.from_json(200, {"anything": 1}))
    response = await astria.request("get", "/anything", params={"a": [1, 2], "b": None})
    assert response.json() == {"anything": 1}
    assert transport.requests[0].url == "https://api.astria.ai/anything?a%5B%5D=1&a%5B%5D=2"
    body = {"thing": {"n": 1, "files": [tmp_path / "a.png"], "none": None}}
    await astria.request("PATCH", "/anything", json=body)
    sent = transport.requests[-1].body
    assert sent is not None
    assert [part.name for part in sent.files()] == ["a.png"]
    assert transport.requests[-1].effect is Effect.UPDATE


async def test_post_is_not_sent_again_unless_its_effect_permits(make: Make) -> None:
    astria, transport = make(Response(status=504), Response.from_json(200, {}))
    with pytest.raises(UnknownOutcomeError):
        await astria.request("POST", "/anything")
    assert len(transport.requests) == 1
    astria, transport = make(Response(status=504), Response.from_json(200, {}))
    await astria.request("POST", "/anything", effect=Effect.READ)
    assert len(transport.requests) == 2


async def test_an_error_of_a_call_of_ones_own_is_raised(make: Make) -> None:
    astria, _ = make(Response.from_json(404, {"status": 404, "error": "Not Found"}))
    with pytest.raises(NotFoundError, match="404 on GET /anything: Not Found"):
        await astria.request("GET", "/anything")


@pytest.mark.parametrize("path", ["anything", "https://evil.example/", "//evil.example/x://"])
async def test_a_path_that_leads_elsewhere_is_refused(path: str, make: Make) -> None:
    astria, transport = make()
    with pytest.raises(ParameterError, match="path"):
        await astria.request("GET", path)
    assert transport.requests == []


async def test_the_key_shows_nowhere(make: Make) -> None:
    astria, _ = make(Response(status=400, body=b"Bearer sd_test is bad"))
    with pytest.raises(Exception) as caught:  # whatever it is, it must not show the key
        await astria.tunes.retrieve(3)
    shown = f"{astria!r}{caught.value!r}{vars(caught.value)}{astria._parts!r}"
    assert "sd_test" not in shown


def test_without_a_key_it_says_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match="pass api_key=..., or set ASTRIA_API_KEY"):
        AsyncAstria()


def test_the_default_transport_is_http() -> None:
    assert isinstance(AsyncAstria("sd_test")._parts.transport, HttpxTransport)
