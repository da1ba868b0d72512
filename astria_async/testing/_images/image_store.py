"""Serves the images, as a store of files does: no key, no extension in the URL, ranges, and XML for what is missing.

They are drawn when they are asked for. A name is a letter for the kind of thing, its id, and a number: `p30000001-0` is
the first image of that prompt, `t2000001-3` the fourth training image of that tune, `k30000002-0` what the prompt of
a pack looks like. All of a tune's are gone 30 days after its training [D].
"""

from __future__ import annotations

import re
from hashlib import sha256

from ..._wire import Response
from .._server.coerce import items_of
from .._server.http import HttpRequest
from .._store.records import StoredPrompt, StoredTune
from .._store.store import IMAGES_PREFIX, Store
from .png import SCENES, png

_NAME = re.compile(r"([a-z])(\d{1,18})-(\d{1,3})", re.ASCII)
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)

#: What a video is recognised by, and its end.
_FILE_TYPE, _NO_MEDIA = b"\0\0\0\x18ftypisom\0\0\x02\0isommp41", b"\0\0\0\x08mdat"


def serve(store: Store, http: HttpRequest, now: int) -> Response:
    """The image that a path names, whole or in part; 404 if there is no such image, or not yet."""
    found = content_of(store, http.path.removeprefix(IMAGES_PREFIX), now)
    if found is None or http.method not in ("GET", "HEAD"):
        body = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code></Error>'
        return Response(status=404, headers={"content-type": "application/xml"}, body=body)
    content, kind = found
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {"content-type": kind, "accept-ranges": "bytes", "etag": tag}
    asked = _RANGE.fullmatch(http.headers.get("range", ""))
    if asked is None or asked.groups() == ("", "") or http.headers.get("if-range", tag) != tag:
        return Response(status=200, headers=headers, body=content)
    return _part(content, headers, *asked.groups())


def _part(content: bytes, headers: dict[str, str], first: str, last: str) -> Response:
    size = len(content)
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1, size) if first and last else size
    if start >= end:
        return Response(status=416, headers={**headers, "content-range": f"bytes */{size}"})
    headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    return Response(status=206, headers=headers, body=content[start:end])


def number_given(tune: StoredTune) -> int:
    """How many training images a tune has."""
    return len(items_of(tune.params.get("images"))) + len(items_of(tune.params.get("image_urls")))


def names_of(store: Store, thing: StoredTune | StoredPrompt, now: int) -> tuple[str, ...]:
    """The names of a tune's training images, or of a prompt's images, that can be fetched now."""
    if isinstance(thing, StoredTune):
        return () if thing.expires <= now else tuple(f"t{thing.id}-{n}" for n in range(number_given(thing)))
    if thing.status_at(now) != "succeeded" or store.images_expire(thing) <= now:
        return ()
    return tuple(f"p{thing.id}-{n}" for n in range(thing.num_images))


def content_of(store: Store, name: str, now: int) -> tuple[bytes, str] | None:
    """The bytes and the type of the image with this name; None if there is none now."""
    parts = _NAME.fullmatch(name)
    if parts is None:
        return None
    kind, id_, index = parts[1], int(parts[2]), int(parts[3])
    # The two factors have no factor in common with the number of scenes: neighbours always differ.
    scene = 61 * id_ + 149 * index
    persons: tuple[int, ...] = (id_,)
    if kind == "t":
        tune = store.tunes.get(id_)
        is_there = tune is not None and tune.expires > now and index < number_given(tune)
    elif kind == "k":
        is_there = id_ in store.templates
    else:
        prompt = store.prompts.get(id_)
        if prompt is None or store.images_expire(prompt) <= now:
            return None
        if kind != "p":
            is_there = kind in "irvm" and index < 50
        else:
            is_there = index < prompt.num_images and prompt.status_at(now) == "succeeded"
            persons = prompt.persons
            if is_there and prompt.is_video:
                return _video(scene, persons), "video/mp4"
    return (png(scene, persons), "image/png") if is_there else None


def _video(scene: int, persons: tuple[int, ...]) -> bytes:
    """A file type, a note that tells videos apart, and media data with nothing in it (ISO 14496-12)."""
    note = f"scene {scene % SCENES}, persons {persons}".encode()
    return _FILE_TYPE + (len(note) + 8).to_bytes(4) + b"free" + note + _NO_MEDIA
