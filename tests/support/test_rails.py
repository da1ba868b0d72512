"""The server's half that the form tests stand on: checked against examples from Rack's own documentation."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import pytest

from .rails import Upload, nested, parse_form, with_lists

BODY = (
    b'--b\r\nContent-Disposition: form-data; name="tune[title]"\r\n\r\nJo\xc3\xa3o\r\n'
    b'--b\r\nContent-Disposition: form-data; name="tune[images][]"; filename="a.png"\r\n'
    b"Content-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    ("fields", "tree"),
    [
        ([("a", "1")], {"a": "1"}),
        ([("a[b]", "1"), ("a[c]", "2")], {"a": {"b": "1", "c": "2"}}),
        ([("a[]", "1"), ("a[]", "2")], {"a": ["1", "2"]}),
        ([("a[b][]", "1"), ("a[b][]", "2")], {"a": {"b": ["1", "2"]}}),
        ([("a[][c]", "1"), ("a[][d]", "2"), ("a[][c]", "3")], {"a": [{"c": "1", "d": "2"}, {"c": "3"}]}),
        ([("a[][b][c]", "1"), ("a[][b][c]", "2")], {"a": [{"b": {"c": "1"}}, {"b": {"c": "2"}}]}),
        ([("a[][b][]", "1"), ("a[][b][]", "2")], {"a": [{"b": ["1", "2"]}]}),
        ([("a[0][c]", "1"), ("a[1][c]", "2")], {"a": {"0": {"c": "1"}, "1": {"c": "2"}}}),
        ([("a", "1"), ("a", "2")], {"a": "2"}),
    ],
)
def test_names_nest_as_in_rails(fields: list[tuple[str, str]], tree: dict[str, Any]) -> None:
    assert nested(fields) == tree


def test_names_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(TypeError, match="expected list, got dict"):
        nested([("a[b]", "1"), ("a[]", "2")])


def test_a_hash_with_indexes_counts_as_a_list() -> None:
    assert with_lists({"a": {"0": {"c": "1"}, "1": {"0": "2"}}, "b": {"1": "x"}}) == {
        "a": [{"c": "1"}, ["2"]],
        "b": {"1": "x"},
    }


def test_a_form_is_taken_apart() -> None:
    assert parse_form("multipart/form-data; boundary=b", BODY) == [
        ("tune[title]", "João"),
        ("tune[images][]", Upload("a.png", "image/png", b"\x89PNG\r\n\x1a\n")),
    ]


def test_the_standard_library_takes_it_apart_in_the_same_way() -> None:
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: multipart/form-data; boundary=b\r\n\r\n" + BODY)
    title, image = message.iter_parts()
    assert title.get_payload(decode=True) == "João".encode()
    assert (image.get_filename(), image.get_content_type()) == ("a.png", "image/png")
    assert image.get_payload(decode=True) == b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    "body",
    [BODY[2:], BODY[:-2], BODY.replace(b"\r\n\r\n", b"\r\n", 1), BODY.replace(b'title]"', b'ti"tle]"')],
    ids=["no first boundary", "no last boundary", "no blank line", "a quote inside quotes"],
)
def test_a_form_that_is_not_well_formed_is_refused(body: bytes) -> None:
    with pytest.raises(AssertionError):
        parse_form("multipart/form-data; boundary=b", body)
