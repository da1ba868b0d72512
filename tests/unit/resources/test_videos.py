"""Videos: what is sent of a file, and what an inspection comes to."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async import (
    APIError,
    DecodeError,
    InspectionFailedError,
    NotFoundError,
    ParameterError,
    Response,
    Tune,
    UploadedFile,
    VideoInspection,
    VideoInspectionState,
    WaitProgress,
    WaitTimeoutError,
)
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio
SIGNED = "eyJfcmFpbHMi--" + "a" * 40
MP4 = b"\0\0\0\x18ftypmp42" + b"x" * 100
PLACE = {"signed_id": SIGNED, "public_url": "https://mp.astria.ai/abc", "direct_upload": {"url": "https://b.example/a"}}
PENDING = {"id": 4, "status": "pending", "description": None, "error": None}
PROCESSING = {"id": 4, "status": "processing"}
DONE = {"id": 4, "status": "completed", "description": "A man walks."}
FAILED = {"id": 4, "status": "failed", "error": "no frames"}


@pytest.mark.parametrize(
    ("file", "sent"),
    [
        ("https://x.y/v", {"file_url": "https://x.y/v", "tune_ids": [3, 5]}),
        (UploadedFile(signed_id="s--1"), {"blob_signed_id": "s--1", "tune_ids": [3, 5]}),
        (SIGNED, {"blob_signed_id": SIGNED, "tune_ids": [3, 5]}),
    ],
)
async def test_a_video_is_given_by_url_or_as_an_upload(file: Any, sent: Any, client: Any, answers: Any) -> None:
    service = answers(PENDING)
    begun = await client(service).videos.inspect(file, tunes=[3, Tune(id=5)])
    assert service.sent == ["POST /videos/inspect"]
    assert service.requests[0].body.tree == sent
    assert begun.state is VideoInspectionState.PENDING


async def test_a_video_on_disk_is_uploaded_first(client: Any, answers: Any, tmp_path: Any) -> None:
    (tmp_path / "v.mp4").write_bytes(MP4)
    service = answers(PLACE, Response(status=204), PENDING)
    await client(service).videos.inspect(file=tmp_path / "v.mp4")
    assert service.sent == ["POST /api/direct_uploads", "PUT /a", "POST /videos/inspect"]
    assert service.requests[0].body.tree["blob"]["content_type"] == "video/mp4"
    assert service.requests[2].body.tree == {"blob_signed_id": SIGNED}


async def test_wrong_tunes_are_refused_before_the_upload(client: Any, answers: Any) -> None:
    service = answers({})
    with pytest.raises(ParameterError, match=r"^tunes\[0\]: "):
        await client(service).videos.inspect(MP4, tunes=["x"])
    assert service.requests == []


async def test_a_video_that_is_described_at_once_has_no_id(client: Any, answers: Any, clock: VirtualClock) -> None:
    service = answers({"description": "A man walks."})
    videos = client(service).videos
    begun = await videos.inspect("https://x.y/v")
    assert (begun.id, begun.state) == (None, VideoInspectionState.SUCCEEDED)
    assert await videos.wait(begun) is begun
    with pytest.raises(ParameterError, match="^inspection: it has no id, since it came at once; use its description$"):
        await videos.retrieve_inspection(begun)
    assert len(service.requests) == 1


@pytest.mark.parametrize("answer", [{}, {"status": "pending"}])
async def test_an_inspection_without_id_or_finding_is_an_error(answer: Any, client: Any, answers: Any) -> None:
    with pytest.raises(DecodeError, match="id: required"):
        await client(answers(answer)).videos.inspect("https://x.y/v")


async def test_an_inspection_is_read_by_its_id(client: Any, answers: Any) -> None:
    service = answers(PROCESSING, {"description": "A man walks."})
    videos = client(service).videos
    assert (await videos.retrieve_inspection(4)).state is VideoInspectionState.PROCESSING
    finding = await videos.retrieve_inspection(VideoInspection(id=4))
    assert (finding.id, finding.state) == (4, VideoInspectionState.SUCCEEDED)
    assert service.sent == ["GET /videos/inspect/4"] * 2


async def test_an_answer_about_another_inspection_is_none(client: Any, answers: Any) -> None:
    service = answers({**DONE, "id": 5}, DONE)
    assert (await client(service).videos.retrieve_inspection(4)).id == 4
    assert len(service.requests) == 2


@pytest.mark.parametrize("last", [DONE, {"description": "A man walks."}])
async def test_a_wait_ends_with_the_finding(last: Any, client: Any, answers: Any, clock: VirtualClock) -> None:
    service = answers(PENDING, Response(status=500), {"id": 4, "status": "queued"}, {}, PROCESSING, last)
    finding = await client(service).videos.wait(4)
    assert (finding.id, finding.description) == (4, "A man walks.")
    assert service.sent == ["GET /videos/inspect/4"] * 6


async def test_a_wait_tells_its_progress(client: Any, answers: Any, clock: VirtualClock) -> None:
    told: list[WaitProgress] = []
    await client(answers(PENDING, PROCESSING, DONE)).videos.wait(4, on_progress=told.append)
    assert [(each.kind, each.state, each.done) for each in told] == [
        ("inspection", "pending", 0),
        ("inspection", "processing", 0),
        ("inspection", "succeeded", 1),
    ]


async def test_a_wait_keeps_its_interval(client: Any, answers: Any, clock: VirtualClock) -> None:
    service, began = answers(PENDING, PROCESSING, DONE), clock.monotonic()
    await client(service).videos.wait(VideoInspection(id=4), interval=3)
    assert clock.monotonic() - began == 6


async def test_a_finding_that_is_known_is_not_read_again(client: Any, answers: Any) -> None:
    service, known = answers(DONE), VideoInspection(id=4, description="A man walks.")
    assert await client(service).videos.wait(known) is known
    assert service.requests == []


@pytest.mark.parametrize(("error", "why"), [("no frames", "no frames"), (None, "the service did not say why")])
async def test_a_failed_inspection_ends_the_wait(error: str | None, why: str, client: Any, answers: Any) -> None:
    with pytest.raises(InspectionFailedError, match=f"^inspection 4 failed: {why}$") as caught:
        await client(answers(PENDING, {**FAILED, "error": error})).videos.wait(4)
    assert caught.value.inspection == VideoInspection(id=4, status="failed", error=error)


async def test_a_wait_for_an_inspection_has_a_deadline(client: Any, answers: Any, clock: VirtualClock) -> None:
    began = clock.monotonic()
    with pytest.raises(WaitTimeoutError, match="^inspection 4 was not done within 600 s; last seen: <Vide") as caught:
        await client(answers(PROCESSING)).videos.wait(4)
    assert clock.monotonic() - began == 600
    assert caught.value.last == VideoInspection(id=4, status="processing")


@pytest.mark.parametrize(("status", "kind"), [(404, NotFoundError), (403, APIError)])
async def test_a_wait_ends_with_what_will_not_pass(status: int, kind: Any, client: Any, answers: Any) -> None:
    with pytest.raises(kind):
        await client(answers(Response(status=status))).videos.wait(4)


async def test_a_404_of_an_inspection_just_begun_passes(client: Any, answers: Any, clock: VirtualClock) -> None:
    begun = VideoInspection(id=4, status="pending")
    assert (await client(answers(Response(status=404), DONE)).videos.wait(begun)).id == 4
    began = clock.monotonic()
    with pytest.raises(NotFoundError):
        await client(answers(Response(status=404))).videos.wait(begun)
    assert 60 <= clock.monotonic() - began < 80


@pytest.mark.parametrize(("name", "value"), [("timeout", -1), ("interval", "5")])
async def test_a_wait_checks_its_seconds(name: str, value: Any, client: Any, answers: Any) -> None:
    with pytest.raises(ParameterError, match=f"^{name}: "):
        await client(answers(DONE)).videos.wait(4, **{name: value})
