"""The process in which the demo's fake runs: started, and stopped whatever happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from .._errors import CommandError
from .._shared.fake_server import HOST

#: Seconds that the process has to end by itself, and again after SIGTERM.
GRACE = 3.0


@contextmanager
def run_fake_server(faster: float) -> Iterator[str]:
    """The fake's base URL, for as long as the block lasts. Raises CommandError if the process does not start."""
    with tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", f"{__package__}.server", str(faster)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},  # the same package, wherever it was found
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,  # Ctrl-C is for the demo, which still reads from the fake while it stops
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                stderr.seek(0)
                output = stderr.read().decode(errors="replace").strip().splitlines()
                raise CommandError(f"the fake did not start: {output[-1] if output else 'it printed nothing'}")
            with isolated_environment():
                yield f"http://{HOST}:{json.loads(line)['port']}"
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Close its standard input, which ends it; if that does not, use signals."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    for send_signal in (process.terminate, process.kill):
        try:
            process.wait(GRACE)
            return
        except subprocess.TimeoutExpired:
            send_signal()
    process.wait()


@contextmanager
def isolated_environment() -> Iterator[None]:
    """Within the block no proxy is used for this machine, and no configuration file of the user's is read."""
    others = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    changes = {
        "no_proxy": ",".join(filter(None, [others, HOST, "localhost"])),
        "ASTRIA_CONFIG_DIR": os.path.dirname(__file__),  # a folder without a configuration file
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
