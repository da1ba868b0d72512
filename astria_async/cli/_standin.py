"""The demo's hold on the stand-in's process: started, and stopped whatever happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from ._errors import CommandError
from ._serving import HOST

#: Seconds that it is given to end by itself, and then again after SIGTERM.
GRACE = 3.0


@contextmanager
def running_stand_in(faster: float) -> Iterator[str]:
    """The stand-in's base URL, for as long as the block lasts. Raises CommandError if it does not start."""
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", f"{__package__}._server", str(faster)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},  # the same package, wherever it was found
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            start_new_session=True,  # Ctrl-C is the demo's: it still reads from the stand-in while it stops
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                complaints.seek(0)
                said = complaints.read().decode(errors="replace").strip().splitlines() or ["it said nothing"]
                raise CommandError(f"the stand-in did not start: {said[-1]}")
            with ours_alone():
                yield f"http://{HOST}:{json.loads(line)['port']}"
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Close its standard input, which ends it; if that does not, more firmly."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    for firmer in (process.terminate, process.kill):
        try:
            process.wait(GRACE)
            return
        except subprocess.TimeoutExpired:
            firmer()
    process.wait()


@contextmanager
def ours_alone() -> Iterator[None]:
    """Within the block no proxy stands before the loopback interface, and no profile of the user's is looked at."""
    others = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    changes = {
        "no_proxy": ",".join(filter(None, [others, HOST, "localhost"])),
        "ASTRIA_CONFIG_DIR": os.path.dirname(__file__),  # where there is no configuration
        "ASTRIA_PROFILE": "",
    }
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
