"""What an error says: one line for the user, and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from ..errors import AstriaError
from ._exit_codes import FAILED, MISUSED, exit_code_for

#: The longest line that is shown, in characters.
MAX_LINE = 400


class CommandError(Exception):
    """An error that a user can cause, in words of our own; `code` is the exit code."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def require(command: str, *modules: str, extra: str) -> None:
    """Raise CommandError, which names the extra, if a module that the command needs is not installed."""
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise CommandError(f"{command} needs {' and '.join(missing)}: pip install 'astria-async[{extra}]'", MISUSED)


def describe(error: Exception) -> tuple[str, int] | None:
    """The line and the exit code for an error; None for one that only a bug of ours can cause."""
    if isinstance(error, CommandError):
        return _one_line(str(error)), error.code
    if isinstance(error, AstriaError):
        return _one_line(str(error)), exit_code_for(error)
    if isinstance(error, OSError):
        reason = error.strerror or str(error) or type(error).__name__
        text = reason if error.filename is None else f"{error.filename}: {reason}"
        return _one_line(text), exit_code_for(error)
    return None


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The error itself, or every error in a group of them."""
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from leaves(part)
    else:
        yield error


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_LINE else line[: MAX_LINE - 3] + "..."
