"""Words in, exit code out."""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from .._version import __version__
from ._commands import COMMANDS, find
from ._errors import FAILED, MISUSED, CommandError, causes, explained

PROGRAM = "astria-async"
#: 128 + the signal's number, as shells have it.
INTERRUPTED, TERMINATED = 130, 143


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command, and return its exit code: 0, 1 (it failed), 2 (it could not be tried), 130 (Ctrl-C), 143 (SIGTERM).

    `argv` are the words behind the program's name; None means the process's own.
    """
    words = sys.argv[1:] if argv is None else [*argv]
    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:  # closed before we began, as with >&-
            setattr(sys, stream, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a file name that the terminal cannot show is no reason to fail
    name = words[0] if words and find(words[0]) else ""
    with _terminable() as terminated:
        try:
            code = _run(words)
            sys.stdout.flush()
            return code
        except SystemExit as end:  # argparse, after --help or --version
            return _ended(end)
        except BaseException as error:  # whatever a user can cause is told in a line; the rest is raised again
            told = _told(error, name, bool(terminated))
            if told is None:
                raise
            return told


def _run(words: list[str]) -> int:
    command = find(words[0]) if words else None
    if command is None:
        parser = _top()
        rest = parser.parse_known_args(words)[0].command
        problem = f"there is no command {rest!r}" if rest else "say which command"
        parser.error(f"{problem}: {', '.join(one.name for one in COMMANDS)}")
    module = command.module()
    parser = _Parser(prog=f"{PROGRAM} {command.name}", description=f"{command.name}: {command.purpose}.")
    module.configure(parser)
    return module.run(parser.parse_args(words[1:]))


class _Parser(argparse.ArgumentParser):
    """argparse with its complaints in one line."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message} ({self.prog} --help says more)", MISUSED)


def _top() -> _Parser:
    width = max(len(command.name) for command in COMMANDS)
    lines = [f"  {command.name:{width}}  {command.purpose}" for command in COMMANDS]
    parser = _Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} COMMAND [options]",
        description="The asyncio SDK for the Astria fine-tuning API, on the command line.",
        epilog="\n".join(["commands:", *lines, "", f"{PROGRAM} COMMAND --help tells a command's options."]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    parser.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    return parser


def _ended(end: SystemExit) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _close_stdout()
    return end.code if isinstance(end.code, int) else 0


def _told(error: BaseException, name: str, terminated: bool) -> int | None:
    """Say in one line what went wrong, and return the exit code. None, and no line, where no user can cause it."""
    found = [*causes(error)]
    if any(isinstance(one, KeyboardInterrupt) for one in found):
        print("Stopped.", file=sys.stderr)
        return TERMINATED if terminated else INTERRUPTED
    if any(isinstance(one, BrokenPipeError) for one in found):
        _close_stdout()  # who read our output has seen enough
        return FAILED
    lines = [explained(one) for one in found if isinstance(one, Exception)]
    if len(lines) < len(found) or not lines or lines[0] is None or None in lines:
        return None
    line, code = lines[0]
    print(f"{PROGRAM} {name}".rstrip() + f": {line}", file=sys.stderr)
    return code


def _close_stdout() -> None:
    """What is still buffered goes nowhere, so that the interpreter does not complain at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


@contextmanager
def _terminable() -> Iterator[list[int]]:
    """SIGTERM does what Ctrl-C does: everything is cleaned up. The list holds it once it has come."""
    seen: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield seen
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        seen.append(number)
        on_interrupt = signal.getsignal(signal.SIGINT)  # the event loop's own while one runs
        if callable(on_interrupt):
            on_interrupt(signal.SIGINT, frame)
        else:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGTERM, before)
