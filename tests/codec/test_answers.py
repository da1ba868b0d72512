"""An answer becomes a model, or says why it does not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async._codec import check, decode, decode_list, is_about, is_created, parsed
from astria_async._codec.answers import is_short_of_balance
from astria_async._wire import Body, Effect, Identity, Lookup, Request, Response
from astria_async.errors import APIError, Attempt, DecodeError, NotFoundError
from astria_async.models import Prompt, Tune

from .strategies import JSON, models

REQUEST = Request(method="GET", url="https://api.astria.ai/tunes/1?expand=x")
ATTEMPT = Attempt(at=datetime(2026, 1, 1, tzinfo=UTC), seconds=1.0, result="200", outcome=None)


def answer(data: Any, status: int = 200) -> Response:
    return Response.of_json(status, data)


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
            read(Response.of_json(status, {"id": 1}), REQUEST)
    with pytest.raises(APIError, match=f"^{status} on GET /tunes/1"):
        decode(Response.of_json(status, {"id": 1}), Tune, REQUEST)


def test_a_decode_error_says_of_what_and_why_and_how_the_body_began() -> None:
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


def test_a_string_of_ten_megabytes_is_read_and_shown_in_part() -> None:
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
def test_a_field_of_any_other_type_is_refused_or_taken_as_it_is(
    model: Tune | Prompt, value: Any, data: st.DataObject
) -> None:
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


def create_of(identity: Identity, tree: Any, **expect: Any) -> Request:
    root, _ = identity.value
    lookup = Lookup(list_url="https://api.astria.ai/x", root=root, expect=expect)
    return Request(
        method="POST", url="https://api.astria.ai/x", effect=Effect.CREATE, identity=identity,
        body=Body({root: tree}), lookup=lookup,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        ({"id": 1, "seed": 7, "tune_id": 3}, True),
        ({"id": 1}, True),
        ({"id": 1, "seed": None, "tune_id": None}, True),
        ({"id": 1, "seed": 8, "tune_id": 3}, False),
        ({"id": 1, "seed": 8}, False),
        ({"id": 1, "seed": 7, "tune_id": 4}, False),
        ({"id": 1, "tune_id": 4}, False),
        ({"id": 1, "seed": True, "tune_id": 3}, False),
        ([{"id": 1, "seed": 8}], False),
        ([{"id": 1, "seed": 7}], True),
    ],
)
def test_a_prompts_answer_has_the_seed_and_the_tune_that_were_sent(came: Any, expected: bool) -> None:
    request = create_of(Identity.PROMPT_SEED, {"text": "x", "seed": 7}, tune_id=3)
    assert is_created(answer(came, 201), request) is expected


def test_a_seed_of_1_is_not_true() -> None:
    request = create_of(Identity.PROMPT_SEED, {"text": "x", "seed": 1})
    assert not is_created(answer({"id": 1, "seed": True}, 201), request)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Order 7", True),
        ("  order   7 ", True),
        ("ORDER 7", True),
        (None, True),
        ("Order 8", False),
        ("", False),
        (7, False),
        (["Order 7"], False),
    ],
)
def test_a_tunes_answer_has_the_title_that_was_sent_but_for_case_and_blanks(title: Any, expected: bool) -> None:
    request = create_of(Identity.TUNE_TITLE, {"title": "Order 7"})
    assert is_created(answer({"id": 1, "title": title}, 201), request) is expected


def test_a_create_that_was_sent_without_an_identity_is_told_by_its_id_alone() -> None:
    for identity in Identity:
        assert is_created(answer({"id": 1, "seed": 5, "title": "x"}, 201), create_of(identity, {}))
    assert is_created(answer({"id": 1, "seed": 5}, 201), REQUEST)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"id": 1}, True),
        ([{"id": 1}], True),
        ({"id": 2}, False),
        ({"id": "1"}, False),
        ({"id": True}, False),
        ({"id": None}, False),
        ({}, False),
        ([], False),
        (None, False),
        ([{"id": 1}, {"id": 1}], False),
    ],
)
def test_a_reads_answer_is_about_the_id_that_was_asked_for(data: Any, expected: bool) -> None:
    assert is_about(answer(data), REQUEST.but(about=1)) is expected
    assert is_about(answer(data), REQUEST)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"id": 1', b"\xff", b"[" * 100_000])
def test_half_a_body_is_about_nothing(body: bytes) -> None:
    assert not is_about(Response(status=200, body=body), REQUEST)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"base": ["Not enough balance to create prompt"]}', True),
        (b'{"error": "<b>NOT</b>\\n enough\\tbalance"}', True),
        (b"not enough\r\n  balance", True),
        (b"", False),
        (b'{"id": 1}', False),
        (b'{"text": ["has not enough words"], "balance": ["x"]}', False),
        (b"\xff\xfe", False),
    ],
)
def test_an_answer_says_that_the_account_cannot_pay(body: bytes, expected: bool) -> None:
    assert is_short_of_balance(Response(status=200, body=body)) is expected


def test_what_was_tried_is_told_with_the_error() -> None:
    tried = answer({}, 404).after((ATTEMPT, Attempt(at=ATTEMPT.at, seconds=0.1, result="404", outcome="rejected")))
    with pytest.raises(NotFoundError) as caught:
        check(tried, REQUEST)
    assert (len(caught.value.attempts), caught.value.outcome) == (2, "rejected")


def test_an_answer_that_cannot_be_read_leaves_the_outcome_unknown_even_after_several_attempts() -> None:
    with pytest.raises(DecodeError) as caught:
        decode(Response(status=201, body=b"{}").after((ATTEMPT,)), Tune, REQUEST)
    assert (caught.value.attempts, caught.value.outcome) == ((ATTEMPT,), "unknown")
