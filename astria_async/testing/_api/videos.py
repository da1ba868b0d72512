"""Inspections of videos: begun, and read until they are done [V]."""

from __future__ import annotations

from typing import Any

from ..._wire import Response
from .._assumptions import INSPECTION_DONE
from .._routing.context import RouteContext
from .._server.coerce import is_blank, is_url
from .._server.http import Abort, answer, invalid, not_found
from .._server.multipart import ReceivedFile
from .._store.records import StoredVideo
from .._store.store import Store
from .._store.timestamps import later
from .uploads import file_of, is_there


def inspect(store: Store, context: RouteContext) -> Response:
    """POST /videos/inspect: `file_url`, or `blob_signed_id` of an upload. One with the failure marker in its URL, or in its name,
    fails.
    """
    source = _source(store, context)
    video = StoredVideo(
        id=next(store.other_ids),
        key=context.account.key,
        source=source,
        error="The video was made to fail" if store.failure_marker and store.failure_marker in source else None,
        created=context.now,
        ends=later(context.now, store.timings.video_inspected),
    )
    store.videos[video.id] = video
    return answer(201, _shape(video, context.now))


def inspection(store: Store, context: RouteContext) -> Response:
    """GET /videos/inspect/:id."""
    video = store.videos.get(context.number("id"))
    if video is None or video.key != context.account.key:
        raise Abort(not_found())
    return answer(200, _shape(video, context.now))


def _source(store: Store, context: RouteContext) -> str:
    """The video's URL, or the name of the file that was uploaded. Abort if there is neither."""
    url, blob = context.params.get("file_url"), context.params.get("blob_signed_id")
    if not is_blank(blob):
        file = file_of(store, blob)
        if isinstance(file, ReceivedFile):
            return file.name
        raise Abort(invalid({"blob_signed_id": ["is invalid"]}))
    if is_blank(url):
        raise Abort(invalid({"file_url": ["can't be blank"]}))
    if is_url(url) and is_there(store, str(url)):
        return str(url)
    raise Abort(invalid({"file_url": ["is invalid"]}))


def _shape(video: StoredVideo, now: int) -> dict[str, Any]:
    status = video.status_at(now)
    return {
        "id": video.id,
        "status": status,
        "description": "A person walks through a garden." if status == INSPECTION_DONE else None,
        "error": video.error if status == "failed" else None,
    }
