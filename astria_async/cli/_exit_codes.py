"""The exit codes, and which error has which."""

from __future__ import annotations

from ..errors import ConfigurationError, ParameterError

#: The command did what it was asked to do.
OK = 0
#: The command tried, and failed.
FAILED = 1
#: The command could not try: a wrong argument, no key, an extra that is not installed.
MISUSED = 2
#: The command ended before its work did, and the same command goes on.
STOPPED = 3
#: Ctrl-C, and SIGTERM: 128 plus the signal's number, as shells count.
INTERRUPTED, TERMINATED = 130, 143


def exit_code_for(error: Exception) -> int:
    """The exit code for an error that has none of its own (a `CommandError` has)."""
    return MISUSED if isinstance(error, (ConfigurationError, ParameterError)) else FAILED
