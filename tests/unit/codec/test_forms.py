"""How a body goes out: JSON without files, a form with Rails' names with them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from random import Random
from typing import Any

import pytest

from astria_async._codec import EncodedBody, encode, measure, query_string, rails_fields
from astria_async._wire import Body, FilePart
from astria_async.errors import ParameterError

from ...support.rails import Upload, nested, parse_form

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n and so on"


class Colour(str, Enum):
    """As users write them who have not met StrEnum."""

    RED = "red"


class Size(int, Enum):
    LARGE = 8


def picture(name: str = "a.png", data: bytes = PNG) -> FilePart:
    return FilePart(name=name, content_type="image/png", source=data, size=len(data))


def encoded(tree: Mapping[str, Any]) -> EncodedBody:
    return encode(Body(tree), Random(1))


async def sent(form: EncodedBody) -> bytes:
    return b"".join([chunk async for chunk in form.chunks()])


async def fields_of(tree: Mapping[str, Any]) -> list[tuple[str, Any]]:
    form = encoded(tree)
    return parse_form(form.content_type, await sent(form))


async def test_a_body_without_files_is_json() -> None:
    tree = {"tune": {"title": "a", "face_crop": True, "model_type": None, "steps": 3, "image_urls": ["https://x"]}}
    form = encoded(tree)
    assert form.content_type == "application/json"
    assert form.content == await sent(form)
    assert json.loads(form.content) == tree
    assert form.length == len(form.content)


async def test_json_keeps_text_as_it_is_and_wastes_no_bytes() -> None:
    assert await sent(encoded({"a": {"b": 'Jürgen "日本"\n'}})) == '{"a":{"b":"Jürgen \\"日本\\"\\n"}}'.encode()


async def test_body_with_a_file_is_a_form_with_rails_names() -> None:
    prompt = {"text": "x", "image_references": [picture("r.png")]}
    tree = {
        "tune": {
            "title": "a",
            "images": [picture("1.png"), picture("2.png")],
            "image_urls": ["https://x/1", "https://x/2"],
            "characteristics": {"eye_color": "brown"},
            "prompts_attributes": [prompt, {"text": "y", "num_images": 2}],
        },
        "image_index": 0,
    }
    assert [(name, getattr(value, "name", value)) for name, value in await fields_of(tree)] == [
        ("tune[title]", "a"),
        ("tune[images][]", "1.png"),
        ("tune[images][]", "2.png"),
        ("tune[image_urls][]", "https://x/1"),
        ("tune[image_urls][]", "https://x/2"),
        ("tune[characteristics][eye_color]", "brown"),
        ("tune[prompts_attributes][0][text]", "x"),
        ("tune[prompts_attributes][0][image_references][]", "r.png"),
        ("tune[prompts_attributes][1][text]", "y"),
        ("tune[prompts_attributes][1][num_images]", "2"),
        ("image_index", "0"),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (None, ""),
        (0, "0"),
        (2**32, "4294967296"),
        (0.8, "0.8"),
        (1e22, "1e+22"),
        ("", ""),
        ("True", "True"),
        ("two\nlines", "two\nlines"),
        (Colour.RED, "red"),
        (Size.LARGE, "8"),
    ],
)
async def test_a_value_in_a_form_is_text(value: object, text: str) -> None:
    tree = {"prompt": {"x": value, "input_image": picture()}}
    assert nested(await fields_of(tree))["prompt"]["x"] == text


@pytest.mark.parametrize("value", [True, 0.8, 1e22, Colour.RED, Size.LARGE, "日本"])
def test_a_form_says_the_same_as_json(value: object) -> None:
    ((_, in_form),) = rails_fields({"a": value})
    in_json = json.loads(encoded({"a": value}).content or b"")["a"]
    assert in_form == (in_json if isinstance(in_json, str) else json.dumps(in_json))


def test_empty_list_or_object_leaves_no_trace_in_a_form() -> None:
    assert [*rails_fields({"a": {"b": [], "c": {}}})] == []


@pytest.mark.parametrize(
    "name", ["João 日本.png", 'a"b.png', "a\r\nContent-Type: text/html.png", "a b;c=d.png", "100%.png", "a\\b.png"]
)
async def test_a_file_name_arrives_as_it_is(name: str) -> None:
    ((_, upload),) = await fields_of({"image": picture(name)})
    assert upload == Upload(name, "image/png", PNG)


@pytest.mark.parametrize("key", ["größe", 'in "quotes"', "two\r\nlines"])
async def test_a_parameters_name_arrives_as_it_is(key: str) -> None:
    assert nested(await fields_of({"tune": {"characteristics": {key: "x"}, "image": picture()}})) == {
        "tune": {"characteristics": {key: "x"}, "image": Upload("a.png", "image/png", PNG)}
    }


async def test_length_is_announced_and_the_same_bytes_are_sent_again(tmp_path: Path) -> None:
    path = tmp_path / "größer.png"
    path.write_bytes(PNG * 1000)
    opened = io.BytesIO(b"skipped" + PNG)
    opened.seek(7)
    files = [measure(path, parameter="images[0]"), measure(opened, parameter="images[1]"), picture()]
    form = encoded({"tune": {"title": "é", "images": files}})
    first, second = await sent(form), await sent(form)
    assert first == second
    assert form.length == len(first)
    assert form.content is None
    uploads = [value for _, value in parse_form(form.content_type, first) if isinstance(value, Upload)]
    assert [(upload.name, len(upload.data)) for upload in uploads] == [
        ("größer.png", 1000 * len(PNG)),
        ("images-1.png", len(PNG)),
        ("a.png", len(PNG)),
    ]


def test_the_length_is_unknown_where_a_files_is() -> None:
    unknown = FilePart(name="a", content_type="image/png", source=io.BytesIO(PNG), size=None, rewindable=False)
    assert encoded({"images": [picture(), unknown]}).length is None


def test_the_boundary_comes_from_the_random_source() -> None:
    tree = {"image": picture()}
    assert encoded(tree) == encoded(tree)
    assert encode(Body(tree), Random(2)).content_type != encoded(tree).content_type


async def test_a_body_that_is_a_file_is_its_bytes() -> None:
    form = encode(Body(picture()), Random(1))
    assert (form.content_type, form.length, await sent(form)) == ("image/png", len(PNG), PNG)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), b"raw", {1, 2}, "\udcff", 2j])
@pytest.mark.parametrize("beside", [{}, {"file": picture()}], ids=["json", "form"])
def test_what_cannot_be_sent_is_refused_by_name(value: object, beside: dict[str, FilePart]) -> None:
    with pytest.raises(ParameterError, match=r"^prompt\[theme\]\[\]: .* cannot be sent"):
        encoded({"prompt": {"theme": [value], **beside}})


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({}, ""),
        ({"before_id": None}, ""),
        ({"limit": 20, "before_id": None, "liked": True}, "?limit=20&liked=true"),
        ({"expand": ["debug_images"], "name": ["man", "woman"]},
         "?expand%5B%5D=debug_images&name%5B%5D=man&name%5B%5D=woman"),
        ({"title": "a&b=ü c"}, "?title=a%26b%3D%C3%BC+c"),
    ],
)  # fmt: skip
def test_a_query_has_the_same_names(query: dict[str, Any], text: str) -> None:
    assert query_string(query) == text
