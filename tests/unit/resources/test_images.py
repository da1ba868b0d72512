"""Images: what is sent of a file, and what comes of it."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from astria_async import (
    AsyncAstria,
    DecodeError,
    Description,
    ParameterError,
    Request,
    Response,
    Timeout,
    TransportError,
    UploadedFile,
)
from astria_async.testing import MockTransport, VirtualClock

pytestmark = pytest.mark.anyio
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
SIGNED = "eyJfcmFpbHMi--" + "a" * 40
PLACE: dict[str, Any] = {
    "signed_id": SIGNED,
    "public_url": "https://mp.astria.ai/abc",
    "direct_upload": {
        "url": "https://bucket.example/abc?signature=1",
        "headers": {"Content-Type": "image/png", "Content-MD5": "m"},
    },
}


async def test_image_is_inspected_as_a_file_or_by_its_url(client: Any, answers: Any, tmp_path: Path) -> None:
    service = answers({"age": "40", "headcover": "NONE", "glasses": "", "blurry": True})
    (tmp_path / "a.png").write_bytes(PNG)
    inspection = await client(service).images.inspect(tmp_path / "a.png", name="woman")
    await client(service).images.inspect(name="woman", file="https://x.y/a b.png")
    assert (inspection.age, inspection.headcover, inspection.glasses, inspection.blurry) == ("40", None, None, True)
    assert service.requests[0].body.tree["file"].name == "a.png"
    assert service.requests[1].body.tree == {"name": "woman", "file_url": "https://x.y/a%20b.png"}
    with pytest.raises(ParameterError, match="name"):
        await client(service).images.inspect(name="", file=PNG)


async def test_an_image_at_a_url_is_described_without_an_upload(client: Any, answers: Any) -> None:
    service = answers({"description": "a woman"})
    description = await client(service).images.describe(" https://x.y/a b.png\n", names=["man", "woman"])
    assert description == Description(description="a woman")
    assert service.sent == ["POST /images/describe"]
    assert service.requests[0].body.tree == {"file_url": "https://x.y/a%20b.png", "names": ["man", "woman"]}


async def test_a_classification_has_its_class_and_words(client: Any, answers: Any) -> None:
    service = answers({"class_name": "woman", "short_description": "A woman", "captions": ["red hair"], "new": 1})
    classification = await client(service).images.classify(file="https://x.y/1")
    assert (classification.class_name, classification.captions, classification.caption) == (
        "woman",
        ("red hair",),
        None,
    )
    assert classification.extra == {"new": 1}
    assert service.requests[0].body.tree == {"file_url": "https://x.y/1"}


FILES: dict[str, Callable[[Path], Any]] = {
    "path": lambda path: path,
    "path of another library": lambda path: anyio.Path(path),
    "bytes": lambda path: path.read_bytes(),
    "named bytes": lambda path: ("b.png", path.read_bytes()),
    "file object": lambda path: io.BytesIO(path.read_bytes()),
    "data URL": lambda path: "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode(),
}


@pytest.mark.parametrize("method", ["describe", "classify"])
@pytest.mark.parametrize("kind", FILES)
async def test_a_file_without_a_url_is_uploaded_first(
    kind: str, method: str, client: Any, answers: Any, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    service = answers(PLACE, Response(status=204), {})
    await getattr(client(service).images, method)(FILES[kind](tmp_path / "a.png"))
    announce, put, last = service.requests
    assert (announce.path, put.url, last.path) == (
        "/api/direct_uploads", PLACE["direct_upload"]["url"], f"/images/{'class_name' if method == 'classify' else method}",
    )  # fmt: skip
    assert announce.body.tree["blob"]["byte_size"] == len(PNG)
    assert last.body.tree == {"file_url": PLACE["public_url"]}
    assert {request.operation for request in service.requests} == {f"images.{method}"}


async def test_an_upload_is_described_by_its_public_url(client: Any, answers: Any) -> None:
    service = answers({})
    await client(service).images.describe(UploadedFile(signed_id=SIGNED, public_url="https://mp.astria.ai/abc"))
    assert service.sent == ["POST /images/describe"]
    assert service.requests[0].body.tree == {"file_url": "https://mp.astria.ai/abc"}


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        (SIGNED, "a signed id is not a URL, and only a URL is taken here; pass the UploadedFile"),
        (UploadedFile(signed_id=SIGNED), "this upload has no public_url, and only a URL is taken here; pass the file"),
    ],
)
async def test_an_upload_without_a_url_cannot_be_described(file: Any, problem: str, client: Any, answers: Any) -> None:
    service = answers({})
    for call in (client(service).images.describe(file), client(service).images.classify(file)):
        with pytest.raises(ParameterError, match=f"^file: {problem}$"):
            await call
    assert service.requests == []


async def test_an_upload_without_its_public_url_is_an_error(client: Any, answers: Any) -> None:
    service = answers({**PLACE, "public_url": None}, Response(status=204), {})
    with pytest.raises(DecodeError, match="public_url: required"):
        await client(service).images.describe(PNG)
    assert "POST /images/describe" not in service.sent


#: Every method that takes a file, with nothing else to refuse.
TAKE_A_FILE: dict[str, Callable[[Any, Any], Any]] = {
    "images.inspect": lambda astria, file: astria.images.inspect(file, name="woman"),
    "images.classify": lambda astria, file: astria.images.classify(file),
    "images.describe": lambda astria, file: astria.images.describe(file),
    "images.upload": lambda astria, file: astria.images.upload(file),
    "videos.inspect": lambda astria, file: astria.videos.inspect(file),
}


@pytest.mark.parametrize("method", TAKE_A_FILE)
@pytest.mark.parametrize("file", ["C:\\a.jpg", "photo.jpg", "https://", "", Path("a.jpg"), b"", 5, None, [b"x"]])
async def test_what_is_not_a_file_is_refused_alike(method: str, file: Any, client: Any, answers: Any) -> None:
    service = answers({})
    with pytest.raises(ParameterError, match=r"^file: [^\n]+$"):
        await TAKE_A_FILE[method](client(service), file)
    assert service.requests == []


@pytest.mark.parametrize("method", sorted({*TAKE_A_FILE} - {"images.inspect"}))
async def test_a_file_above_100_mb_is_refused(method: str, client: Any, answers: Any, tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(100 * 1024 * 1024 + 1)
    service = answers({})
    with pytest.raises(ParameterError, match=r"^file: large\.png has 104,857,601 bytes; at most"):
        await TAKE_A_FILE[method](client(service), large)
    assert service.requests == []


async def test_an_upload_is_announced_and_put_without_the_key(client: Any, answers: Any) -> None:
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
    await client(service).prompts.create(3, text="x", input_image=UploadedFile(signed_id=SIGNED), mask_image=SIGNED)
    await client(service).tunes.create(name="woman", images=[UploadedFile(signed_id=SIGNED), "https://x.y/1"])
    prompt, tune = (request.body.tree for request in service.requests)
    assert prompt["prompt"]["input_image"] == prompt["prompt"]["mask_image"] == SIGNED
    assert tune["tune"]["images"] == [SIGNED]
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


async def test_an_upload_without_a_place_is_an_error(client: Any, answers: Any) -> None:
    with pytest.raises(DecodeError, match="direct_upload: required"):
        await client(answers({"signed_id": "s"})).images.upload(PNG)


@pytest.mark.parametrize("method", TAKE_A_FILE)
@pytest.mark.parametrize("seconds", [9.0, 3.0])
async def test_all_requests_of_a_call_share_one_deadline(method: str, seconds: float) -> None:
    clock = VirtualClock()

    async def service(request: Request) -> Response:
        await clock.sleep(seconds)
        return Response.from_json(200, {**PLACE, "id": 4})

    transport = MockTransport(service)
    async with AsyncAstria("sd_test", transport=transport, clock=clock, timeout=Timeout(total=10)) as astria:
        began = clock.monotonic()
        requests = {"images.inspect": 1, "images.upload": 2}.get(method, 3)
        if requests * seconds < 10:
            await TAKE_A_FILE[method](astria, PNG)
        else:
            with pytest.raises(TransportError):
                await TAKE_A_FILE[method](astria, PNG)
    assert clock.monotonic() - began == min(requests * seconds, 10)
    assert {request.deadline for request in transport.requests} == {began + 10}
