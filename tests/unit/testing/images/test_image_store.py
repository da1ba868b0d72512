"""The fake's pictures: real ones, on a host of their own, without a key."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest

from astria_async._codec import sniff
from astria_async.testing import FakeAstria, VirtualClock
from astria_async.testing._images.png import HEIGHT, SCENES, WIDTH, png

pytestmark = pytest.mark.anyio

SD15 = 690204


@pytest.fixture
async def url(api: Any, clock: VirtualClock) -> str:
    """Where the first picture of a finished prompt lies."""
    prompt = await api.prompt(SD15)
    await clock.sleep(20)
    return str((await api.get(f"/prompts/{prompt['id']}"))["images"][0])


@pytest.fixture
def anyone(api: Any, fake: FakeAstria) -> Any:
    """A caller without a key."""
    return type(api)(fake, key="")


async def test_image_needs_no_key_and_has_no_extension(anyone: Any, url: str) -> None:
    response = await anyone("GET", url)
    assert (response.status, response.headers["content-type"]) == (200, "image/png")
    assert sniff(response.body) == ("image/png", "png")
    assert "." not in url.rpartition("/")[2]


async def test_a_key_sent_along_is_noticed(api: Any, anyone: Any, fake: FakeAstria, url: str) -> None:
    await anyone("GET", url)
    await api.get("/tunes")
    assert not fake.leaks
    await api("GET", url)
    await api("GET", "https://mp.astria.ai/elsewhere")
    assert [record.path for record in fake.leaks] == [url.removeprefix("https://mp.astria.ai"), "/elsewhere"]


async def test_a_part_can_be_asked_for(anyone: Any, url: str) -> None:
    whole = (await anyone("GET", url)).body
    size = len(whole)
    for asked, part, said in (
        ("bytes=0-9", whole[:10], f"bytes 0-9/{size}"),
        ("bytes=100-", whole[100:], f"bytes 100-{size - 1}/{size}"),
        ("bytes=-7", whole[-7:], f"bytes {size - 7}-{size - 1}/{size}"),
        (f"bytes=5-{size * 2}", whole[5:], f"bytes 5-{size - 1}/{size}"),
    ):
        response = await anyone("GET", url, Range=asked)
        assert (response.status, response.body, response.headers["content-range"]) == (206, part, said)


async def test_a_part_that_is_not_there_is_416(anyone: Any, url: str) -> None:
    size = len((await anyone("GET", url)).body)
    response = await anyone("GET", url, Range=f"bytes={size}-")
    assert (response.status, response.headers["content-range"]) == (416, f"bytes */{size}")


async def test_range_that_does_not_fit_gives_the_whole(anyone: Any, url: str) -> None:
    whole = await anyone("GET", url)
    for headers in ({"Range": "bytes=-"}, {"Range": "lines=1-2"}, {"Range": "bytes=5-", "If_Range": '"other"'}):
        assert (await anyone("GET", url, **headers)).body == whole.body
    again = await anyone("GET", url, Range="bytes=5-", If_Range=whole.headers["etag"])
    assert again.status == 206


async def test_pictures_of_one_prompt_differ(api: Any, anyone: Any, clock: VirtualClock) -> None:
    prompt = await api.prompt(SD15, num_images=8)
    await clock.sleep(20)
    urls = (await api.get(f"/prompts/{prompt['id']}"))["images"]
    assert len({(await anyone("GET", url)).body for url in urls}) == 8


async def test_images_are_missing_before_their_time_and_after_failures(
    api: Any, anyone: Any, fake: FakeAstria, clock: VirtualClock
) -> None:
    one, failed = await api.prompt(SD15, num_images=2), await api.prompt(SD15)
    fake.fail_prompt(failed["id"])
    assert (await anyone("GET", f"https://mp.astria.ai/pictures/p{one['id']}-1")).status == 404
    await clock.sleep(20)
    assert (await anyone("GET", f"https://mp.astria.ai/pictures/p{one['id']}-1")).status == 200
    for name in (f"p{one['id']}-2", f"p{failed['id']}-0", f"z{one['id']}-0", "p1-0", "t1-0", "x", ""):
        response = await anyone("GET", f"https://mp.astria.ai/pictures/{name}")
        assert (response.status, response.headers["content-type"]) == (404, "application/xml")
    assert (await anyone("POST", f"https://mp.astria.ai/pictures/p{one['id']}-1")).status == 404
    await api("DELETE", f"/prompts/{one['id']}")
    assert (await anyone("GET", f"https://mp.astria.ai/pictures/p{one['id']}-1")).status == 404


async def test_training_pictures_can_be_fetched(api: Any, anyone: Any) -> None:
    tune = await api.tune(image_urls=["https://e.com/1", "https://e.com/2", "https://e.com/3"])
    assert [(await anyone("GET", url)).status for url in tune["orig_images"]] == [200] * 3
    assert (await anyone("GET", f"https://mp.astria.ai/pictures/t{tune['id']}-3")).status == 404


async def test_a_video_is_recognised_as_one(api: Any, anyone: Any, clock: VirtualClock) -> None:
    prompt = await api.prompt(SD15, video_model="kling", video_prompt="she walks")
    await clock.sleep(20)
    response = await anyone("GET", (await api.get(f"/prompts/{prompt['id']}"))["images"][0])
    assert response.headers["content-type"] == sniff(response.body)[0] == "video/mp4"


async def test_the_host_of_the_pictures_serves_nothing_else(api: Any, fake: FakeAstria) -> None:
    assert (await api("GET", "https://mp.astria.ai/tunes")).status == 404
    fake.images_origin = "http://localhost:8000/"
    assert fake.images_origin == "http://localhost:8000"
    assert (await api("GET", "http://localhost:8000/tunes")).status == 200


# --- Drawing


def test_a_picture_is_a_small_well_formed_png() -> None:
    data = png(0)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    kinds, at, pixels = [], 8, b""
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + content)
        kinds.append(kind)
        pixels += zlib.decompress(content) if kind == b"IDAT" else b""
        at += 12 + length
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]
    assert len(pixels) == HEIGHT * (1 + 3 * WIDTH)
    assert len(data) < 20_000


def test_scenes_and_persons_make_the_image() -> None:
    images = {png(scene, persons) for scene in (0, 8, 16) for persons in ((), (1,), (2,), (1, 2), (2, 1))}
    assert len(images) == 15
    assert png(SCENES + 8, (1,)) is png(8, (1,))
