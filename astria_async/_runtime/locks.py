"""Leaf: a file that only one process has."""

from __future__ import annotations

from typing import Any, BinaryIO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: Whether a file can be moved and deleted while it is open: not on Windows.
MOVES_OPEN_FILES: bool = fcntl is not None


def lock_file(file: BinaryIO) -> bool:
    """Whether the file is ours now. The lock ends when the file is closed, or its process ends."""
    try:
        if fcntl is not None:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            file.seek(2**31 - 2)
            windows: Any = msvcrt  # type checkers know its functions on Windows only
            windows.locking(file.fileno(), windows.LK_NBLCK, 1)
    except (BlockingIOError, PermissionError):
        return False
    return True
