"""Inspections of videos: begun, and read until they are done [V]."""

from __future__ import annotations

from typing import Any

from ..._wire import Response
from .._assumptions import INSPECTION_DONE, INSPECTION_PENDING
from .._routing.context import RouteContext
from .._server.coerce import as_text, is_blank, is_url
from .._server.http import Abort, answer, invalid, not_found
from .._server.multipart import ReceivedFile
from .._store.records import StoredVideo
from .._store.store import Store
from .._store.timestamps import later
from .uploads import file_of


def inspect(store: Store, context: RouteContext) -> Response:
    """POST /videos/inspect: `file_url`, or `blob_signed_id` of an upload. One with the failure marker in it fails."""
    url, blob = context.params.get("file_url"), context.params.get("blob_signed_id")
    if is_blank(url) and is_blank(blob):
        raise Abort(invalid({"file_url": ["can't be blank"]}))
    if not is_blank(blob) and not isinstance(file_of(store, blob), ReceivedFile):
        raise Abort(invalid({"blob_signed_id": ["is invalid"]}))
    if is_blank(blob) and not is_url(url):
        raise Abort(invalid({"file_url": ["is invalid"]}))
    video = StoredVideo(
        id=next(store.other_ids),
        key=context.account.key,
        source=as_text(url) or as_text(blob) or "",
        created=context.now,
        ends=later(context.now, store.timings.video_inspected),
    )
    store.videos[video.id] = video
    return answer(201, _shape(video, store, context.now))


def inspection(store: Store, context: RouteContext) -> Response:
    """GET /videos/inspect/:id."""
    video = store.videos.get(context.number("id"))
    if video is None or video.key != context.account.key:
        raise Abort(not_found())
    return answer(200, _shape(video, store, context.now))


def _shape(video: StoredVideo, store: Store, now: int) -> dict[str, Any]:
    shape: dict[str, Any] = {"id": video.id, "status": "pending", "description": None, "error": None}
    if video.ends <= now:
        if store.failure_marker and store.failure_marker in video.source:
            return {**shape, "status": "failed", "error": "The video was made to fail"}
        return {**shape, "status": INSPECTION_DONE, "description": "A person walks through a garden."}
    return {**shape, "status": "processing"} if later(video.created, INSPECTION_PENDING) <= now else shape
