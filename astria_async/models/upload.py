"""Files that are with the service already, and what it says of pictures and videos in words."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from ._base import Model, short


@frozen(kw_only=True)
class UploadTarget(Model):
    """Where to put an upload's bytes. The URL is signed: whoever has it may write there."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(factory=dict, repr=False, hash=False)


@frozen(kw_only=True, repr=False)
class UploadedFile(Model):
    """A file that was uploaded: give it wherever a file goes. `public_url` is where it can be seen. [V]"""

    signed_id: str
    public_url: str | None = None
    direct_upload: UploadTarget | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"<UploadedFile {short(self.public_url or self.signed_id, 60)}>"


@frozen(kw_only=True)
class Description(Model):
    """A picture in words. Which key the service uses is not documented: what is in neither is in `extra`. [V]"""

    description: str | None = None
    captions: tuple[str, ...] = ()


@frozen(kw_only=True)
class VideoInspection(Model):
    """A finding on a video: `status` is pending, processing or failed [V]; `error` says why it failed."""

    id: int
    status: str | None = None
    description: str | None = None
    error: str | None = None
