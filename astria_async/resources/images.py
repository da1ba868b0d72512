"""Images: inspect, classify, describe, upload; and how a call with a file sends that file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

from attrs import field, frozen

from .._codec import check, decode, file_input, is_url, read_in_chunks
from .._runtime.threads import in_thread, in_thread_or_leave
from .._wire import Body, Effect, FilePart, Request
from ..errors import DecodeError, ParameterError, RequestTimeoutError
from ..models import Classification, Description, FileInput, Inspection, UploadedFile
from ..models.parameters.scalars import as_text, as_url, each, filled_text
from ._core import Core
from ._resource import Resource

T = TypeVar("T")

#: The largest file that a direct upload takes, in bytes [V].
MAX_UPLOAD = 100 * 1024 * 1024
_PLACES = "/api/direct_uploads"


class Images(Resource):
    """What the service sees in images, and a place to put them."""

    async def inspect(self, file: FileInput, *, name: str) -> Inspection:
        """Look at an image of a person: how they look, and what makes it unfit for training. [D]

        `inspection.warnings` says the latter in words. `Inspection.summarize([...])` makes a tune's `characteristics` of
        the inspections of its images.

        Args:
            file: The image: a Path, bytes, (name, bytes), an open binary file, an UploadedFile, a URL or a data URL. A
                file goes along with the request.
            name: The class of the subject: man, woman, boy, girl, and others.

        Raises ParameterError before anything is sent; ValidationError if the service refuses.
        """
        name = filled_text(name, "name", "give the class of the subject, such as 'woman'")
        call = FileCall(self._core, "images.inspect")
        part = await call.read(file)
        body = Body({"name": name, "file_url" if is_url(part) else "file": part})
        return await self._one(call.request("/images/inspect", body), Inspection)

    async def classify(self, file: FileInput, *, names: Sequence[str] = ()) -> Classification:
        """Ask which class an image shows, and for some words on it. [V]

        The service takes only a URL here. Any other file is uploaded first, as by `upload`, and `Timeout.total` bounds
        both together. Upload it yourself if several calls need it.

        Args:
            file: The image: a Path, bytes, (name, bytes), an open binary file, an UploadedFile, a URL or a data URL.
            names: The classes to choose from. Empty for a choice of the service's own.

        Raises ParameterError before anything is sent: also for an upload's signed id, which is not a URL.
        """
        return await self._one(await self._about_url("class_name", "images.classify", file, names), Classification)

    async def describe(self, file: FileInput, *, names: Sequence[str] = ()) -> Description:
        """Have an image put into words. [V]

        The service takes only a URL here. Any other file is uploaded first, as by `upload`, and `Timeout.total` bounds
        both together. Upload it yourself if several calls need it.

        Args:
            file: The image: a Path, bytes, (name, bytes), an open binary file, an UploadedFile, a URL or a data URL.
            names: The classes that it may show; the vendor's clients send them here, too.

        Raises ParameterError before anything is sent: also for an upload's signed id, which is not a URL.
        """
        return await self._one(await self._about_url("describe", "images.describe", file, names), Description)

    async def upload(self, file: FileInput) -> UploadedFile:
        """Put a file of at most 100 MB where the service finds it, and use what comes back wherever a file goes. [V]

        Worth it for a file that several calls need. `Timeout.total` (else the retry policy's `max_elapsed`) bounds the
        whole upload: reading the file, asking for a place, and sending it there. Raises ParameterError for a URL, for a
        file object that cannot seek, and for a file that is too large.

        Args:
            file: The file, in any form of `FileInput`, of a known size.
        """
        call = FileCall(self._core, "images.upload")
        part = await call.read(file)
        if isinstance(part, str):
            raise ParameterError("file: that is a URL or an upload already; use it where a file goes as it is")
        return await call.upload(part)

    async def _about_url(self, path: str, operation: str, file: FileInput, names: Sequence[str]) -> Request:
        choices = each(names, "names", "class names", as_text)
        call = FileCall(self._core, operation)
        body: dict[str, Any] = {"file_url": await call.url_of(file)}
        if choices:
            body["names"] = choices
        return call.request(f"/images/{path}", Body(body))


@frozen
class FileCall:
    """One call with a file. Reading the file, uploading it and the call's own request share one deadline."""

    core: Core
    operation: str
    deadline: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "deadline", self.core.downloads.deadline(self.core.timeout))

    def request(self, path: str, body: Body, effect: Effect = Effect.READ) -> Request:
        """A request of this call to the API."""
        return self.core.request(
            "POST", path, operation=self.operation, effect=effect, body=body, deadline=self.deadline
        )

    async def read(self, file: FileInput) -> FilePart | str:
        """The file as a part to be uploaded, or as its URL or signed id. Raises ParameterError; RequestTimeoutError if its
        disk does not answer in time.
        """
        return await self._in_time(in_thread_or_leave(file_input, file, "file"))

    async def url_of(self, file: FileInput) -> str:
        """The file's URL, for an endpoint that takes nothing else. A file that has none is uploaded."""
        if isinstance(file, UploadedFile):
            if file.public_url is None:
                raise ParameterError("file: this upload has no public_url, and only a URL is taken here; pass the file")
            return as_url(file.public_url, "file")
        part = await self.read(file)
        if isinstance(part, FilePart):
            place = await self.upload(part)
            if place.public_url is None:
                raise _incomplete("public_url")
            return place.public_url
        if is_url(part):
            return part
        raise ParameterError("file: a signed id is not a URL, and only a URL is taken here; pass the UploadedFile")

    async def upload(self, part: FilePart) -> UploadedFile:
        """Put a file where the service finds it. Raises ParameterError for what is too large, or has no size."""
        if part.size is None:
            raise ParameterError("file: a file object that cannot seek has no size; pass its bytes, or a Path")
        if part.size > MAX_UPLOAD:
            raise ParameterError(f"file: {part.name} has {part.size:,} bytes; at most {MAX_UPLOAD:,} can be uploaded")
        blob = {
            "filename": part.name, "byte_size": part.size, "checksum": await self._in_time(_md5(part)),
            "content_type": part.content_type,
        }  # fmt: skip
        # Asking again leaves an unused place behind, which costs nothing [I].
        ask = self.request(_PLACES, Body({"blob": blob}), Effect.UPDATE)
        place = decode(await self.core.send(ask), UploadedFile, ask)
        target = place.direct_upload
        if target is None:
            raise _incomplete("direct_upload")
        put = self.core.elsewhere(
            "PUT", target.url, operation=self.operation, effect=Effect.UPDATE, headers=dict(target.headers),
            body=Body(part),
        ).replace(deadline=self.deadline)  # fmt: skip
        check(await self.core.send(put), put)
        return place

    async def _in_time(self, reading: Awaitable[T]) -> T:
        """Wait until a file is read: it may be on a disk that has gone away."""
        clock = self.core.clock
        seconds = max(0.0, self.deadline - clock.monotonic())
        try:
            with clock.fail_after(seconds):
                return await reading
        except TimeoutError:
            failure = RequestTimeoutError(f"file: it was not read within {seconds:g} s", request_was_sent=False)
        raise failure


def _incomplete(key: str) -> DecodeError:
    problem = f"{key}: required, but missing"
    return DecodeError(f"POST {_PLACES} gave no place for the file", problems=[problem], body="")


async def _md5(part: FilePart) -> str:
    """The checksum that the service asks for [V]: base64 of the MD5. Not a matter of security."""
    digest = hashlib.md5(usedforsecurity=False)
    async with aclosing(read_in_chunks(part)) as chunks:
        async for chunk in chunks:
            await in_thread(digest.update, chunk)
    return base64.b64encode(digest.digest()).decode()
