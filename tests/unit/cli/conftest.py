"""What the command's tests stand on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from astria_async.cli import main

Run = Callable[..., tuple[int, str, str]]
Spawn = Callable[..., "subprocess.Popen[str]"]

#: `astria-async`, with Ctrl-C turned on: it is off where the tests themselves run in the background of a shell.
PROGRAM = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from astria_async.cli import main; sys.exit(main())"
)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process: (exit code, what it printed, what it complained)."""

    def run(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(word) for word in words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Spawn]:
    """Start the command in a process of its own, in an empty folder; whatever still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def spawn(*words: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", PROGRAM, *map(str, words)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, cwd=tmp_path, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        started.append(process)
        return process

    yield spawn
    for process in started:
        process.kill()
        process.communicate()
