"""What middleware and transports raise that is not the SDK's goes through the same record; none of it leaves the SDK."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async import Request, Response, Send, TransportError, UnknownOutcomeError
from astria_async.errors import (
    ConfigurationError,
    DecodeError,
    NotFoundError,
    ParameterError,
    UnexpectedError,
)
from astria_async.middleware import Auth, compose

pytestmark = pytest.mark.anyio
LOST = TransportError("reset", request_was_sent=True)
REFUSED = TransportError("refused", request_was_sent=False)
API = "https://api.astria.ai"


def around(service: Any, layer: Any = None) -> Send:
    """The chain inside Retry: a middleware of the user's, credentials, and the service."""
    return compose([*([layer] if layer else []), Auth("sd_key", base_url=API)], service)


class OddError(Exception):
    pass


FOREIGN = [OddError("odd"), OSError("broken pipe"), KeyError("x"), TimeoutError(), ParameterError("x: is odd")]


@pytest.mark.parametrize("error", FOREIGN)
async def test_what_a_middleware_raises_before_it_sends_made_nothing(
    error: Exception, retry: Any, service: Any, order: Any
) -> None:
    async def layer(request: Request, call_next: Send) -> Response:
        raise error

    server = service()
    with pytest.raises((UnexpectedError, ParameterError)) as caught:
        await retry()(order(7), around(server, layer))
    assert caught.value.outcome == "not_sent"
    assert server.calls == []


@pytest.mark.parametrize(
    "error",
    [
        *FOREIGN,
        TransportError("a webhook of mine", request_was_sent=False),
        NotFoundError(404, "a call of mine"),
        ConfigurationError("x"),
        UnknownOutcomeError("x"),
        DecodeError("x", problems=[], body=""),
    ],
)
async def test_what_middleware_raises_around_create_that_was_made_loses_nothing(
    error: Exception, retry: Any, service: Any, order: Any
) -> None:
    raised = []

    async def layer(request: Request, call_next: Send) -> Response:
        response = await call_next(request)
        if request.method == "POST":
            raised.append(1)
            raise error
        return response

    server = service()
    assert (await retry()(order(7), around(server, layer))).json()["id"] == 1
    assert len(server.items) == len(raised) == 1


@pytest.mark.parametrize(
    "error", [OddError("odd"), OSError("broken pipe"), RuntimeError("h2"), DecodeError("x", problems=[], body="")]
)
@pytest.mark.parametrize("fate", ["made", "lost"])
async def test_undocumented_exceptions_of_transports_count_as_no_answer(
    error: Exception, fate: str, retry: Any, service: Any, order: Any
) -> None:
    server = service(fate)
    failures = [error]

    async def send(request: Request) -> Response:
        answer: Response = await server(request)
        if request.method == "POST" and failures:
            raise failures.pop()
        return answer

    try:
        response = await retry()(order(7), around(send))
    except TransportError as caught:  # it is not the network's, and would be raised again
        assert (fate, caught.outcome) == ("lost", "rejected")
        assert server.items == []
    else:
        assert response.json()["id"] == 1
        assert len(server.items) == 1
    assert not failures


async def test_no_foreign_exception_leaves_a_read(retry: Any, script: Any, get: Request) -> None:
    with pytest.raises(UnexpectedError, match="OddError: odd") as caught:
        await retry()(get, script(OddError("odd")))
    assert isinstance(caught.value.__cause__, OddError)
    send = script(OSError("broken pipe"), 200)
    assert (await retry()(get, send)).status == 200


async def test_a_create_whose_connection_was_refused_is_not_looked_for(retry: Any, service: Any, order: Any) -> None:
    server = service(REFUSED, "made")
    response = await retry()(order(7), around(server))
    assert [attempt.outcome for attempt in response.attempts] == ["not_sent", None]
    assert server.lists == []


async def test_middleware_that_tries_again_hides_no_first_attempt(retry: Any, service: Any, order: Any) -> None:
    async def impatient(request: Request, call_next: Send) -> Response:
        try:
            return await call_next(request)
        except TransportError:
            return await call_next(request)

    server = service()

    async def send(request: Request) -> Response:
        if request.method == "POST":
            if not server.posts:
                await server(request)
                raise TransportError("reset", request_was_sent=True)
            raise TransportError("refused", request_was_sent=False)
        answer: Response = await server(request)
        return answer

    assert (await retry()(order(7), around(send, impatient))).json()["id"] == 1
    assert len(server.items) == 1


async def test_without_a_layer_that_tells_each_attempt_counts_as_sent(retry: Any, service: Any, order: Any) -> None:
    """A Retry of one's own chain: what is raised there says nothing of what was sent before."""
    shop = service("made")

    async def breaks(request: Request) -> Response:
        response: Response = await shop(request)
        if request.method == "POST":
            raise OSError("after it was made")
        return response

    assert (await retry(is_told_when_sent=False)(order(7), breaks)).status == 201
    assert len(shop.items) == 1
