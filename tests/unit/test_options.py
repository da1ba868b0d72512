"""The client's options: what is taken, and that all else is refused when the client is made, in one line."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from astria_async import (
    AsyncAstria,
    ConfigurationError,
    HttpxTransport,
    Limits,
    Request,
    Response,
    RetryPolicy,
    Timeout,
)
from astria_async.testing import MockTransport, VirtualClock

pytestmark = pytest.mark.anyio


class Number:
    """Of another library: no int or float, but what Python takes for one."""

    def __init__(self, value: float) -> None:
        self._value = value

    def __float__(self) -> float:
        return float(self._value)

    def __index__(self) -> int:
        return int(self._value)


class Several:
    """As an array of several numbers: it has the methods of a number, and refuses them."""

    def __float__(self) -> float:
        raise TypeError("only 0-dimensional arrays can be converted to Python scalars")

    __index__ = __float__


def make(**options: Any) -> AsyncAstria:
    return AsyncAstria(
        "sd_test", **{"transport": MockTransport(lambda _: Response.from_json(200, {"id": 5})), **options}
    )


async def timeout_sent(astria: AsyncAstria, seen: list[Request]) -> Timeout:
    await astria.tunes.retrieve(5)
    return seen[-1].timeout


@pytest.mark.parametrize("seconds", [30, 30.0, Number(30), Decimal(30)])
async def test_a_number_as_timeout_is_the_total(seconds: Any) -> None:
    seen: list[Request] = []
    transport = MockTransport(lambda request: seen.append(request) or Response.from_json(200, {"id": 5}))
    astria = make(transport=transport, timeout=seconds)
    assert await timeout_sent(astria, seen) == Timeout(total=30)
    assert await timeout_sent(make(transport=transport).with_options(timeout=seconds), seen) == Timeout(total=30)


@pytest.mark.parametrize("number", [3, Number(3)])
async def test_a_number_as_limits_is_the_most_in_flight(number: Any) -> None:
    assert make(limits=number).statistics().limit == make(limits=Limits(max_in_flight=3)).statistics().limit == 3


async def test_a_client_of_httpx_is_wrapped() -> None:
    import httpx

    asked: list[str] = []

    async def body() -> AsyncIterator[bytes]:
        yield b'{"id": 5}'

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, headers={"content-type": "application/json"}, content=body())

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client, make(transport=client) as astria:
        assert (await astria.tunes.retrieve(5)).id == 5
    assert asked == ["https://api.astria.ai/tunes/5"]


REFUSED: list[tuple[str, Any, str]] = [
    ("timeout", "30", "pass seconds, or astria_async.Timeout(total=30, attempt=60, connect=10)"),
    ("timeout", True, "pass seconds"),
    ("timeout", timedelta(minutes=1), "pass 60, its total_seconds()"),
    ("timeout", 0, "give seconds above 0, or None for no bound"),
    ("timeout", -1.0, "give seconds above 0, or None for no bound"),
    ("timeout", float("nan"), "give seconds above 0, or None for no bound"),
    ("timeout", (3, 30), "pass seconds"),
    ("retry", 3, "pass max_retries=3, or RetryPolicy(max_attempts=4)"),
    ("retry", 0, "pass max_retries=0, or RetryPolicy(max_attempts=1)"),
    ("retry", False, "pass max_retries=0 for no retries"),
    ("retry", None, "pass max_retries=0 for no retries"),
    ("retry", RetryPolicy, "pass max_retries=3, or RetryPolicy(max_attempts=4)"),
    ("limits", "10", "pass a whole number for max_in_flight, or astria_async.Limits(max_in_flight=10)"),
    ("limits", 2.5, "pass a whole number"),
    ("limits", True, "pass a whole number"),
    ("middleware", lambda request, call_next: call_next(request), "pass a list: middleware=[...]"),
    ("timeout", 10**400, "pass seconds, or"),
    ("timeout", Several(), "pass seconds, or"),
    ("limits", Several(), "pass a whole number"),
    ("retry", 10**400, "pass max_retries=3, or RetryPolicy(max_attempts=4)"),
    ("max_retries", "3", "pass a whole number such as 3, or 0 for no retries"),
    ("max_retries", -1, "pass a whole number such as 3"),
    ("max_retries", 2.0, "pass a whole number such as 3"),
    ("max_retries", True, "pass a whole number such as 3"),
    ("random", 10**400, "such as random.Random(1)"),
    ("max_response_bytes", 0, "pass a whole number above 0, such as 32 * 1024**2"),
    ("max_response_bytes", None, "pass a whole number above 0"),
    ("max_response_bytes", 1e6, "pass a whole number above 0"),
    ("middleware", None, "pass a list: middleware=[...], or leave it out"),
    ("middleware", {"a": 1}, "pass a list"),
    ("account_idempotency", "no", "pass account_idempotency=True, or leave it out"),
    ("account_idempotency", 1, "pass account_idempotency=True"),
    ("allow_http", 1, "pass allow_http=True, or leave it out"),
    ("clock", 5, "pass an object that has monotonic and now and sleep and fail_after, such as SystemClock()"),
    ("clock", VirtualClock, "VirtualClock is a class; pass an instance: VirtualClock()"),
    ("random", 42, "such as random.Random(42)"),
    ("random", random.Random, "Random is a class; pass an instance: Random()"),
    ("transport", 5, "pass 'httpx', 'aiohttp', 'pyreqwest', an httpx.AsyncClient, or an object with send"),
    ("transport", "requests", "give 'httpx', 'aiohttp', 'pyreqwest', or a Transport"),
    ("transport", MockTransport, "MockTransport is a class; pass an instance"),
    ("profile", 5, "give the name of a profile"),
    ("base_url", b"https://x", "give one such as https://api.astria.ai"),
    ("workspace_id", 1.5, "give the number of a workspace, 'all', or 'personal'"),
    ("workspace_id", "", "give the number of a workspace"),
    ("api_key", b"sd_x", "decode it"),
]


@pytest.mark.parametrize(("name", "value", "remedy"), REFUSED)
def test_an_option_of_another_kind_is_refused_with_the_remedy(name: str, value: Any, remedy: str) -> None:
    arguments: dict[str, Any] = {"api_key": "sd_test", name: value}
    with pytest.raises(ConfigurationError) as caught:
        AsyncAstria(**arguments)
    message = str(caught.value)
    assert message.startswith((f"{name}: ", f"{name}."))
    assert len(message) < 250
    assert remedy in message
    assert "\n" not in message
    assert "sd_test" not in message


@pytest.mark.parametrize(
    ("name", "value"),
    [("timeout", "5"), ("timeout", True), ("retry", 3), ("max_retries", -1), ("max_retries", "3"), ("account_idempotency", "no"), ("validate", "no"),
     ("validate", 0), ("workspace_id", "7\r\nX-Evil: 1"), ("workspace_id", 1.5), ("workspace_id", True)],
)  # fmt: skip
def test_a_view_is_checked_as_the_constructor_is(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        make().with_options(**{name: value})


def test_synchronous_client_and_a_transport_of_httpx_have_their_remedies() -> None:
    import httpx

    with (
        httpx.Client() as client,
        pytest.raises(ConfigurationError, match="pass an httpx.AsyncClient: this one blocks"),
    ):
        make(transport=client)
    with pytest.raises(ConfigurationError, match=r"pass httpx\.AsyncClient\(transport=MockTransport\(\.\.\.\)\)"):
        make(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    with pytest.raises(ConfigurationError, match=r"^timeout: httpx\.Timeout is not a number of seconds; pass seconds"):
        make(timeout=httpx.Timeout(5))


@pytest.mark.parametrize("make_client", [make, lambda **options: make().with_options(**options)])
def test_max_retries_beside_retry_is_refused_in_one_line(make_client: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^max_retries: retry is given, too; pass one of them: .* 3 retries$"):
        make_client(max_retries=3, retry=RetryPolicy())


@pytest.mark.parametrize("number", [3, Number(3)])
def test_max_retries_is_one_less_than_the_policys_attempts(number: Any) -> None:
    assert make(max_retries=number)._parts.retry == RetryPolicy(max_attempts=4)
    assert make()._parts.retry == make(max_retries=5)._parts.retry == RetryPolicy()


def test_max_retries_of_view_keeps_rest_of_policy() -> None:
    view = make(retry=RetryPolicy(jitter=0.0, max_elapsed=60.0)).with_options(max_retries=0)
    assert view._parts.retry == RetryPolicy(max_attempts=1, jitter=0.0, max_elapsed=60.0)
    scaled = make(retry=RetryPolicy().scaled(0.01)).with_options(max_retries=1)
    assert scaled._parts.retry.scale == 0.01


@pytest.mark.parametrize("name", ["total", "attempt", "connect"])
@pytest.mark.parametrize("value", ["30", True, float("nan"), float("inf"), 0, -1, b"1", timedelta(seconds=1)])
def test_a_timeout_is_made_of_seconds(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=rf"^timeout\.{name}=.*: give seconds above 0, or None for no bound$"):
        Timeout(**{name: value})


def test_a_timeout_takes_numbers_of_other_libraries() -> None:
    timeout = Timeout(total=Decimal("1.5"), attempt=Number(2))  # type: ignore[arg-type]
    assert (timeout.total, timeout.attempt) == (1.5, 2.0)


@pytest.mark.parametrize("transport", ["httpx", "aiohttp", "pyreqwest"])
@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_client_is_neither_pickled_nor_copied(transport: Any, duplicate: Any) -> None:
    with pytest.raises(TypeError, match="cannot be pickled or copied: make a new one in each process$"):
        duplicate(AsyncAstria("sd_test", transport=transport))


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_clients_parts_are_neither_pickled_nor_copied(duplicate: Any) -> None:
    with pytest.raises(
        TypeError, match="^tunes of an AsyncAstria client cannot be pickled or copied: make a new client"
    ):
        duplicate(AsyncAstria("sd_test").tunes)


def test_transports_of_ones_own_are_taken_as_they_are() -> None:
    transport = HttpxTransport()
    assert AsyncAstria("sd_test", transport=transport)._parts.transport is transport
