"""The table of commands. A command's module is imported only when it runs: `--help` is quick and needs no extra."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from importlib import import_module
from typing import Protocol, cast

from attrs import frozen


class CommandModule(Protocol):
    """What a command's module has."""

    def configure(self, parser: ArgumentParser) -> None:
        """Add the command's options."""
        ...

    def run(self, arguments: Namespace) -> int:
        """Do it, and return the exit code. Raises what `_errors.explained` knows; anything else is a bug of ours."""
        ...


@frozen
class Command:
    """A command: its name, which is also its module's, and what it is for, in one line."""

    name: str
    purpose: str

    def module(self) -> CommandModule:
        """Import it."""
        return cast(CommandModule, import_module(f".{self.name}", __package__))


COMMANDS: tuple[Command, ...] = (
    Command("demo", "the whole way against a stand-in that fails now and then; no key needed"),
    Command("mock", "serve the stand-in on this machine, for your own client to talk to"),
)


def find(name: str) -> Command | None:
    """The command of that name, or None."""
    return next((command for command in COMMANDS if command.name == name), None)
