"""Direct uploads [V]: a place for a file, the PUT to it on the images' host, and signed ids wherever a file goes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from ..._wire import Response
from .._assumptions import MAX_UPLOAD, WRONG_BYTES_STATUS
from .._images.png import png
from .._routing.context import RouteContext
from .._rules.prompt_rules import FILES
from .._server.coerce import as_integer, as_text, is_blank, items_of
from .._server.http import Abort, HttpRequest, answer, invalid
from .._server.multipart import ReceivedFile
from .._server.rails_params import Params
from .._store.records import StoredUpload
from .._store.store import Store

#: Where files are put, on the images' host.
PREFIX = "/uploads/"
#: The parameters that are lists of files.
LISTS = frozenset({"images", "image_references"})


def create(store: Store, context: RouteContext) -> Response:
    """POST /api/direct_uploads: a place for one file."""
    blob = context.root("blob")
    name, size = as_text(blob.get("filename")), as_integer(blob.get("byte_size"))
    checksum = as_text(blob.get("checksum")) or ""
    problems: dict[str, list[str]] = {}
    if is_blank(name):
        problems["filename"] = ["can't be blank"]
    if size is None or not 0 <= size <= MAX_UPLOAD:
        problems["byte_size"] = [f"must be 0 to {MAX_UPLOAD}"]
    if not _is_md5(checksum):
        problems["checksum"] = ["is not an MD5 digest in base64"]
    if problems:
        raise Abort(invalid(problems))
    token = hashlib.sha256(f"{next(store.other_ids)} {name!r}".encode()).hexdigest()
    upload = StoredUpload(
        signed_id=f"eyJfcmFpbHMi{token[:24]}--{token[24:]}",
        token=token[:28],
        name=name or "",
        content_type=as_text(blob.get("content_type")) or "application/octet-stream",
        size=size or 0,
        checksum=checksum,
    )
    store.uploads[upload.signed_id] = store.uploads_by_token[upload.token] = upload
    url = f"{store.images_origin}{PREFIX}{upload.token}"
    headers = {"Content-Type": upload.content_type, "Content-MD5": checksum}
    shape = {"signed_id": upload.signed_id, "public_url": url, "direct_upload": {"url": url, "headers": headers}}
    return answer(201, shape)


def _is_md5(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == 16
    except ValueError:
        return False


def serve(store: Store, http: HttpRequest) -> Response:
    """PUT: takes the bytes that were announced, and no others; GET: something to look at, once they are there."""
    upload = store.uploads_by_token.get(http.path.removeprefix(PREFIX))
    if upload is None or http.method not in ("PUT", "GET", "HEAD"):
        return _xml(404, "NoSuchKey")
    if http.method != "PUT":
        if upload.file is None:
            return _xml(404, "NoSuchKey")
        number = int(upload.token[:6], 16)
        return Response(status=200, headers={"content-type": "image/png"}, body=png(number, (number,)))
    digest = base64.b64encode(hashlib.md5(http.body, usedforsecurity=False).digest()).decode()
    if digest != upload.checksum or len(http.body) != upload.size:
        return _xml(WRONG_BYTES_STATUS, "BadDigest")
    upload.file = ReceivedFile(
        name=upload.name,
        content_type=upload.content_type,
        size=upload.size,
        sha256=hashlib.sha256(http.body).hexdigest(),
    )
    return Response(status=200, headers={"etag": f'"{upload.token}"'})


def _xml(status: int, code: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'.encode()
    return Response(status=status, headers={"content-type": "application/xml"}, body=body)


def resolved(store: Store, params: Mapping[str, Any]) -> Params:
    """The parameters with each signed id, where a file may be, replaced by the file that was put there."""
    found: Params = {}
    for name, value in params.items():
        if name in FILES:
            found[name] = file_of(store, value)
        elif name in LISTS and items_of(value):
            found[name] = [file_of(store, item) for item in items_of(value)]
        elif name == "prompts_attributes":
            found[name] = [resolved(store, item) if isinstance(item, dict) else item for item in items_of(value)]
    return {**params, **found}


def place_at(store: Store, url: str) -> StoredUpload | None:
    """The place that a URL names, as its `public_url` does; None for any other URL."""
    prefix = f"{store.images_origin}{PREFIX}"
    return store.uploads_by_token.get(url.removeprefix(prefix)) if url.startswith(prefix) else None


def is_there(store: Store, url: str) -> bool:
    """False for the URL of an upload whose bytes never came: there is nothing to look at."""
    place = place_at(store, url)
    return place is None or place.file is not None


def file_of(store: Store, value: object) -> object:
    """The file behind a signed id; anything else as it is, an id that nothing was put under included."""
    if isinstance(value, str):
        upload = store.uploads.get(value)
        return value if upload is None or upload.file is None else upload.file
    return value
