"""Videos: inspect, read an inspection, wait for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from .._codec import is_about, is_json, is_url
from .._wire import Body, Effect, FilePart, Request, Response
from ..errors import DecodeError, ParameterError
from ..models import FileInput, Tune, VideoInspection
from ..models.parameters.scalars import each
from ..waiting import InspectionProgress, OnProgress, wait_one
from ._resource import Resource, id_of
from ._sources import inspection_source
from .images import FileCall


class Videos(Resource):
    """What the service sees in videos."""

    async def inspect(self, file: FileInput, *, tunes: Sequence[Tune | int] = ()) -> VideoInspection:
        """Begin to look at a video; `wait` returns the finding. Some videos are described at once. [V]

        The service takes a URL or an upload here. Any other file is uploaded first, as by `images.upload`, and
        `Timeout.total` bounds both together. Upload it yourself if several calls need it.

        Args:
            file: The video: a Path, bytes, (name, bytes), an open binary file, an UploadedFile, a URL or a data URL. At
                most 100 MB, unless it is a URL.
            tunes: The tunes, or their ids, whose subjects it may show.

        Raises ParameterError before anything is sent; ValidationError if the service refuses.
        """
        ids = each(tunes, "tunes", "tunes", id_of)
        call = FileCall(self._core, "videos.inspect")
        part = await call.read(file)
        if isinstance(part, FilePart):
            part = (await call.upload(part)).signed_id
        body: dict[str, Any] = {"file_url" if is_url(part) else "blob_signed_id": part}
        if ids:
            body["tune_ids"] = ids
        # Sent again after a lost answer, it leaves a finding behind that nobody reads [I].
        request = call.request("/videos/inspect", Body(body), Effect.UPDATE)
        begun = await self._one(request, VideoInspection)
        if begun.id is None and not begun.description and not begun.error:
            problem = "id: required, but missing"
            raise DecodeError("POST /videos/inspect gave no VideoInspection", problems=[problem], body="")
        return begun

    async def retrieve_inspection(self, inspection: VideoInspection | int) -> VideoInspection:
        """Read an inspection that was begun; its `state` says how far it is. [V]

        Raises NotFoundError if there is none of this id for the key; ParameterError for one that came without an id.

        Args:
            inspection: The inspection, or its id.
        """
        number = _number_of(inspection)
        request = self._core.request(
            "GET", f"/videos/inspect/{number}", operation="videos.retrieve_inspection", accepts=_is_about, about=number
        )
        return _with_id(await self._one(request, VideoInspection), number)

    async def wait(
        self,
        inspection: VideoInspection | int,
        *,
        timeout: float | None = 600.0,
        interval: float | None = None,
        on_progress: OnProgress | None = None,
    ) -> VideoInspection:
        """Wait until a video is inspected, and return the inspection with its `description`. [V]

        One that was described at once is returned as it is.

        Args:
            inspection: What `inspect` returned, or its id.
            timeout: Seconds; None waits for ever. How long the service takes is not documented. The default is what the
                training of a tune takes at most, which is more work [I]. Nothing else bounds a wait: if the service
                cannot be reached, or answers 429 or 5xx, it goes on.
            interval: Seconds between two reads, 0 or more. None asks often at first, then every 15 s.
            on_progress: Called with a `WaitProgress` after each look. What it raises ends the wait. None tells nothing.

        Raises InspectionFailedError if it failed; WaitTimeoutError, with the inspection as last seen and the last
        failure; APIError for any other status, such as 401 or 404.
        """
        progress, clock = InspectionProgress(), self._core.clock
        known = inspection if isinstance(inspection, VideoInspection) else None
        if known is not None and known.id is None and progress.is_done(known, clock.monotonic()):
            return known
        number = _number_of(inspection)
        finding: VideoInspection = await wait_one(
            self._core.watches.here(), inspection_source(self._core), number, known,
            timeout=timeout, interval=interval, on_progress=on_progress,
        )  # fmt: skip
        return _with_id(finding, number)


def _number_of(inspection: VideoInspection | int) -> int:
    """The id of an inspection. Raises ParameterError."""
    if isinstance(inspection, VideoInspection) and inspection.id is None:
        raise ParameterError("inspection: it has no id, since it came at once; use its description")
    return id_of(inspection, "inspection")


def _is_about(response: Response, request: Request) -> bool:
    """`is_about`, but a description may come without its id [V]."""
    if is_about(response, request):
        return True
    answer = response.json() if is_json(response) else None
    return isinstance(answer, dict) and answer.get("id") is None and bool(answer.get("description"))


def _with_id(inspection: VideoInspection, number: int) -> VideoInspection:
    """The inspection, with the id that it was asked for by if the service left that out."""
    return inspection if inspection.id is not None else attrs.evolve(inspection, id=number)
