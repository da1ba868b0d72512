"""Images, videos, themes and the account: what is sent, and what comes of it."""

from __future__ import annotations

import base64
import hashlib
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from astria_async import (
    AsyncAstria,
    DecodeError,
    Inspection,
    ParameterError,
    Request,
    Response,
    Timeout,
    TransportError,
    UnknownOutcomeError,
    UploadedFile,
    characteristics_of,
    warnings_of,
)
from astria_async.testing import MockTransport, VirtualClock

pytestmark = pytest.mark.anyio
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
PLACE = {
    "signed_id": "abc--def",
    "public_url": "https://mp.astria.ai/abc",
    "direct_upload": {
        "url": "https://bucket.example/abc?signature=1",
        "headers": {"Content-Type": "image/png", "Content-MD5": "m"},
    },
}


async def test_a_picture_is_inspected_as_a_file_or_by_its_url(client: Any, answers: Any, tmp_path: Path) -> None:
    service = answers({"age": "40", "headcover": "NONE", "glasses": "", "blurry": True})
    (tmp_path / "a.png").write_bytes(PNG)
    found = await client(service).images.inspect(name="woman", file=tmp_path / "a.png")
    await client(service).images.inspect(name="woman", file="https://x.y/a b.png")
    assert (found.age, found.headcover, found.glasses, found.blurry) == ("40", None, None, True)
    assert service.requests[0].body.tree["file"].name == "a.png"
    assert service.requests[1].body.tree == {"name": "woman", "file_url": "https://x.y/a%20b.png"}
    with pytest.raises(ParameterError, match="name"):
        await client(service).images.inspect(name="", file=PNG)


def test_findings_are_folded_into_what_most_pictures_show() -> None:
    findings = [
        Inspection(eye_color="brown", hair_color="black", age="20"),
        Inspection(eye_color="green", hair_color="black"),
        Inspection(eye_color="brown"),
        Inspection(glasses="NONE"),
        Inspection(eye_color="green"),
    ]
    assert characteristics_of(findings) == {"eye_color": "brown"}
    assert characteristics_of([]) == {}


def test_a_findings_warnings_are_in_words() -> None:
    assert warnings_of(Inspection(blurry=True, selfie=True, wearing_hat=False)) == (
        "it is blurry",
        "it is a selfie, which distorts the face",
    )
    assert warnings_of(Inspection()) == ()


async def test_pictures_and_videos_are_put_into_words(client: Any, answers: Any) -> None:
    service = answers({"description": "a woman"}, {"class_name": "woman"}, {"id": 4, "status": "pending"}, {"id": 4})
    astria = client(service)
    assert (await astria.images.describe(file_url="https://x.y/1")).description == "a woman"
    assert (await astria.images.class_name(file_url="https://x.y/1", names=["man", "woman"])).extra == {
        "class_name": "woman"
    }
    begun = await astria.videos.inspect(file="https://x.y/v", tunes=[3])
    await astria.videos.inspect(file=UploadedFile(signed_id="s--1"))
    await astria.videos.inspection(begun)
    assert service.sent == [
        "POST /images/describe", "POST /images/class_name", "POST /videos/inspect", "POST /videos/inspect",
        "GET /videos/inspect/4",
    ]  # fmt: skip
    assert [request.body.tree for request in service.requests[1:4]] == [
        {"file_url": "https://x.y/1", "names": ["man", "woman"]},
        {"file_url": "https://x.y/v", "tune_ids": [3]},
        {"blob_signed_id": "s--1"},
    ]


async def test_an_upload_is_announced_and_put_where_the_service_says_without_the_key(client: Any, answers: Any) -> None:
    service = answers(PLACE, Response(status=204))
    upload = await client(service).images.upload(("a.png", PNG))
    announce, put = service.requests
    assert announce.body.tree == {
        "blob": {
            "filename": "a.png", "byte_size": len(PNG), "content_type": "image/png",
            "checksum": base64.b64encode(hashlib.md5(PNG).digest()).decode(),
        }
    }  # fmt: skip
    assert (put.method, put.url) == ("PUT", "https://bucket.example/abc?signature=1")
    assert "authorization" not in put.headers
    assert put.headers["content-md5"] == "m"
    assert put.body.tree.source == PNG
    assert repr(upload) == "<UploadedFile 'https://mp.astria.ai/abc'>"
    assert "signature" not in repr(upload)


async def test_an_upload_goes_wherever_a_file_goes(client: Any, answers: Any) -> None:
    service = answers({"id": 3})
    signed = "eyJfcmFpbHMi--" + "a" * 40
    await client(service).prompts.create(3, text="x", input_image=UploadedFile(signed_id=signed), mask_image=signed)
    await client(service).tunes.create(name="woman", images=[UploadedFile(signed_id=signed), "https://x.y/1"])
    prompt, tune = (request.body.tree for request in service.requests)
    assert prompt["prompt"]["input_image"] == prompt["prompt"]["mask_image"] == signed
    assert tune["tune"]["images"] == [signed]
    assert tune["tune"]["image_urls"] == ["https://x.y/1"]


class Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("file", "problem"),
    [("https://x.y/1", "URL"), (Pipe(b"x"), "no size"), (UploadedFile(signed_id="s"), "already")],
)
async def test_what_cannot_be_uploaded_is_refused(file: Any, problem: str, client: Any, answers: Any) -> None:
    with pytest.raises(ParameterError, match=problem):
        await client(answers({})).images.upload(file)


async def test_a_file_above_100_mb_is_refused(client: Any, answers: Any, tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(100 * 1024 * 1024 + 1)
    with pytest.raises(ParameterError, match=r"large\.png has 104,857,601 bytes"):
        await client(answers({})).images.upload(large)


async def test_an_upload_without_a_place_is_an_error(client: Any, answers: Any) -> None:
    with pytest.raises(DecodeError, match="direct_upload: required"):
        await client(answers({"signed_id": "s"})).images.upload(PNG)


async def test_a_theme_is_ordered_for_tunes(client: Any, answers: Any) -> None:
    service = answers(Response(status=201), Response(status=504))
    astria = client(service)
    assert await astria.themes.create(theme="a day in Rome", tunes=[3, 4], num_images=2, w=512) is None
    assert service.requests[0].body.tree == {
        "theme": {"theme": "a day in Rome", "tune_ids": [3, 4], "prompt_attributes": {"num_images": 2, "w": 512}}
    }
    with pytest.raises(UnknownOutcomeError):
        await astria.themes.create(theme="a day in Rome", tunes=[3])
    assert service.requests[1].body.tree == {"theme": {"theme": "a day in Rome", "tune_ids": [3]}}


@pytest.mark.parametrize(
    "bad", [{"theme": " ", "tunes": [1]}, {"theme": "x", "tunes": []}, {"theme": "x", "tunes": [0]}]
)
async def test_a_theme_without_words_or_tunes_is_refused(bad: Any, client: Any, answers: Any) -> None:
    service = answers({})
    with pytest.raises(ParameterError):
        await client(service).themes.create(**bad)
    assert service.requests == []


async def test_the_account_tells_who_pays(client: Any, answers: Any) -> None:
    service = answers({"id": 1, "usd_balance_mc": 100, "payer": {"self": False, "usd_balance_mc": 250000}}, {"id": 1})
    me = await client(service).account.me()
    assert me.balance == Decimal("2.5")
    assert me.payer.is_self is False
    assert (await client(service).account.me()).balance is None


async def test_workspaces_are_listed_read_made_and_changed(client: Any, answers: Any) -> None:
    service = answers([{"id": 2, "title": "Shop"}], {"id": 2})
    workspaces = client(service).account.workspaces
    assert [workspace.title for workspace in await workspaces.list()] == ["Shop"]
    await workspaces.retrieve(2)
    await workspaces.create(title="Shop")
    await workspaces.update(2, brief="quiet colours")
    assert service.sent == [
        "GET /workspaces.json", "GET /workspaces/2.json", "POST /workspaces.json", "PATCH /workspaces/2.json",
    ]  # fmt: skip
    assert service.requests[3].body.tree == {"workspace": {"brief": "quiet colours"}}
    with pytest.raises(ParameterError, match="nothing is given"):
        await workspaces.update(2)
    with pytest.raises(ParameterError, match="title"):
        await workspaces.create(title="")


async def test_the_catalog_is_asked_for_without_the_key(client: Any, answers: Any) -> None:
    service = answers(
        {"cache_ttl": 60, "models": {"flux": {"tune_id": 5}}, "video_models": {"v": {"aspect_ratios": ["1:1"]}}}
    )
    catalog = await client(service).account.models()
    assert catalog.models["flux"].tune_id == 5
    assert catalog.video_models["v"].aspect_ratios == ("1:1",)
    assert "authorization" not in service.requests[0].headers


@pytest.mark.parametrize("seconds", [9.0, 4.0])
async def test_both_requests_of_an_upload_share_one_deadline(seconds: float) -> None:
    clock = VirtualClock()

    async def service(request: Request) -> Response:
        await clock.sleep(seconds)
        return Response.from_json(200, PLACE)

    transport = MockTransport(service)
    async with AsyncAstria("sd_test", transport=transport, clock=clock, timeout=Timeout(total=10)) as astria:
        began = clock.monotonic()
        if seconds < 5:
            await astria.images.upload(PNG)
        else:
            with pytest.raises(TransportError):
                await astria.images.upload(PNG)
    assert clock.monotonic() - began == min(2 * seconds, 10)
    assert {request.deadline for request in transport.requests} == {began + 10}


@pytest.mark.parametrize("url", ["C:\\a.jpg", "nonsense", " https://x.y/1", "https://", Path("a.jpg"), b"x", 5])
async def test_a_url_is_checked_wherever_one_is_taken(url: Any, client: Any, answers: Any) -> None:
    service = answers({"id": 1})
    astria = client(service)
    calls = (
        astria.images.describe(file_url=url), astria.images.class_name(file_url=url), astria.videos.inspect(file=url),
    )  # fmt: skip
    for call in calls:
        with pytest.raises(ParameterError, match=r"^file(_url)?: "):
            await call
    assert service.requests == []


@pytest.mark.parametrize(
    ("given", "parameter"),
    [({"num_images": 9}, "num_images"), ({"w": 7}, "w"), ({"theme": 5}, "theme"), ({"tunes": 3}, "tunes")],
)
async def test_a_themes_parameters_are_checked(given: Any, parameter: str, client: Any, answers: Any) -> None:
    service = answers({})
    with pytest.raises(ParameterError, match=f"^{parameter}: "):
        await client(service).themes.create(**{"theme": "x", "tunes": [1], **given})
    assert service.requests == []
