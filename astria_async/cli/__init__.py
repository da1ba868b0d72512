"""`astria-async`, the command line. A command is a folder, which is imported only when the command runs.

_main        arguments in, exit code out; every error that a user can cause is one line on stderr
_commands    the table of commands
_terminal    closed streams, Ctrl-C and SIGTERM
_exit_codes  the exit codes, and which error has which
_errors      CommandError; what an error says in one line
_shared      what two commands use, or will use
demo         the SDK at work, against a fake that fails now and then
mock         the fake, served on this machine, with a page for people

No command imports another one.
"""

from __future__ import annotations

from ._main import main

__all__ = ["main"]
