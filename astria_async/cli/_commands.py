"""The table of commands. A command is imported only when it runs: `--help` is quick, and needs no extra."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from importlib import import_module
from typing import Protocol, cast

from attrs import frozen


class CommandModule(Protocol):
    """Interface of a command's package."""

    def configure(self, parser: ArgumentParser) -> None:
        """Add the command's options."""
        ...

    def run(self, arguments: Namespace) -> int:
        """Run the command, and return the exit code. Raises what `_errors.describe` knows; anything else is a bug of ours."""
        ...


@frozen
class Command:
    """A command: its name, which is also its package's, and its purpose in one line."""

    name: str
    purpose: str

    def module(self) -> CommandModule:
        """Import it."""
        return cast(CommandModule, import_module(f".{self.name}", __package__))


COMMANDS: tuple[Command, ...] = (
    Command("batch", "draw a file of prompts, each once, whatever is killed in between"),
    Command("demo", "train, prompt, download against a fake that fails at times; no key"),
    Command("doctor", "say whether all is right with the key and the account"),
    Command("download", "fetch the images of prompts into a folder"),
    Command("mock", "serve a fake Astria on this machine, for a client of yours"),
    Command("reconcile", "handle what was never called back, with your CallbackApp"),
)


def find(name: str) -> Command | None:
    """The command of that name, or None."""
    return next((command for command in COMMANDS if command.name == name), None)
