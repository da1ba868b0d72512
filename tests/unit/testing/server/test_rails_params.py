"""Bodies as Rails reads them."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from astria_async.testing import ReceivedFile
from astria_async.testing._server.coerce import (
    as_flag,
    as_integer,
    as_number,
    as_text,
    is_url,
    items_of,
)
from astria_async.testing._server.multipart import MAX_PARTS, MalformedError
from astria_async.testing._server.rails_params import MAX_DEPTH, parse_body, parse_query

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("", {}),
        ("a=1&a=2", {"a": "2"}),
        ("tune[title]=T&tune[name]=man", {"tune": {"title": "T", "name": "man"}}),
        ("tune[images][]=a&tune[images][]=b", {"tune": {"images": ["a", "b"]}}),
        (
            "t[p][0][text]=a&t[p][0][w]=8&t[p][1][text]=b",
            {"t": {"p": {"0": {"text": "a", "w": "8"}, "1": {"text": "b"}}}},
        ),
        ("t[p][][text]=a&t[p][][w]=8&t[p][][text]=b", {"t": {"p": [{"text": "a", "w": "8"}, {"text": "b"}]}}),
        (
            "t[p][][a][x]=1&t[p][][a][y]=2&t[p][][a][x]=3",
            {"t": {"p": [{"a": {"x": "1", "y": "2"}}, {"a": {"x": "3"}}]}},
        ),
        ("t[p][][l][]=1&t[p][][l][]=2", {"t": {"p": [{"l": ["1", "2"]}]}}),
        ("a[]=1&a[][b]=2", {"a": ["1", {"b": "2"}]}),
        ("a[b]c=1&]x=2&[y]=3", {"a[b]c": "1", "]x": "2", "[y]": "3"}),
        ("a=%E2%82%AC+x&b", {"a": "€ x", "b": ""}),
    ],
)
def test_names_with_brackets_are_a_tree(query: str, tree: object) -> None:
    assert parse_query(query) == parse_body(FORM, query.encode()) == tree


@pytest.mark.parametrize("query", ["a=1&a[b]=2", "a[b]=1&a=2", "a[]=1&a[b]=2", "a[b]=1&a[]=2", "a[][b]=1&a[b]=2"])
def test_a_name_used_in_two_ways_is_malformed(query: str) -> None:
    with pytest.raises(MalformedError, match="two ways"):
        parse_query(query)


@pytest.mark.parametrize("query", ["a=%ff", "a" + "[b]" * (MAX_DEPTH + 1), "&".join(["a=1"] * (MAX_PARTS + 1))])
def test_what_goes_too_far_is_malformed(query: str) -> None:
    with pytest.raises(MalformedError):
        parse_query(query)


@pytest.mark.parametrize(
    "body", [b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'{"a":' * 101 + b"1" + b"}" * 101, b"1" * 5000]
)
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_body("application/json", body)


def test_json_may_be_nested_a_hundred_deep() -> None:
    assert parse_body("application/json", b'{"a":' * 100 + b"1" + b"}" * 100)


def test_json_is_taken_as_it_is() -> None:
    tree = parse_body("Application/JSON; charset=utf-8", b'{"tune": {"images": [], "steps": 3, "title": null}}')
    assert tree == {"tune": {"images": [], "steps": 3, "title": None}}
    assert parse_body("application/json", b"[1]") == {"_json": [1]}
    assert parse_body("application/json", b"") == {}


def test_a_type_that_is_none_of_these_has_no_parameters() -> None:
    assert parse_body("text/plain", b"tune[title]=x") == {}


# --- multipart


def multipart(*parts: str, end: str = "--X--\r\n") -> bytes:
    return "".join(f"--X\r\n{part}\r\n" for part in parts).encode() + end.encode()


def parsed(body: bytes, content_type: str = 'multipart/form-data; boundary="X"') -> Any:
    return parse_body(content_type, body)


def field(name: str, value: str) -> str:
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'


def test_parts_are_parameters_and_of_files_the_digest_is_kept() -> None:
    head = 'content-disposition: form-data; name="tune[images][]"; filename="a%22b.jpg"\r\nContent-Type: image/jpeg'
    content = "--\r\n--Y\r\n"
    tree = parsed(multipart(field("tune[title]", "T\r\nx"), f"{head}\r\n\r\n{content}", field("tune[name]", "")))
    assert tree["tune"]["title"] == "T\r\nx"
    assert tree["tune"]["name"] == ""
    digest = sha256(content.encode()).hexdigest()
    assert tree["tune"]["images"] == [ReceivedFile(name='a"b.jpg', content_type="image/jpeg", size=9, sha256=digest)]


def test_an_empty_file_without_a_type_is_a_file() -> None:
    tree = parsed(multipart('Content-Disposition: form-data; name=f; filename="x\\"y"\r\n\r\n'))
    assert (tree["f"].name, tree["f"].size, tree["f"].content_type) == ('x"y', 0, "application/octet-stream")


def test_a_preamble_and_parts_without_a_name_are_passed_over() -> None:
    body = b"hello\r\n" + multipart("\r\nno headers", "X-Other: 1\r\n\r\nno name", field("a", "1"))
    assert parsed(body) == {"a": "1"}


@pytest.mark.parametrize(
    "body",
    [
        b"nothing",
        multipart(field("a", "1"), end=""),
        multipart("Content-Disposition: form-data"),
        b"--Xyz\r\n\r\n\r\n--X--",
        b"--X",
        b"--X\r\n" + field("a", "€").encode("latin-1", "replace") + b"\xff\r\n--X--",
        multipart(*["\r\nx"] * (MAX_PARTS + 1)),
    ],
)
def test_a_form_that_is_broken_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedError):
        parsed(body)


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=é"]
)
def test_a_form_without_a_boundary_is_malformed(content_type: str) -> None:
    with pytest.raises(MalformedError, match="boundary"):
        parsed(multipart(field("a", "1")), content_type)


# --- Casts


@pytest.mark.parametrize(
    ("cast", "given", "result"),
    [
        (as_flag, "true", True), (as_flag, "True", True), (as_flag, "1", True), (as_flag, 1, True), (as_flag, "yes", True),
        (as_flag, "false", False), (as_flag, "False", False), (as_flag, "0", False), (as_flag, 0, False),
        (as_flag, "", None), (as_flag, None, None), (as_flag, [], None),
        (as_integer, "12", 12), (as_integer, 12.0, 12), (as_integer, "1.5", None), (as_integer, True, None),
        (as_integer, "9" * 30, None), (as_integer, 10**40, None), (as_integer, float("inf"), None), (as_integer, "²", None),
        (as_number, "1.5", 1.5), (as_number, ".5e1", 5.0), (as_number, 3, 3.0), (as_number, "1e999", None),
        (as_number, "abc", None), (as_number, float("inf"), None), (as_number, False, None), (as_number, 10**400, None),
        (as_text, 5, "5"), (as_text, 1.5, "1.5"), (as_text, False, "false"), (as_text, {}, None), (as_text, 10**400, None),
        (is_url, "https://e.com/?a=1", True), (is_url, "ftp://e.com", False), (is_url, 5, False), (is_url, "https://", False),
        (items_of, {"0": "a", "1": "b"}, ["a", "b"]), (items_of, {"x": "a"}, []), (items_of, ["a"], ["a"]), (items_of, "a", []),
    ],
)  # fmt: skip
def test_values_are_cast_as_rails_does(cast: Any, given: object, result: object) -> None:
    assert cast(given) == result
    assert type(cast(given)) is type(result)
