"""What the stand-in keeps beside tunes and prompts: packs, workspaces, uploads, inspections of videos."""

from __future__ import annotations

from attrs import Factory, define, field

from .multipart import UploadedFile


@define(kw_only=True, eq=False)
class StoredTemplate:
    """A prompt of a pack. `likes` counts those of the prompts that were made from it."""

    id: int
    text: str
    num_images: int
    likes: int = 0


@define(kw_only=True, eq=False)
class StoredPack:
    """A pack. `key` is its owner's API key; "" is nobody's, which everybody sees. `created` and the like are moments.

    A `multi` pack shows several tunes in one picture: it runs for tunes that exist, never for a training set [V].
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
    file: UploadedFile | None = None


@define(kw_only=True, eq=False)
class StoredVideo:
    """An inspection of a video, of the key `key`. `source` is its URL or signed id."""

    id: int
    key: str
    source: str
    created: int = field(repr=False)
    ends: int = field(repr=False)
