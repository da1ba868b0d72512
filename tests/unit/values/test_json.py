"""JSON in: strict, and large documents as small ones."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async import Request, Response
from astria_async._clock import SystemClock
from astria_async._values.json import LARGE, decode_json
from astria_async.middleware import AttemptTimeout

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def large(document: str) -> bytes:
    """The same document, with as much space as makes it large."""
    return document.encode() + b" " * LARGE


@given(VALUES, st.sampled_from([None, 2]))
def test_a_large_document_is_parsed_as_a_small_one(value: Any, indent: int | None) -> None:
    document = json.dumps(value, indent=indent)
    assert decode_json(large(document)) == decode_json(document.encode()) == value


@given(VALUES, st.data())
def test_a_large_document_is_refused_as_a_small_one(value: Any, data: st.DataObject) -> None:
    document = json.dumps(value, ensure_ascii=True)
    at = data.draw(st.integers(0, len(document)))
    spoilt = document[:at] + data.draw(st.sampled_from(list('[]{},:" x1'))) + document[at:]
    assert outcome(large(spoilt)) == outcome(spoilt.encode())


def outcome(body: bytes) -> object:
    try:
        return decode_json(body)
    except ValueError:
        return "refused"


@pytest.mark.parametrize(
    "document", ["[NaN]", '{"a": Infinity}', "[1,]", '{"a":1,}', "[1 2]", '{"a" 1}', "{1:2}", "", "[1] 2"]
)
def test_what_is_not_json_is_refused(document: str) -> None:
    for body in (document.encode(), large(document)):
        with pytest.raises(ValueError, match=r"\S"):
            decode_json(body)


@pytest.mark.anyio
@pytest.mark.parametrize(("items", "is_large"), [(10, False), (100_000, True)])
async def test_a_large_answer_is_parsed_off_the_event_loop(items: int, is_large: bool) -> None:
    threads: list[int] = []

    class Watched(Response):
        def json(self) -> Any:
            threads.append(threading.get_ident())
            return super().json()

    async def send(request: Request) -> Response:
        return Watched(status=200, body=json.dumps(list(range(items))).encode())

    response = await AttemptTimeout(SystemClock())(Request(method="GET", url="https://a.example/"), send)
    assert [thread != threading.get_ident() for thread in threads] == [True] * is_large
    assert response.json() == list(range(items))
