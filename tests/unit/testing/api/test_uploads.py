"""Direct uploads: a place, the bytes, and the signed id wherever a file goes."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from astria_async._wire import Response
from astria_async.testing import FakeAstria, HttpRequest

pytestmark = pytest.mark.anyio

BYTES = b"\x89PNG\r\n\x1a\n" + b"picture"
MD5 = base64.b64encode(hashlib.md5(BYTES, usedforsecurity=False).digest()).decode()
BLOB = {"filename": "a.png", "byte_size": len(BYTES), "checksum": MD5, "content_type": "image/png"}


async def put(fake: FakeAstria, place: dict[str, Any], content: bytes, **headers: str) -> Response:
    target = place["direct_upload"]
    call = HttpRequest.of("PUT", target["url"], {**target["headers"], **headers}, content)
    return await fake.handle(call)


async def uploaded(api: Any, fake: FakeAstria) -> str:
    place = (await api("POST", "/api/direct_uploads", {"blob": BLOB})).json()
    assert (await put(fake, place, BYTES)).status == 200
    return str(place["signed_id"])


async def test_a_file_is_put_on_another_host_without_a_key(api: Any, fake: FakeAstria) -> None:
    place = (await api("POST", "/api/direct_uploads", {"blob": BLOB})).json()
    target = place["direct_upload"]
    assert target["headers"] == {"Content-Type": "image/png", "Content-MD5": MD5}
    assert target["url"].startswith("https://mp.astria.ai/uploads/")
    assert (await api("GET", place["public_url"])).status == 404
    assert (await put(fake, place, BYTES)).status == 200
    assert (await api("GET", place["public_url"])).headers["content-type"] == "image/png"
    assert (await api("DELETE", place["public_url"])).status == 404
    assert (await api("GET", "https://mp.astria.ai/uploads/other")).status == 404


async def test_a_key_at_the_store_is_a_leak(api: Any, fake: FakeAstria) -> None:
    place = (await api("POST", "/api/direct_uploads", {"blob": BLOB})).json()
    await put(fake, place, BYTES)
    assert not fake.leaks
    await put(fake, place, BYTES, Authorization="Bearer sd_test")
    assert len(fake.leaks) == 1


@pytest.mark.parametrize("content", [b"", BYTES + b"x", BYTES[:-1] + b"x"])
async def test_bytes_that_were_not_announced_are_refused(api: Any, fake: FakeAstria, content: bytes) -> None:
    place = (await api("POST", "/api/direct_uploads", {"blob": BLOB})).json()
    assert (await put(fake, place, content)).status == 400
    data = {"tune": {"name": "man", "title": "T", "images": [place["signed_id"]]}}
    assert await api.refused("/tunes", data) == {"images": ["is invalid"]}


@pytest.mark.parametrize(
    "change",
    [{"filename": ""}, {"byte_size": 100 * 1024 * 1024 + 1}, {"byte_size": "x"}, {"checksum": "x"}, {"checksum": "é"}],
)
async def test_a_place_that_is_wrong_is_refused(api: Any, change: dict[str, Any]) -> None:
    assert (await api.refused("/api/direct_uploads", {"blob": {**BLOB, **change}})).keys() == change.keys()


async def test_a_signed_id_goes_wherever_a_file_goes(api: Any, fake: FakeAstria) -> None:
    signed = await uploaded(api, fake)
    tune = await api.tune(
        images=[signed, signed], image_urls=[], prompts_attributes=[{"text": "x", "input_image": signed}]
    )
    prompt = await api.prompt(
        tune["id"],
        video_model="kling",
        video_prompt="x",
        input_image=signed,
        image_references=[signed],
        mask_image=signed,
    )
    digest = hashlib.sha256(BYTES).hexdigest()
    assert [file.sha256 for file in fake.tunes[0].files] == [digest] * 3
    assert [len(one.files) for one in fake.prompts] == [1, 3]
    assert (await api("GET", prompt["input_image"])).status == 200
    inspected = await api("POST", "/images/inspect", {"name": "man", "file": signed})
    assert inspected.status == 200
    video = await api("POST", "/videos/inspect", {"blob_signed_id": signed})
    assert video.status == 201
    assert fake.inspections[0].source == "a.png"


async def test_upload_is_seen_at_its_url_once_it_is_there(api: Any, fake: FakeAstria) -> None:
    places = [(await api("POST", "/api/direct_uploads", {"blob": BLOB})).json() for _ in range(2)]
    urls = [place["public_url"] for place in places]
    for path in ("/images/describe", "/videos/inspect"):
        assert await api.refused(path, {"file_url": urls[0]}) == {"file_url": ["is invalid"]}
    for place in places:
        await put(fake, place, BYTES)
    seen = [(await api("POST", "/images/describe", {"file_url": url})).body for url in urls]
    assert seen[0] == seen[1], "the same bytes"
    assert (await api("POST", "/videos/inspect", {"file_url": urls[0]})).status == 201


@pytest.mark.parametrize(
    ("path", "data", "name"),
    [
        ("/tunes", {"tune": {"name": "man", "title": "T", "images": ["other"]}}, "images"),
        ("/tunes/690204/prompts", {"prompt": {"text": "x", "input_image": "other"}}, "input_image"),
        ("/tunes/690204/prompts", {"prompt": {"text": "x", "image_references": ["other"]}}, "image_references"),
        ("/images/inspect", {"name": "man", "file": "other"}, "file"),
        ("/videos/inspect", {"blob_signed_id": "other"}, "blob_signed_id"),
    ],
)
async def test_a_signed_id_that_nobody_has_is_refused(api: Any, path: str, data: Any, name: str) -> None:
    assert name in await api.refused(path, data)


async def test_a_file_of_any_type_is_put_as_it_is(api: Any, fake: FakeAstria) -> None:
    content = json.dumps({"not": "parameters"}).encode()[:-1]
    checksum = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    blob = {"filename": "x", "byte_size": len(content), "checksum": checksum, "content_type": "application/json"}
    place = (await api("POST", "/api/direct_uploads", {"blob": blob})).json()
    assert (await put(fake, place, content)).status == 200
