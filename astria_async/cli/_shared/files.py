"""The one way to write a file: all of it, or none of it."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


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
