"""A file that has its final name only once it is whole. Everything here blocks: call it in a thread."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from attrs import define, field

from .._wire import RandomSource


@define
class PartFile:
    """A file beside its final place, `.<stem>.<random>.part`, which belongs to one download alone.

    The name is drawn until it is free: another task or process may fetch the same image into the same folder. Raises
    OSError if the disk refuses.
    """

    folder: Path
    stem: str
    random: RandomSource
    _path: Path | None = field(default=None, init=False)

    def open(self) -> BinaryIO:
        """Begin anew: what came before is deleted."""
        self.discard()
        while True:
            path = self.folder / f".{self.stem}.{self.random.getrandbits(32):08x}.part"
            try:
                file = path.open("xb")
            except FileExistsError:
                continue
            self._path = path
            return file

    def keep(self, extension: str) -> Path:
        """Give the file its final name, `<stem>.<extension>`, in one step. A file of that name is replaced."""
        path = self.folder / f"{self.stem}.{extension}"
        if self._path is None:
            raise FileNotFoundError(f"nothing was written for {path}")
        self._path.replace(path)
        self._path = None
        return path

    def discard(self) -> None:
        """Delete what was not kept."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None
