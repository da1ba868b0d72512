"""The records that the fake keeps: tunes, prompts, packs, workspaces, uploads, inspections of videos."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

from attrs import Factory, define, field

from .. import _assumptions as assume
from .._server.coerce import as_integer, as_text, is_blank
from .._server.multipart import ReceivedFile
from .timestamps import NEVER, later, moment_of, time_of

PromptStatus: TypeAlias = Literal["pending", "succeeded", "failed"]


_VIDEO_FLAG = re.compile(assume.VIDEO_FLAG)


def is_video(params: Mapping[str, Any]) -> bool:
    """Whether parameters order a video: by its model, or by the flag in the text [D]."""
    return not is_blank(params.get("video_model")) or bool(_VIDEO_FLAG.search(as_text(params.get("text")) or ""))


def uploads_in(node: object) -> Iterator[ReceivedFile]:
    """Every uploaded file in some parameters, in order."""
    if isinstance(node, ReceivedFile):
        yield node
    elif isinstance(node, (Mapping, list)):
        for child in node.values() if isinstance(node, Mapping) else node:
            yield from uploads_in(child)


@define(kw_only=True, eq=False)
class Stored:
    """What tunes and prompts have in common. `created`, `starts`, `ends`, `edited` are timestamps: see `timestamps`.

    `params` are the parameters as they were sent: those of a form as text, a file as a `ReceivedFile`.
    """

    id: int
    key: str
    params: Mapping[str, Any] = field(repr=False)
    cost_mc: int
    created: int = field(repr=False)
    starts: int = field(repr=False)
    ends: int = field(repr=False)
    edited: int = field(default=0, repr=False)
    workspace_id: int | None = None

    @property
    def files(self) -> tuple[ReceivedFile, ...]:
        """The files that came with it."""
        return tuple(uploads_in(self.params))

    @property
    def created_at(self) -> datetime:
        """When it was created."""
        time = time_of(self.created)
        assert time is not None
        return time

    @property
    def started_at(self) -> datetime | None:
        """When its work began, or will begin; None for never."""
        return time_of(self.starts)

    @property
    def ended_at(self) -> datetime | None:
        """When it was done, or will be; None for never."""
        return time_of(self.ends)

    def changed(self, now: int) -> int:
        """The moment of the last change up to now."""
        return max(self.created, self.edited, *(moment for moment in (self.starts, self.ends) if moment <= now))


@define(kw_only=True, eq=False)
class StoredTune(Stored):
    """A tune. `key` is its owner's API key, or "" for one of the gallery, which everybody can use.

    `family` is its branch; of the free branch, its base tune's. `token` is None for FaceID.
    """

    title: str | None
    name: str | None
    branch: str
    model_type: str | None
    base_tune_id: int | None
    token: str | None
    family: str = field(repr=False)
    auto_extend: bool = field(default=False, repr=False)

    @property
    def is_flux(self) -> bool:
        """Whether Flux's rules hold for a prompt on it."""
        return self.branch == "flux1" and self.model_type != "faceid"

    @property
    def is_trained_at_once(self) -> bool:
        """FaceID and Gemini tunes are trained in the create's answer [D]."""
        return self.model_type == "faceid" or assume.TRAINED_AT_ONCE in f"{self.branch} {self.model_type}".lower()

    @property
    def eta(self) -> int:
        """When it is expected to be trained."""
        if self.is_trained_at_once or self.ends >= NEVER:
            return self.ends
        return self.created + round((self.ends - self.created) * assume.ETA_FACTOR)

    @property
    def expires(self) -> int:
        """When it will be deleted: 30 days after its training, or never."""
        return NEVER if self.auto_extend or self.ends >= NEVER else later(self.ends, assume.KEPT)


@define(kw_only=True, eq=False)
class StoredPrompt(Stored):
    """A prompt. `error` is what it fails with once it ends; None where it succeeds.

    `taken` is (prompt id, index) of the image that a duplicate took over instead of drawing anew. `persons` are the ids
    of the tunes that its images show: each tune is one person, who is there only if the text mentions the tune as its
    family asks for. Empty for an image with nobody in it.
    """

    tune_id: int
    seed: int | None
    num_images: int
    persons: tuple[int, ...] = ()
    error: str | None = None
    order_id: int | None = None
    orig_prompt_id: int | None = None
    liked: bool = False
    taken: tuple[int, int] | None = field(default=None, repr=False)

    @property
    def text(self) -> str | None:
        """Its text, as it was sent."""
        return self.params.get("text")

    def status(self, now: datetime) -> PromptStatus:
        """How it is at an aware time: `pending`, `succeeded` or `failed`. The service has no such field."""
        return self.status_at(moment_of(now))

    def status_at(self, moment: int) -> PromptStatus:
        """How it is at a moment. Whether a prompt has failed is decided here, and nowhere else."""
        if self.ends > moment:
            return "pending"
        return "succeeded" if self.error is None else "failed"

    @property
    def is_video(self) -> bool:
        """Whether it makes a video."""
        return is_video(self.params)

    @property
    def pack_id(self) -> int | None:
        """The pack of which it is a template."""
        return as_integer(self.params.get("pack_id"))

    @property
    def base_pack_id(self) -> int | None:
        """The pack that it was made from."""
        return as_integer(self.params.get("base_pack_id"))


@define(kw_only=True, eq=False)
class StoredTemplate:
    """A prompt of a pack. `likes` counts those of the prompts that were made from it."""

    id: int
    text: str
    num_images: int
    likes: int = 0


@define(kw_only=True, eq=False)
class StoredPack:
    """A pack. `key` is its owner's API key; "" is nobody's, which everybody sees. `created` and the like are timestamps.

    A `multi` pack shows several tunes in one image: it runs for tunes that exist, never for a training set [V].
    """

    id: int
    key: str
    title: str
    slug: str
    subtitle: str | None
    base_tune_id: int
    model_type: str | None
    classes: tuple[str, ...]
    templates: list[StoredTemplate] = Factory(list)
    multi: bool = False
    built_in: bool = False
    public_at: int | None = field(default=None, repr=False)
    unlisted_at: int | None = field(default=None, repr=False)
    created: int = field(repr=False)


@define(kw_only=True, eq=False)
class StoredWorkspace:
    """A workspace of the key `key`. `payer` is the key whose balance pays for what is made in it; None: its owner's."""

    id: int
    key: str
    title: str
    slug: str | None = None
    favicon_url: str | None = None
    landing_page_html: str | None = None
    brief: str | None = None
    payer: str | None = None


@define(kw_only=True, eq=False)
class StoredUpload:
    """A place for a file. `file` is what was put there; None until then. `checksum` is the base64 of its MD5."""

    signed_id: str
    token: str
    name: str
    content_type: str
    size: int
    checksum: str
    file: ReceivedFile | None = None


@define(kw_only=True, eq=False)
class StoredVideo:
    """An inspection of a video, of the key `key`. `source` is the video's URL, or the name of the file that was uploaded.

    `error` is what it fails with once it ends; None if it succeeds. `created` and `ends` are timestamps.
    """

    id: int
    key: str
    source: str
    error: str | None = None
    created: int = field(repr=False)
    ends: int = field(repr=False)

    def status_at(self, moment: int) -> str:
        """The service's word for how it is at a moment."""
        if self.ends <= moment:
            return assume.INSPECTION_DONE if self.error is None else "failed"
        return "pending" if moment < later(self.created, assume.INSPECTION_PENDING) else "processing"
