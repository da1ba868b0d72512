"""An image or video that was fetched, to be piped on to somewhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from attrs import field, frozen

from .._codec import read_in_chunks
from .._wire import FilePart


@frozen(kw_only=True)
class DownloadedImage:
    """An image or video of `prompts.stream`. It is whole; its bytes lie in a temporary file until the next one is asked for.

    Args:
        name: `<prompt id>-<number from 1>.<extension>`.
        content_type: Its media type, by its first bytes, such as "image/png".
        size: In bytes.
        path: The temporary file.
    """

    name: str
    content_type: str
    size: int
    path: Path = field(repr=False)

    def chunks(self) -> AsyncIterator[bytes]:
        """Its bytes, a piece at a time, read off the event loop. It may be asked for several times."""
        part = FilePart(name=self.name, content_type=self.content_type, source=self.path, size=self.size)
        return read_in_chunks(part)
