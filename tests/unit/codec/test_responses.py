"""An answer becomes a model, or says why it does not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async._codec import check, decode, decode_list, is_created, parsed
from astria_async._wire import Request, Response
from astria_async.errors import APIError, Attempt, DecodeError, NotFoundError
from astria_async.models import Prompt, Tune

from .strategies import JSON, models

REQUEST = Request(method="GET", url="https://api.astria.ai/tunes/1?expand=x")
ATTEMPT = Attempt(at=datetime(2026, 1, 1, tzinfo=UTC), seconds=1.0, result="200", outcome=None)


def answer(data: Any, status: int = 200) -> Response:
    return Response.from_json(status, data)


def undecodable(body: bytes, kind: Any = Tune) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        decode(Response(status=200, body=body), kind, REQUEST)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 4000
    return caught.value


def test_an_answer_is_a_model() -> None:
    assert decode(answer({"id": 1, "title": "a"}, 201), Tune, REQUEST) == Tune(id=1, title="a")


def test_a_list_of_one_is_the_one() -> None:
    assert decode(answer([{"id": 1}]), Prompt, REQUEST) == Prompt(id=1)


@pytest.mark.parametrize("data", [[], [{"id": 1}, {"id": 2}], [[{"id": 1}]], [None]])
def test_any_other_list_is_no_model(data: Any) -> None:
    with pytest.raises(DecodeError, match="the body: expected object"):
        decode(answer(data), Prompt, REQUEST)


def test_a_list_answers_a_list() -> None:
    assert decode_list(answer([{"id": 2}, {"id": 1}]), Tune, REQUEST) == [Tune(id=2), Tune(id=1)]
    assert decode_list(answer([]), Tune, REQUEST) == []
    with pytest.raises(DecodeError, match="no list of Tune: the body: expected array, got dict"):
        decode_list(answer({"id": 1}), Tune, REQUEST)


def test_an_error_is_raised_whatever_was_expected() -> None:
    wrong = answer({"status": 404, "error": "Not Found"}, 404)
    for read in (lambda: decode(wrong, Tune, REQUEST), lambda: parsed(wrong, REQUEST), lambda: check(wrong, REQUEST)):
        with pytest.raises(NotFoundError, match="^404 on GET /tunes/1: Not Found"):
            read()


def test_a_2xx_is_left_alone_whatever_its_body() -> None:
    for status in (200, 201, 204, 299):
        check(Response(status=status, body=b"<html>"), REQUEST)


@pytest.mark.parametrize("status", [100, 199, 300, 302, 304, 308, 600])
def test_only_a_2xx_is_an_answer(status: int) -> None:
    for read in (check, parsed):
        with pytest.raises(APIError, match=f"^{status} on GET /tunes/1"):
            read(Response.from_json(status, {"id": 1}), REQUEST)
    with pytest.raises(APIError, match=f"^{status} on GET /tunes/1"):
        decode(Response.from_json(status, {"id": 1}), Tune, REQUEST)


def test_decode_error_says_what_why_and_how_the_body_began() -> None:
    error = undecodable(b'{"title": 3, "steps": "x"}')
    assert str(error) == (
        "GET /tunes/1 answered 200 with no Tune: id: required, but missing; title: expected str, got int; "
        """steps: expected int, got str. The body began: '{"title": 3, "steps": "x"}'"""
    )
    assert error.problems == (
        "id: required, but missing", "title: expected str, got int", "steps: expected int, got str",
    )  # fmt: skip
    assert error.__context__ is None


def test_a_decode_error_shows_five_problems_and_holds_all() -> None:
    error = undecodable(json.dumps({"id": 1, "images": [1] * 9}).encode(), Prompt)
    assert "images[4]: expected str, got int; and 4 more." in str(error)
    assert len(error.problems) == 9


@pytest.mark.parametrize("filler", ["x", "é", "日", "😀", "a😀"])
def test_a_decode_error_holds_the_first_500_characters(filler: str) -> None:
    body = (filler * 10_000)[:10_000]
    assert undecodable(body.encode()).body == body[:500]


def test_a_short_or_empty_body_is_held_whole() -> None:
    assert undecodable(b"<html>").body == "<html>"
    error = undecodable(b"")
    assert error.body == ""
    assert "The body began" not in str(error)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"id": 1', "not JSON"),
        (b'{"id": 1} trailing', "not JSON"),
        (b'{"id": 1, "cfg_scale": NaN}', "not JSON: NaN is not JSON"),
        (b'{"id": 1, "cfg_scale": -Infinity}', "not JSON: -Infinity is not JSON"),
        (b'{"id": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_a_body_that_is_no_json_is_a_decode_error(body: bytes, problem: str) -> None:
    error = undecodable(body)
    (found,) = error.problems
    assert found.startswith(f"the body: {problem}")
    assert error.body == body[:500].decode(errors="replace")


def test_string_of_ten_megabytes_is_read_and_shown_in_part() -> None:
    long = "x" * 10_000_000
    assert decode(answer({"id": 1, "title": long}), Tune, REQUEST).title == long
    error = undecodable(json.dumps({"id": "1", "title": long}).encode())
    assert error.problems == ("id: expected int, got str",)
    assert len(repr(decode(answer({"id": 1, "title": long, "name": long}), Tune, REQUEST))) < 200


@given(JSON, st.sampled_from([Tune, Prompt]))
def test_any_json_is_a_model_or_a_decode_error(data: Any, kind: Any) -> None:
    response = answer(data)
    for read, expected in (
        (lambda: decode(response, kind, REQUEST), kind),
        (lambda: decode_list(response, kind, REQUEST), list),
    ):
        try:
            assert isinstance(read(), expected)
        except DecodeError as error:
            assert error.problems


@given(models(Tune) | models(Prompt), st.data())
def test_a_model_cut_short_is_a_decode_error(model: Tune | Prompt, data: st.DataObject) -> None:
    body = json.dumps(model.to_dict()).encode()
    undecodable(body[: data.draw(st.integers(0, len(body) - 1))], type(model))


@given(models(Tune) | models(Prompt), JSON, st.data())
def test_fields_of_another_type_are_refused_or_kept(model: Tune | Prompt, value: Any, data: st.DataObject) -> None:
    plain = model.to_dict()
    name = data.draw(st.sampled_from([name for name in plain if name not in model.extra]))
    try:
        decoded = decode(answer({**plain, name: value}), type(model), REQUEST)
    except DecodeError:
        return
    found = getattr(decoded, name)
    if value is None:
        assert found in (None, ())
    elif isinstance(found, (str, int, bool)):
        assert (found, type(found)) == (value, type(value))


@given(st.binary(max_size=60), st.integers(100, 399))
def test_any_bytes_are_a_model_or_a_decode_error(body: bytes, status: int) -> None:
    try:
        decode(Response(status=status, body=body), Tune, REQUEST)
    except DecodeError as error:
        assert error.outcome == "unknown"
    except APIError as error:
        assert not 200 <= status < 300
        assert error.status == status


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"id": 1}', True),
        (b'[{"id": 1}]', True),
        (b'{"id": 1, "title": 3}', True),
        (b'{"id": "1"}', False),
        (b'{"id": true}', False),
        (b'{"id": null}', False),
        (b"{}", False),
        (b"[]", False),
        (b'[{"id": 1}, {"id": 2}]', False),
        (b"1", False),
        (b'{"id": 1', False),
        (b"", False),
        (b"\xff", False),
        (b"[" * 100_000, False),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_a_creates_answer_tells_the_new_objects_id(body: bytes, expected: bool) -> None:
    assert is_created(Response(status=201, body=body), REQUEST) is expected


def test_what_was_tried_is_told_with_the_error() -> None:
    tried = answer({}, 404).with_attempts(
        (ATTEMPT, Attempt(at=ATTEMPT.at, seconds=0.1, result="404", outcome="rejected"))
    )
    with pytest.raises(NotFoundError) as caught:
        check(tried, REQUEST)
    assert (len(caught.value.attempts), caught.value.outcome) == (2, "rejected")


def test_unreadable_answers_leave_the_outcome_unknown_after_several_attempts() -> None:
    with pytest.raises(DecodeError) as caught:
        decode(Response(status=201, body=b"{}").with_attempts((ATTEMPT,)), Tune, REQUEST)
    assert (caught.value.attempts, caught.value.outcome) == ((ATTEMPT,), "unknown")
