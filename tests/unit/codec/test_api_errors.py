"""From status and body to an exception: the service's table of statuses, and its shapes of bodies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async._codec.responses import error_of
from astria_async._wire import Request, Response
from astria_async.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    GatewayTimeoutError,
    InsufficientBalanceError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RedirectError,
    ServerError,
    ValidationError,
)

from .strategies import JSON

REQUEST = Request(method="POST", url="https://api.astria.ai/tunes/1/prompts?expand=x")
HTML = {"content-type": "text/html; charset=UTF-8"}
CLOUDFLARE = (
    b"""<!DOCTYPE html>
<html><head><TITLE lang="en">Access denied |
   api.astria.ai used Cloudflare &amp; Co</TITLE></head><body>"""
    + b"<p>Error 1010</p>" * 2000
)


def error(status: int, body: Any, headers: dict[str, str] | None = None) -> APIError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return error_of(Response(status=status, headers=headers or {}, body=raw), REQUEST)


def fields(body: Any) -> dict[str, tuple[str, ...]]:
    found = error(422, body)
    assert isinstance(found, ValidationError)
    return dict(found.fields)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (402, BadRequestError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (405, BadRequestError),
        (409, BadRequestError),
        (413, BadRequestError),
        (422, ValidationError),
        (426, BadRequestError),
        (429, RateLimitError),
        (500, ServerError),
        (502, ServerError),
        (503, ServerError),
        (504, GatewayTimeoutError),
        (520, ServerError),
        (524, ServerError),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>", {"error": "x"}, b"null"])
def test_a_status_has_its_exception(status: int, kind: type[APIError], body: Any) -> None:
    found = error(status, body)
    assert type(found) is kind
    assert (found.status, found.method, found.path) == (status, "POST", "/tunes/1/prompts")
    assert found.outcome == ("unknown" if status >= 500 else "rejected")


def test_the_text_of_a_401_is_shown() -> None:
    found = error(401, b"HTTP Token: Access denied.\n", {"content-type": "text/plain"})
    assert str(found) == (
        "401 on POST /tunes/1/prompts: HTTP Token: Access denied. "
        "(check the API key: argument api_key, or ASTRIA_API_KEY)"
    )


def test_a_page_is_summarised_by_its_title() -> None:
    found = error(403, CLOUDFLARE, HTML)
    assert found.message == "Access denied | api.astria.ai used Cloudflare & Co"
    assert found.body == CLOUDFLARE.decode()[:20_000]


def test_a_page_without_a_title_is_summarised_by_its_text() -> None:
    assert error(502, b"<html><body><h1>502 Bad Gateway</h1>\r\n<hr></body>", HTML).message == "502 Bad Gateway"


def test_a_page_is_no_json_whatever_it_holds() -> None:
    assert error(422, b'{"text": ["x"]}', HTML).fields == {}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"text": ["must include ohwx"], "cfg_scale": ["must be less than 5", "is odd"]},
         {"text": ("must include ohwx",), "cfg_scale": ("must be less than 5", "is odd")}),
        ({"text": "is missing"}, {"text": ("is missing",)}),
        ({"error": "x"}, {"": ("x",)}),
        ({"errors": ["x", "y"]}, {"": ("x", "y")}),
        ({"base": ["x"]}, {"": ("x",)}),
        ({"message": "x", "base": ["y"]}, {"": ("x", "y")}),
        ({"errors": {"text": ["x"], "base": ["y"]}}, {"text": ("x",), "": ("y",)}),
        ({"images": {"0": ["too small"], "base": ["too few"]}}, {"0": ("too small",), "images": ("too few",)}),
        ({"status": 422, "error": "x"}, {"": ("x",)}),
        ({"status": "odd"}, {"status": ("odd",)}),
        ({"steps": [3], "seed": None}, {"steps": ("3",)}),
        ([{"text": ["x"]}, "y"], {"text": ("x",), "": ("y",)}),
        ("x", {"": ("x",)}),
        ({"base": ["<a href='https://x'>Top up</a> &amp;<br/>\n try <b>again</b>"]}, {"": ("Top up & try again",)}),
        ({}, {}),
        ([], {}),
        (None, {}),
        (b"", {}),
        (b"{", {}),
        (b"\xff", {}),
    ],
)  # fmt: skip
def test_the_shapes_of_a_422(body: Any, expected: dict[str, tuple[str, ...]]) -> None:
    assert fields(body) == expected


def test_a_422_is_said_in_one_line() -> None:
    found = error(422, {"text": ["must include\n ohwx"], "cfg\nscale": ["is odd"], "steps": [""]})
    assert str(found) == (
        "422 on POST /tunes/1/prompts: text must include ohwx; cfg scale is odd; steps "
        "(correct the parameters; never retry)"
    )


def test_a_422_without_a_body_says_so_much() -> None:
    assert str(error(422, b"")) == "422 on POST /tunes/1/prompts (correct the parameters; never retry)"


def test_the_body_is_kept_as_it_came() -> None:
    assert error(422, b'{"text":\n["<b>x</b>"]}').body == '{"text":\n["<b>x</b>"]}'


@pytest.mark.parametrize("status", [200, 201, 302, 400, 402, 403, 422, 429, 500, 503])
@pytest.mark.parametrize(
    "body",
    [
        {"base": ["Not enough balance to create prompt"]},
        {"error": "NOT ENOUGH\n  BALANCE"},
        b"Not enough balance",
        {"error": "<b>Not</b> enough balance"},
    ],
)
def test_account_that_cannot_pay_is_told_apart_at_any_status(status: int, body: Any) -> None:
    found = error(status, body)
    assert type(found) is InsufficientBalanceError
    assert found.status == status
    assert str(found).endswith("(add credits to the account, or turn on its auto top-off)")


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize(
    ("location", "named", "said"),
    [
        ("https://x.y/z?sig=secret#part", "https://x.y/z", "redirected to https://x.y/z"),
        ("https://me:secret@x.y/z", "https://x.y/z", "redirected to https://x.y/z"),
        ("/tunes/", "/tunes/", "redirected to /tunes/"),
        ("", None, "redirected, but the answer does not say where to"),
        ("http://[", None, "redirected, but the answer does not say where to"),
        ("http://x:99999999/\r\nx", "http://x:99999999/x", "redirected to http://x:99999999/x"),
    ],
)
def test_a_redirect_is_an_error_that_names_its_target(status: int, location: str, named: str | None, said: str) -> None:
    found = error(status, b"<html>moved</html>", {"Location": location})
    assert isinstance(found, RedirectError)
    assert (found.location, found.message) == (named, said)
    assert found.outcome == "rejected"
    assert "secret" not in f"{found}{vars(found)}"
    assert "correct base_url" in str(found)


def test_parameters_that_speak_of_balance_do_not_mean_it_short() -> None:
    assert type(error(422, {"text": ["has not enough words"], "balance": ["x"]})) is ValidationError


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"X-Request-Id": "r-1", "cf-ray": "c-1"}, "r-1"),
        ({"CF-Ray": "c-1"}, "c-1"),
        ({"x-request-id": ""}, None),
        ({}, None),
    ],
)
def test_the_services_name_for_the_request_is_kept(headers: dict[str, str], name: str | None) -> None:
    assert (error(500, b"", headers).request_id or None) == name


def test_how_long_to_wait_is_kept() -> None:
    assert error(429, b"", {"Retry-After": "7"}).retry_after == 7.0
    assert error(429, b"").retry_after is None


def test_a_long_body_is_kept_in_part() -> None:
    found = error(422, {"text": ["é" * 100_000]})
    assert len(found.body) == 20_000
    assert len(str(found)) < 700


@pytest.mark.parametrize("depth", [*range(300, 1100, 40), 10_000, 100_000])
@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"a":', "}")])
def test_a_body_nested_deeply_is_still_its_statuss_error(depth: int, start: str, end: str) -> None:
    assert type(error(422, (start * depth + "1" + end * depth).encode())) is ValidationError


@given(st.integers(400, 599), JSON)
def test_any_json_is_an_error_in_one_line(status: int, body: Any) -> None:
    found = error(status, body)
    assert found.status == status
    assert len(str(found).splitlines()) == 1
    assert len(str(found)) < 700


@given(st.integers(400, 599), st.binary(max_size=200))
def test_any_bytes_are_an_error_in_one_line(status: int, body: bytes) -> None:
    for prefix in (b"", b"<html><title>", b'{"text":['):
        assert len(str(error(status, prefix + body)).splitlines()) == 1
