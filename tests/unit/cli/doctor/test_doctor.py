"""`astria-async doctor`: what is right with the key and the account, and what to do about the rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import anyio
import pytest

import astria_async
from astria_async import AsyncAstria, Request, Response
from astria_async.testing import FakeAstria, MockTransport, VirtualClock, drop, fail

Run = Callable[..., tuple[int, str, str]]


class Place:
    """The service that the command speaks to, and what else answers."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.fake = FakeAstria(clock=self.clock)
        self.options: dict[str, Any] = {}
        self.ahead = timedelta()
        self.callback = 401

    async def answer(self, request: Request) -> Response:
        if request.url.startswith("https://shop.example"):
            assert "authorization" not in request.headers
            return Response(status=self.callback)
        return await self.fake(request)

    def client(self) -> AsyncAstria:
        clock = VirtualClock(start=self.clock.now() + self.ahead) if self.ahead else self.clock
        return AsyncAstria("sd_secret", transport=MockTransport(self.answer), clock=clock, **self.options)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place()
    monkeypatch.setattr(astria_async, "AsyncAstria", place.client)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return place


def found(run: Run, *words: str) -> tuple[int, dict[str, Any]]:
    code, out, err = run("doctor", "--json", *words)
    assert "sd_secret" not in out + err
    return code, {check["name"]: check for check in json.loads(out)["checks"]}


def test_all_is_well(place: Place, run: Run) -> None:
    code, out, err = run("doctor")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert [line[:2] for line in lines] == ["ok"] * 7 + ["--"]
    assert lines[-1] == "-- callback: not checked; give --callback URL"
    assert "sd_secret" not in out


def test_little_money_is_told(place: Place, run: Run) -> None:
    place.fake.account("sd_secret").balance_mc = 50_000
    code, checks = found(run)
    assert code == 1
    assert checks["balance"]["found"] == "0.50 USD"
    assert "add credits" in checks["balance"]["remedy"]


def test_clock_that_is_wrong_is_told(place: Place, run: Run) -> None:
    place.ahead = timedelta(minutes=5)
    code, checks = found(run)
    assert code == 1
    assert checks["clock"]["found"] == "5 min ahead of the service's"


def test_workspace_of_others_is_told(place: Place, run: Run) -> None:
    place.options = {"workspace_id": 77}
    code, checks = found(run)
    assert code == 1
    assert checks["workspace"]["status"] == "failed"


def test_proxy_is_named_without_its_password(place: Place, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://me:hush@proxy.example:3128")
    _, checks = found(run)
    assert checks["proxy"]["found"] == "requests go through proxy.example"


def test_tunes_that_will_expire_are_named(place: Place, run: Run) -> None:
    async def train() -> int:
        async with place.client() as astria:
            flux = {"base_tune_id": 1504944, "model_type": "lora"}
            tune = await astria.tunes.create(name="man", image_urls=["https://example.com/1.jpg"], **flux)  # type: ignore[call-overload]
            tune = await astria.tunes.wait(tune)
            await place.clock.sleep(25 * 86_400)
            return tune.id

    number = anyio.run(train)
    code, checks = found(run)
    assert code == 1
    assert f"1 tune will expire within a week: {number} on " in checks["tunes"]["found"]


@pytest.mark.parametrize(
    ("status", "verdict", "words"),
    [
        (401, "ok", "refuses"),
        (200, "warning", "anybody can call it"),
        (302, "failed", "redirects"),
        (404, "failed", "404"),
    ],
)
def test_callback_is_called_without_a_signature(status: int, verdict: str, words: str, place: Place, run: Run) -> None:
    place.callback = status
    code, checks = found(run, "--callback", "https://shop.example/astria")
    assert code == (0 if verdict == "ok" else 1)
    assert checks["callback"]["status"] == verdict
    assert words in checks["callback"]["found"]


@pytest.mark.parametrize("is_on", [False, True])
def test_probe_settles_idempotency_and_leaves_nothing(is_on: bool, place: Place, run: Run) -> None:
    place.fake.account_idempotency = is_on
    code, checks = found(run, "--probe")
    assert code == 0
    assert ("on" if is_on else "off") in checks["idempotency"]["found"]
    assert checks["branch fast"]["found"] == "it is free"
    assert not place.fake.tunes


def test_probe_that_cannot_clean_up_says_so(place: Place, run: Run) -> None:
    place.fake.rule("DELETE /tunes/*", fail(403))
    code, checks = found(run, "--probe")
    assert code == 1
    assert "are still there" in checks["clean-up"]["found"]


def test_key_that_is_not_taken_is_exit_code_2(place: Place, run: Run) -> None:
    place.fake.rule("GET /users", fail(401))
    code, _, err = run("doctor")
    assert code == 2
    assert err.startswith("astria-async doctor: the key is not taken: ")


def test_service_that_is_away_is_exit_code_2(place: Place, run: Run) -> None:
    place.fake.rule("GET /users", drop(request_was_sent=False))
    code, _, err = run("doctor")
    assert code == 2
    assert err.startswith("astria-async doctor: the service is not reached: ")
    assert len(err.splitlines()) == 1
