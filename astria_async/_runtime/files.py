"""Leaf: files of our own. One is written whole or not at all; or it is opened for its owner only."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import ConfigurationError


def write_atomically(path: Path, text: str, *, private: bool = False) -> None:
    """Replace `path` by a file that holds `text` as UTF-8. No other program ever sees half of it.

    If `path` is a symbolic link, the file that it points to is replaced, not the link. `private` lets only the owner read
    it; else the process's umask decides. Raises OSError, and leaves what was there as it was.
    """
    target = path.resolve()
    part = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())  # else a power cut can leave an empty file under the new name
        os.replace(part, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(part)
        raise


def open_private(path: Path, *, parameter: str) -> BinaryIO:
    """A file for reading and writing, made with the mode 0600 if it is missing.

    Raises ConfigurationError, which names the parameter, for a link, for what is not a file, for one that belongs to
    another user, and for one that cannot be opened.
    """
    try:
        if path.is_symlink():
            raise ConfigurationError(f"{parameter}: {path} is a link; give the file itself")
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as error:
        problem = f"{parameter}: {path} cannot be opened: {error.strerror}; give a file that can be written"
        raise ConfigurationError(problem) from None
    file = os.fdopen(handle, "r+b", buffering=0)
    try:
        _check_owner(path, os.fstat(handle), parameter)
    except BaseException:
        file.close()
        raise
    return file


def _check_owner(path: Path, facts: os.stat_result, parameter: str) -> None:
    owner: Callable[[], int] | None = getattr(os, "geteuid", None)
    if not stat.S_ISREG(facts.st_mode):
        raise ConfigurationError(f"{parameter}: {path} is not a file; give one")
    if owner is not None and facts.st_uid != owner():
        raise ConfigurationError(f"{parameter}: {path} belongs to another user; give a file of your own")
