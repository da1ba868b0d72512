"""The values that pass between the rooms: bodies, requests, answers, timeouts."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from astria_async._wire import Body, Effect, FilePart, Identity, Request, Response, Timeout
from astria_async.errors import Attempt, ConfigurationError


def part(name: str, *, rewindable: bool = True) -> FilePart:
    return FilePart(name=name, content_type="image/png", source=b"x", size=1, rewindable=rewindable)


def request(**rest: Any) -> Request:
    return Request(**{"method": "GET", "url": "https://api.astria.ai/tunes/1?a=1&a=2&b=&c=%20d", **rest})


def test_a_leaf_of_a_body_is_read_and_set() -> None:
    body = Body({"tune": {"title": None, "name": "woman"}})
    named = body.set(Identity.TUNE_TITLE.value, "a")
    assert (body.get(Identity.TUNE_TITLE.value), named.get(Identity.TUNE_TITLE.value)) == (None, "a")
    assert named.tree == {"tune": {"title": "a", "name": "woman"}}


def test_leaf_not_there_is_none_and_can_be_set() -> None:
    for tree in ({}, {"tune": {}}, {"tune": "odd"}):
        assert Body(tree).get(("tune", "title")) is None
    assert Body({}).set(("prompt", "seed"), 7).tree == {"prompt": {"seed": 7}}


def test_the_files_of_a_body_are_found_wherever_they_are() -> None:
    tree = {"tune": {"images": [part("1"), part("2")], "x": {"y": (part("3"), {"z": part("4")})}, "title": "t"}}
    assert [file.name for file in Body(tree).files()] == ["1", "2", "3", "4"]
    assert [file.name for file in Body(part("5")).files()] == ["5"]
    assert Body({"a": ["x", None, 1]}).files() == []


def test_a_body_that_is_a_file_has_no_leaves() -> None:
    assert Body(part("a")).get(("tune", "title")) is None


def test_request_with_a_file_read_once_is_not_resendable() -> None:
    assert request().sendable_again
    assert request(body=Body({"a": 1})).sendable_again
    assert request(body=Body({"a": [part("1")]})).sendable_again
    assert not request(body=Body({"a": [part("1"), part("2", rewindable=False)]})).sendable_again


def test_a_request_knows_its_path_and_query() -> None:
    assert request().path == "/tunes/1"
    assert request().query == {"a": "2", "b": "", "c": " d"}
    assert request(url="https://api.astria.ai").query == {}


def test_a_request_changes_nothing_unless_it_says_so() -> None:
    assert (request().effect, request().credentials, request().deadline) == (Effect.READ, True, None)


def test_header_names_are_lower_case() -> None:
    assert request(headers={"X-Workspace-Id": "1"}).headers == {"x-workspace-id": "1"}
    assert Response(status=200, headers={"Retry-After": "1"}).headers == {"retry-after": "1"}


def test_no_header_shows_in_a_requests_repr() -> None:
    assert "sd_secret" not in repr(request(headers={"authorization": "Bearer sd_secret"}))


def test_no_content_shows_in_a_files_repr() -> None:
    file = FilePart(name="a", content_type="image/png", source=b"secret" * 100, size=600)
    assert len(repr(file)) < 150


def test_an_answer_is_read_as_json() -> None:
    answer = Response.from_json(201, {"a": "é"}, {"Date": "now"})
    assert answer.json() == {"a": "é"}
    assert answer.headers == {"content-type": "application/json", "date": "now"}
    with pytest.raises(ValueError, match="Expecting value"):
        Response(status=200).json()


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain", "é".encode(), "é"),
        ("", b"\xff", "\ufffd"),
        ('text/html; a=b; Charset="ISO-8859-1"', b"\xe9", "é"),
        ("text/plain; charset=unheard-of", "é".encode(), "é"),
        ("text/plain; charset=hex", b"e9", "e9"),
        ("text/plain; charset=idna", b"\xff", "\ufffd"),
        ("text/plain; charset=", "é".encode(), "é"),
    ],
)
def test_a_responses_text_follows_its_charset(content_type: str, body: bytes, text: str) -> None:
    assert Response(status=200, headers={"content-type": content_type}, body=body).text == text


def test_a_request_is_replaced_as_copy_replace_does_it() -> None:
    one = request(headers={"a": "b"})
    other = one.__replace__(method="PUT", headers={"X-Name": "1"})
    assert (one.method, other.method, other.url) == ("GET", "PUT", one.url)
    assert other.headers == {"x-name": "1"}
    assert other == one.replace(method="PUT", headers={"x-name": "1"})


def test_a_response_holds_the_attempts_it_took() -> None:
    attempt = Attempt(at=datetime(2026, 1, 1, tzinfo=UTC), seconds=1.0, result="500", outcome="unknown")
    assert Response(status=200).with_attempts((attempt,)).attempts == (attempt,)


@pytest.mark.parametrize("name", ["total", "attempt", "connect"])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_a_timeout_of_nothing_is_refused(name: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match=rf"timeout\.{name}=.*: give seconds above 0, or None"):
        Timeout(**{name: value})


def test_a_timeout_may_be_none_at_all() -> None:
    assert Timeout(total=None, attempt=None, connect=None).total is None


def test_an_attempt_may_last_longer_than_the_service_lets_it() -> None:
    attempt = Timeout().attempt
    assert attempt is not None
    assert attempt > 30


@pytest.mark.parametrize("source", [Path("a"), b"x", io.BytesIO(b"x")])
def test_a_file_is_a_value(source: Any) -> None:
    one, other = (FilePart(name="a", content_type="b", source=source, size=1) for _ in range(2))
    assert one == other
