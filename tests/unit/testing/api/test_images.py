"""What the fake sees in images."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async._codec import decode
from astria_async._wire import Request
from astria_async.models import Inspection

pytestmark = pytest.mark.anyio

URL = "https://e.com/1.jpg"


async def test_finding_has_every_documented_key_and_is_always_the_same(api: Any) -> None:
    response = await api("POST", "/images/inspect", {"name": "woman", "file_url": URL})
    found = response.json()
    assert response.body == (await api("POST", "/images/inspect", {"name": "woman", "file_url": URL})).body
    assert found["name"] == "woman"
    assert {type(value) for value in found.values()} == {str, bool}
    model = decode(response, Inspection, Request(method="POST", url="https://api.astria.ai/images/inspect"))
    assert not model.extra
    assert len(found) == 21


async def test_different_pictures_are_seen_differently(api: Any) -> None:
    found = [
        (await api("POST", "/images/inspect", {"name": "man", "file_url": f"{URL}?{number}"})).body
        for number in range(8)
    ]
    assert len(set(found)) == 8


async def test_a_file_is_seen_by_its_bytes_under_any_name(api: Any) -> None:
    def form(name: str, content: bytes) -> bytes:
        head = (
            b'--X\r\nContent-Disposition: form-data; name="name"\r\n\r\nman\r\n--X\r\nContent-Disposition: form-data; '
        )
        return head + f'name="file"; filename="{name}"\r\n\r\n'.encode() + content + b"\r\n--X--"

    kind = {"content_type": "multipart/form-data; boundary=X"}
    seen = [
        (await api("POST", "/images/inspect", form(name, content), **kind)).body
        for name, content in (("a.jpg", b"1"), ("b.jpg", b"1"), ("b.jpg", b"2"))
    ]
    assert seen[0] == seen[1] != seen[2]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"file_url": URL}, "name"),
        ({"name": "man"}, "file"),
        ({"name": "man", "file_url": "photo.jpg"}, "file_url"),
        ({"name": ["man"], "file_url": URL}, "name"),
    ],
)
async def test_an_inspection_of_nothing_is_refused(api: Any, data: Any, name: str) -> None:
    assert name in await api.refused("/images/inspect", data)


async def test_a_class_is_one_of_those_that_were_named(api: Any) -> None:
    chosen = await api("POST", "/images/class_name", {"file_url": URL, "names": ["dress", "shoe"]})
    assert chosen.json()["class_name"] in ("dress", "shoe")
    assert (await api("POST", "/images/class_name", {"file_url": URL})).json()["class_name"]
    keys = {"class_name", "short_description", "caption", "captions", "first_name"}
    assert chosen.json().keys() == keys
    assert (await api("POST", "/images/describe", {"file_url": URL})).json().keys() == {"description"}


async def test_a_finding_is_said_in_the_documented_words(api: Any) -> None:
    for number in range(20):
        data = {"name": "woman", "file_url": f"{URL}?{number}"}
        found = (await api("POST", "/images/inspect", data)).json()
        assert found["age"].endswith(" yo")
        assert found["hair_length"] in ("short hair", "medium hair", "long hair", "NONE")
        assert found["eye_color"] == "NONE" or found["eye_color"].endswith(" eyes")


async def test_words_are_only_for_an_image_at_a_url(api: Any) -> None:
    kind = {"content_type": "multipart/form-data; boundary=X"}
    form = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n1\r\n--X--'
    for path in ("/images/class_name", "/images/describe"):
        response = await api("POST", path, form, **kind)
        assert (response.status, response.json()) == (422, {"file_url": ["can't be blank"]})
