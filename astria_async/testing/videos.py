"""Inspections of videos: begun, and read until they are done [V]."""

from __future__ import annotations

from typing import Any

from .._wire import Response
from .calls import Refused, answer, invalid, not_found
from .casts import as_text, is_blank, is_url
from .moments import later
from .multipart import UploadedFile
from .routing import Call
from .state import World
from .stored import StoredVideo
from .uploads import file_of

#: How long an inspection is pending before it is processed, in seconds [I].
PENDING = 1.0
#: The status of one that is done; the vendor's clients know only pending, processing and failed [I].
DONE_STATUS = "completed"


def inspect(world: World, call: Call) -> Response:
    """POST /videos/inspect: `file_url`, or `blob_signed_id` of an upload. One with the failure marker in it fails."""
    url, blob = call.params.get("file_url"), call.params.get("blob_signed_id")
    if is_blank(url) and is_blank(blob):
        raise Refused(invalid({"file_url": ["can't be blank"]}))
    if not is_blank(blob) and not isinstance(file_of(world, blob), UploadedFile):
        raise Refused(invalid({"blob_signed_id": ["is invalid"]}))
    if is_blank(blob) and not is_url(url):
        raise Refused(invalid({"file_url": ["is invalid"]}))
    video = StoredVideo(
        id=next(world.other_ids),
        key=call.account.key,
        source=as_text(url) or as_text(blob) or "",
        created=call.now,
        ends=later(call.now, world.timings.video_inspected),
    )
    world.videos[video.id] = video
    return answer(201, _shape(video, world, call.now))


def inspection(world: World, call: Call) -> Response:
    """GET /videos/inspect/:id."""
    video = world.videos.get(call.number("id"))
    if video is None or video.key != call.account.key:
        raise Refused(not_found())
    return answer(200, _shape(video, world, call.now))


def _shape(video: StoredVideo, world: World, now: int) -> dict[str, Any]:
    shape: dict[str, Any] = {"id": video.id, "status": "pending", "description": None, "error": None}
    if video.ends <= now:
        if world.failure_marker and world.failure_marker in video.source:
            return {**shape, "status": "failed", "error": "The video was made to fail"}
        return {**shape, "status": DONE_STATUS, "description": "A person walks through a garden."}
    return {**shape, "status": "processing"} if later(video.created, PENDING) <= now else shape
