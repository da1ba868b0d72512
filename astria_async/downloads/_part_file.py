"""A file that has its final name only once it is whole. Everything here blocks: call it in a thread.

Its name while it grows is the same in each process, so that a later one goes on where an earlier one was broken off. A
lock of the operating system, which ends with its process, lets only one write.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from attrs import define, field

from .._codec.file_types import EXTENSIONS, sniff
from .._runtime.locks import MOVES_OPEN_FILES, lock_file


@define
class PartFile:
    """A file beside its final place, `.<stem>.part`, and a note of what it is a part of, `.<stem>.part.json`.

    `name_of` gives the final name for an extension. Raises OSError if the disk refuses.
    """

    folder: Path
    stem: str
    name_of: Callable[[str], str]
    size: int = field(default=0, init=False)
    validator: str | None = field(default=None, init=False)
    total: int | None = field(default=None, init=False)
    _file: BinaryIO | None = field(default=None, init=False)

    @property
    def _path(self) -> Path:
        return self.folder / f".{self.stem}.part"

    @property
    def _note(self) -> Path:
        return self.folder / f".{self.stem}.part.json"

    @property
    def is_open(self) -> bool:
        """Whether it is this download's alone. Does not block."""
        return self._file is not None

    def open(self) -> Path | None:
        """The whole file, if it is there; else open the part, for this download alone, unless another one has it."""
        whole = self.existing()
        if whole is None and self.acquire():
            return self.existing()  # another one may have ended it in between
        return whole

    def existing(self) -> Path | None:
        """The whole file, if it is there: only whole files have their name."""
        paths = (self.folder / self.name_of(extension) for extension in EXTENSIONS)
        whole = next((path for path in paths if path.is_file()), None)
        if whole is not None and self._file is None:  # its process may have ended between the name and this
            self._note.unlink(missing_ok=True)
        return whole

    def acquire(self) -> bool:
        """Open it, for this download alone; False while another one has it."""
        while self._file is None:
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
            file = os.fdopen(os.open(self._path, flags, 0o666), "r+b", buffering=0)
            try:
                if not lock_file(file):
                    file.close()
                    return False
                if self._is_at_its_place(file):
                    self._file = file
            except BaseException:
                file.close()
                raise
            if self._file is None:  # it got its final name, or was deleted, while we waited
                file.close()
        self._read_note()
        return True

    def _is_at_its_place(self, file: BinaryIO) -> bool:
        try:
            return os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False

    def _read_note(self) -> None:
        assert self._file is not None
        self.size, self.validator, self.total = 0, None, None
        try:
            note = json.loads(self._note.read_bytes())
            validator, total = note["validator"], note["total"]
        except (OSError, ValueError, KeyError, TypeError):
            return
        size = self._file.seek(0, os.SEEK_END)
        if isinstance(validator, str) and isinstance(total, int) and 0 < size <= total:
            self.size, self.validator, self.total = size, validator, total

    def begin(self, validator: str | None, total: int | None) -> None:
        """Begin anew. With a `validator` and a `total` a later attempt, or process, can go on with it."""
        assert self._file is not None
        self._note.unlink(missing_ok=True)  # first: a note must not outlive the bytes that it is about
        self._file.seek(0)
        self._file.truncate()
        self.size, self.validator, self.total = 0, None, None
        if validator is not None and total is not None:
            self._note.write_text(json.dumps({"validator": validator, "total": total}), encoding="utf-8")
            self.validator, self.total = validator, total

    def write(self, *pieces: bytes) -> None:
        """Put these bytes at its end."""
        assert self._file is not None
        self._file.seek(self.size)
        for piece in pieces:
            view = memoryview(piece)
            while view:
                written = self._file.write(view) or 0
                self.size += written
                view = view[written:]

    def kind(self) -> tuple[str, str]:
        """(content type, extension), by its first bytes."""
        assert self._file is not None
        self._file.seek(0)
        return sniff(self._file.read(64))

    def tail(self, size: int) -> bytes:
        """Its last bytes."""
        assert self._file is not None
        self._file.seek(max(0, self.size - size))
        return self._file.read(size)

    def head(self, size: int) -> bytes:
        """Its first bytes."""
        assert self._file is not None
        self._file.seek(0)
        return self._file.read(size)

    def keep(self, extension: str) -> Path:
        """Give it its final name, in one step. A file of that name is replaced."""
        assert self._file is not None
        path = self.folder / self.name_of(extension)
        if not MOVES_OPEN_FILES:
            self._file.close()  # Windows renames no open file
        self._path.replace(path)
        self._note.unlink(missing_ok=True)
        self._file.close()
        self._file = None
        return path

    def release(self, *, forget: bool) -> None:
        """Let others have it. What can be resumed stays on the disk, unless it is to be forgotten."""
        if self._file is None:
            return
        try:
            if forget or self.validator is None or not self.size:
                self._note.unlink(missing_ok=True)
                if not MOVES_OPEN_FILES:
                    self._file.close()
                self._path.unlink(missing_ok=True)
        finally:
            self._file.close()
            self._file = None
