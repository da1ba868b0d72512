"""Images and videos: inspect, describe, upload."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from .._codec import file_input, is_url, read_in_chunks
from .._runtime.threads import in_thread, in_thread_or_leave
from .._wire import Body, Effect, FilePart, Request
from ..errors import DecodeError, ParameterError, TransportError
from ..models import Description, FileInput, Inspection, Tune, UploadedFile, VideoInspection
from ..models.parameters.scalars import as_text, as_url, each, filled_text
from ._resource import Resource, id_of

#: The largest file that a direct upload takes, in bytes [V].
MAX_UPLOAD = 100 * 1024 * 1024
#: The remedy for a file where only a URL is taken.
_UPLOAD_FIRST = "give a public URL, such as the public_url of await astria.images.upload(file)"


class Images(Resource):
    """What the service sees in images, and a place to put them."""

    async def inspect(self, *, name: str, file: FileInput) -> Inspection:
        """Look at an image of a person: how they look, and what makes it unfit for training. [D]

        `name` is the class: man, woman, boy, girl. `file` is uploaded, or is a URL. Fold several findings into a tune's
        `characteristics` with `characteristics_of`; `warnings_of` puts one into words.
        """
        name = filled_text(name, "name", "give the class of the subject, such as 'woman'")
        part = await _one_file(file)
        body = Body({"name": name, "file_url" if is_url(part) else "file": part})
        return await self._one(self._reading("/images/inspect", "images.inspect", body), Inspection)

    async def class_name(self, *, file_url: str, names: Sequence[str] = ()) -> Description:
        """Ask which of `names` an image shows; with none, what it shows. The answer is in `extra`. [V]"""
        return await self._described("class_name", file_url, names)

    async def describe(self, *, file_url: str, names: Sequence[str] = ()) -> Description:
        """Have an image put into words. [V]"""
        return await self._described("describe", file_url, names)

    async def upload(self, file: FileInput) -> UploadedFile:
        """Put a file of at most 100 MB where the service finds it, and use what comes back wherever a file goes. [V]

        Worth it for a file that several calls need. `Timeout.total` bounds the whole upload: reading the file, asking for
        a place, and sending it there. Raises ParameterError for a URL, for a file object that cannot seek, and for a file
        that is too large.
        """
        total = self._core.timeout.total
        deadline = None if total is None else self._core.clock.monotonic() + total
        part, checksum = await self._measured(file, total)
        blob = {
            "filename": part.name, "byte_size": part.size, "checksum": checksum, "content_type": part.content_type,
        }  # fmt: skip
        place = await self._one(
            # Asking again leaves an unused place behind, which costs nothing [I].
            self._core.request(
                "POST", "/api/direct_uploads", operation="images.upload", effect=Effect.UPDATE,
                body=Body({"blob": blob}), deadline=deadline,
            ),
            UploadedFile,
        )  # fmt: skip
        target = place.direct_upload
        if target is None:
            problem = "direct_upload: required, but missing"
            raise DecodeError("POST /api/direct_uploads gave no place for the file", problems=[problem], body="")
        await self._nothing(
            self._core.elsewhere(
                "PUT", target.url, operation="images.upload", effect=Effect.UPDATE,
                headers=dict(target.headers), body=Body(part),
            ).replace(deadline=deadline)  # the same one: both requests are one call
        )  # fmt: skip
        return place

    async def _measured(self, file: FileInput, seconds: float | None) -> tuple[FilePart, str]:
        """The file and its checksum, read within so many seconds: it may be on a disk that has gone away."""
        try:
            with self._core.clock.fail_after(seconds):
                part = await _one_file(file)
                if isinstance(part, str):
                    raise ParameterError("file: that is a URL or an upload already; use it where a file goes as it is")
                if part.size is None:
                    raise ParameterError("file: a file object that cannot seek has no size; pass its bytes, or a Path")
                if part.size > MAX_UPLOAD:
                    raise ParameterError(
                        f"file: {part.name} has {part.size:,} bytes; at most {MAX_UPLOAD:,} can be uploaded"
                    )
                return part, await _md5(part)
        except TimeoutError:
            failure = TransportError(f"the file was not read within {seconds:g} s", request_was_sent=False)
        raise failure

    async def _described(self, what: str, file_url: str, names: Sequence[str]) -> Description:
        body: dict[str, Any] = {"file_url": as_url(file_url, "file_url", _UPLOAD_FIRST)}
        if choices := each(names, "names", "class names", as_text):
            body["names"] = choices
        return await self._one(self._reading(f"/images/{what}", f"images.{what}", Body(body)), Description)

    def _reading(self, path: str, operation: str, body: Body) -> Request:
        return self._core.request("POST", path, operation=operation, effect=Effect.READ, body=body)


class Videos(Resource):
    """What the service sees in videos."""

    async def inspect(self, *, file: UploadedFile | str, tunes: Sequence[Tune | int] = ()) -> VideoInspection:
        """Begin to look at a video, given by its URL or as an upload. Read the finding with `inspection`. [V]"""
        body: dict[str, Any]
        if isinstance(file, UploadedFile):
            body = {"blob_signed_id": file.signed_id}
        else:
            body = {"file_url": as_url(file, "file", _UPLOAD_FIRST)}
        if ids := each(tunes, "tunes", "tunes", id_of):
            body["tune_ids"] = ids
        request = self._core.request(
            "POST", "/videos/inspect", operation="videos.inspect", effect=Effect.UPDATE, body=Body(body)
        )
        return await self._one(request, VideoInspection)

    async def inspection(self, inspection: VideoInspection | int) -> VideoInspection:
        """Read a finding that was begun: its `status` is pending, processing or failed. [V]"""
        number = id_of(inspection, "inspection")
        return await self._one(
            self._core.request("GET", f"/videos/inspect/{number}", operation="videos.inspection"), VideoInspection
        )


async def _one_file(file: FileInput) -> FilePart | str:
    return await in_thread_or_leave(file_input, file, "file")


async def _md5(part: FilePart) -> str:
    """The checksum that the service asks for [V]: base64 of the MD5. Not a matter of security."""
    digest = hashlib.md5(usedforsecurity=False)
    async with aclosing(read_in_chunks(part)) as chunks:
        async for chunk in chunks:
            await in_thread(digest.update, chunk)
    return base64.b64encode(digest.digest()).decode()
