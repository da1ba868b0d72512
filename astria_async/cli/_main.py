"""Arguments in, exit code out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from .._values.spelling import nearest
from .._version import __version__
from ._commands import COMMANDS, find
from ._errors import CommandError, describe, leaves
from ._exit_codes import FAILED, INTERRUPTED, MISUSED, OK, TERMINATED
from ._terminal import discard_stdout, open_closed_streams, sigterm_interrupts

PROGRAM = "astria-async"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command, and return its exit code: 0, 1 (failed), 2 (could not try), 130 (Ctrl-C), 143 (SIGTERM).

    `argv` are the words after the program's name; None means the process's own.
    """
    words = sys.argv[1:] if argv is None else [*argv]
    open_closed_streams()
    with sigterm_interrupts() as terminated:
        try:
            code = _run(words)
            sys.stdout.flush()
            return code
        except SystemExit as end:  # argparse, after --help or --version
            return _finish_help(end)
        except BaseException as error:  # an error that a user can cause is one line; all others are raised again
            code_or_none = _report(error, words, is_terminated=bool(terminated))
            if code_or_none is None:
                raise
            return code_or_none


def _run(words: list[str]) -> int:
    command = find(words[0]) if words else None
    if command is None:
        parser = _top_parser()
        name = parser.parse_known_args(words)[0].command
        parser.error(_unknown(name) if name else f"give a command: {_names()}")
    module = command.module()
    parser = _Parser(prog=f"{PROGRAM} {command.name}", description=f"{command.name}: {command.purpose}.")
    module.configure(parser)
    return module.run(parser.parse_args(words[1:]))


def _unknown(name: str) -> str:
    near = nearest(name, [command.name for command in COMMANDS])
    return f"unknown command {name!r}; " + (f"did you mean {near}?" if near else f"the commands are {_names()}")


def _names() -> str:
    return ", ".join(command.name for command in COMMANDS)


class _Parser(argparse.ArgumentParser):
    """argparse with its complaints in one line, which names the nearest option for one that does not exist."""

    def error(self, message: str) -> NoReturn:
        wrong = message.partition("unrecognized arguments: ")[2].split(" ")[0].partition("=")[0]
        if wrong:
            near = nearest(wrong, self._option_string_actions)
            message = f"unknown argument {wrong}" + (f"; did you mean {near}?" if near else "")
        raise CommandError(f"{message} ({self.prog} --help says more)", MISUSED)


def _top_parser() -> _Parser:
    width = max(len(command.name) for command in COMMANDS)
    lines = [f"  {command.name:{width}}  {command.purpose}" for command in COMMANDS]
    parser = _Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} COMMAND [options]",
        description="The asyncio SDK for the Astria fine-tuning API, on the command line.",
        epilog="\n".join(["commands:", *lines, "", f"{PROGRAM} COMMAND --help lists a command's options."]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    parser.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    return parser


def _finish_help(end: SystemExit) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        discard_stdout()
    return end.code if isinstance(end.code, int) else OK


def _report(error: BaseException, words: list[str], *, is_terminated: bool) -> int | None:
    """Print one line that says what went wrong, and return the exit code; None, and no line, for a bug of ours."""
    errors = [*leaves(error)]
    if any(isinstance(part, KeyboardInterrupt) for part in errors):
        print("Stopped.", file=sys.stderr)
        return TERMINATED if is_terminated else INTERRUPTED
    if any(isinstance(part, BrokenPipeError) for part in errors):
        discard_stdout()  # whoever read our output has seen enough
        return FAILED
    lines = [describe(part) for part in errors if isinstance(part, Exception)]
    if len(lines) < len(errors) or not lines or lines[0] is None or None in lines:
        return None
    line, code = lines[0]
    name = f"{PROGRAM} {words[0]}" if words and find(words[0]) else PROGRAM
    print(f"{name}: {line}", file=sys.stderr)
    return code
