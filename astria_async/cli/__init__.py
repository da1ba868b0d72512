"""`astria-async`, the command line: one small module a command, imported only when it runs.

_main      words in, exit code out; every error a user can cause is one line on stderr
_commands  the table of commands
_errors    what is said, and with which exit code
demo       the SDK at work: _journey (through the public API only), _setting, _tally, _display, _bars, _summary,
               _sheet
mock       the stand-in, served here: _serving, its page (_console), faults from a file (_faults), what is kept
               (_state, _keeper), callbacks (_outbox); in a process of its own, for the demo: _server, _standin
"""

from __future__ import annotations

from ._main import main

__all__ = ["main"]
