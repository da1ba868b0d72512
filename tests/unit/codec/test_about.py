"""Whether an answer is about what was asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from astria_async._codec import is_about, is_created
from astria_async._codec.responses import is_short_of_balance
from astria_async._wire import Body, Effect, Identity, Lookup, Request, Response
from astria_async.errors import Attempt

REQUEST = Request(method="GET", url="https://api.astria.ai/tunes/1?expand=x")
ATTEMPT = Attempt(at=datetime(2026, 1, 1, tzinfo=UTC), seconds=1.0, result="200", outcome=None)


def answer(data: Any, status: int = 200) -> Response:
    return Response.from_json(status, data)


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
def test_prompts_answer_has_seed_and_tune_that_were_sent(came: Any, expected: bool) -> None:
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
def test_tunes_answer_has_title_sent_but_for_case_and_blanks(title: Any, expected: bool) -> None:
    request = create_of(Identity.TUNE_TITLE, {"title": "Order 7"})
    assert is_created(answer({"id": 1, "title": title, "created_at": "2026-01-01T00:00:00Z"}, 201), request) is expected


def test_plain_title_without_a_time_is_a_double_of_tests() -> None:
    request = create_of(Identity.TUNE_TITLE, {"title": "5bf00b97-5901-505a-b914-6ffd9765fb23"})
    assert is_created(answer({"id": 1, "title": "t"}, 201), request)
    assert not is_created(answer({"id": 1, "title": "5bf00b97-5901-505a-b914-000000000000"}, 201), request)


def test_create_sent_without_identity_is_told_by_its_id_alone() -> None:
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
def test_reads_answer_is_about_the_id_that_was_asked_for(data: Any, expected: bool) -> None:
    assert is_about(answer(data), REQUEST.replace(about=1)) is expected
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
    assert is_short_of_balance(Response(status=200, body=body), REQUEST) is expected


def test_answer_that_repeats_the_prompts_words_does_not_say_it() -> None:
    order = REQUEST.replace(method="POST", body=Body({"prompt": {"text": "not enough balance"}}))
    assert not is_short_of_balance(Response(status=201, body=b'{"text": "not enough balance'), order)
