"""What a user is told when something goes wrong: one line, and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from ..errors import AstriaError, ConfigurationError, ParameterError

#: It was tried, and failed.
FAILED = 1
#: It could not be tried: a wrong argument, no key, an extra that is not installed.
MISUSED = 2

#: The longest line that is shown, in characters.
SHOWN = 400


class CommandError(Exception):
    """Something a user can cause, in words of our own; `code` is the exit code."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def require(command: str, *modules: str, extra: str) -> None:
    """Raises CommandError, naming the extra, where a module that the command needs is not installed."""
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise CommandError(f"{command} needs {' and '.join(missing)}: pip install 'astria-async[{extra}]'", MISUSED)


def explained(error: Exception) -> tuple[str, int] | None:
    """The line and the exit code for an error; None for one that no user can cause."""
    if isinstance(error, CommandError):
        return _one_line(str(error)), error.code
    if isinstance(error, AstriaError):
        return _one_line(str(error)), MISUSED if isinstance(error, (ConfigurationError, ParameterError)) else FAILED
    if isinstance(error, OSError):
        what = error.strerror or str(error) or type(error).__name__
        return _one_line(f"{error.filename}: {what}" if error.filename is not None else what), FAILED
    return None


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error itself, or what a group of them is made of."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from causes(one)
    else:
        yield error


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 3] + "..."
