"""A misspelt name: one line with the nearest one, wherever an option is given."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from astria_async import AsyncAstria, HttpxTransport, Limits, Request, Response, RetryPolicy, Timeout
from astria_async._values.spelling import explain_misspelt, nearest
from astria_async.testing import FakeAstria, MockTransport, ScaledClock, Timings, VirtualClock
from astria_async.transports import AiohttpTransport, PyreqwestTransport


def client(**options: Any) -> AsyncAstria:
    return AsyncAstria("sd_test", transport=MockTransport(lambda _: Response.from_json(200, {"id": 5})), **options)


def request_of_ones_own(**options: Any) -> Any:
    return client().request("GET", "/users", **options)


MISSPELT: list[tuple[Callable[..., object], str, str]] = [
    (client, "timout", "AsyncAstria() has no option 'timout'; did you mean timeout?"),
    (client, "max_retry", "AsyncAstria() has no option 'max_retry'; did you mean max_retries?"),
    (client, "Base_URL", "AsyncAstria() has no option 'Base_URL'; did you mean base_url?"),
    (AsyncAstria, "apikey", "AsyncAstria() has no option 'apikey'; did you mean api_key?"),
    (lambda **options: client().with_options(**options), "max_retry", "with_options() has no option 'max_retry'; did you mean max_retries?"),
    (request_of_ones_own, "param", "request() has no option 'param'; did you mean params?"),
    (Limits, "max_inflight", "Limits() has no option 'max_inflight'; did you mean max_in_flight?"),
    (RetryPolicy, "max_attempt", "RetryPolicy() has no option 'max_attempt'; did you mean max_attempts?"),
    (Timeout, "tota", "Timeout() has no option 'tota'; did you mean total?"),
    (Timeout, "zebra", "Timeout() has no option 'zebra'; it has total, attempt, connect"),
    (FakeAstria, "balance", "FakeAstria() has no option 'balance'; did you mean balance_mc?"),
    (Timings, "tune_trainde", "Timings() has no option 'tune_trainde'; did you mean tune_trained?"),
    (VirtualClock, "strat", "VirtualClock() has no option 'strat'; did you mean start?"),
    (ScaledClock, "factr", "ScaledClock() has no option 'factr'; did you mean factor?"),
    (HttpxTransport, "verfy", "HttpxTransport() has no option 'verfy'; did you mean verify?"),
    (AiohttpTransport, "verfy", "AiohttpTransport() has no option 'verfy'; did you mean verify?"),
    (PyreqwestTransport, "verfy", "PyreqwestTransport() has no option 'verfy'; did you mean verify?"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "name", "message"), MISSPELT)
def test_a_misspelt_option_gets_one_line_with_the_nearest(
    function: Callable[..., object], name: str, message: str
) -> None:
    with pytest.raises(TypeError) as caught:
        result = function(**{name: 3})
        if inspect.iscoroutine(result):  # which says so once it is awaited
            result.send(None)
    assert str(caught.value) == message


def test_a_misspelt_field_of_a_request_gets_the_nearest() -> None:
    request = Request(method="GET", url="https://api.example/tunes")
    with pytest.raises(TypeError, match="^Request has no field 'header'; did you mean headers\\?$"):
        request.replace(header={})


@pytest.mark.parametrize("function", [AsyncAstria, AsyncAstria.with_options, Limits, RetryPolicy, Timeout, FakeAstria])
def test_an_explained_function_keeps_its_signature(function: Any) -> None:
    parameters = inspect.signature(function).parameters.values()
    assert len(parameters) > 2
    assert not [each for each in parameters if each.kind in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]


def test_what_an_explained_function_raises_itself_is_left_alone() -> None:
    @explain_misspelt
    def broken(*, name: str) -> None:
        raise TypeError(f"{name} is broken")

    with pytest.raises(TypeError, match="^it is broken$"):
        broken(name="it")
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'name'"):
        broken()  # type: ignore[call-arg]


@pytest.mark.parametrize(("name", "expected"), [("timeOut", "timeout"), ("tmeout", "timeout"), ("x", None)])
def test_the_nearest_name_is_near_or_none(name: str, expected: str | None) -> None:
    assert nearest(name, ["timeout", "total"]) == expected
