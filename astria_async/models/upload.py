"""Files that are with the service already, and where they are put."""

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
