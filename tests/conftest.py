"""What every test stands on: both event loops, no network, nothing of this machine's settings, and no silent skip."""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# The same examples in every run, and no verdict that depends on how fast the machine is.
# `nox -s deep` asks for more than Hypothesis's own hundred.
EXAMPLES = int(os.environ.get("ASTRIA_TEST_EXAMPLES", "100"))
settings.register_profile("steady", max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
settings.load_profile("steady")


#: `nox -s quick` takes one of them.
LOOPS = os.environ.get("ASTRIA_TEST_LOOPS", "asyncio trio").split()


@pytest.fixture(scope="module", params=LOOPS)
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """A test marked `anyio` runs twice: on asyncio and on trio."""
    return str(request.param)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[Any]:
    """What is collected lives until the end: the garbage collector need not look through it again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home directory with nothing in it."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, empty_home: Path) -> None:
    """No test finds a key, a base URL or a workspace that it did not set itself."""
    for name in [*os.environ]:
        if name.startswith("ASTRIA_") or name == "WORKSPACE_ID":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(empty_home))


# --- Sockets: refused, but on loopback in tests marked `network`. Processes: refused, but in tests marked
# `network` or `process`.


class SocketRefusedError(RuntimeError):
    """A test reached for the network. No OSError, so that no code under test takes it for a failing network."""


class ProcessRefusedError(RuntimeError):
    """A test started another process, which `nox -s quick` does not wait for."""


_loopback_allowed = False
_processes_allowed = True  # outside tests: pytest-xdist starts its workers


def _is_loopback(host: str | bytes | None) -> bool:
    """False for None and "" as well: both mean every interface."""
    name = os.fsdecode(host or "")
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen" and not _processes_allowed:
        raise ProcessRefusedError(f"{arguments[0]!r} is started: mark the test `process`")
    if not event.startswith("socket."):
        return
    if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"):
        sock, address = arguments
        # A pair of sockets within this process wakes an event loop; it has no address, or a path for one.
        if sock.family not in (socket.AF_INET, socket.AF_INET6) or address is None:
            return
        host = address[0]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if not (_loopback_allowed and _is_loopback(host)):
        raise SocketRefusedError(f"{event} to {host!r}: mark the test `network` to use the loopback interface")


sys.addaudithook(_refuse)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """While a test marked `network` or `process` is set up, run and torn down, it may do what the mark says."""
    global _loopback_allowed, _processes_allowed
    _loopback_allowed = item.get_closest_marker("network") is not None
    _processes_allowed = _loopback_allowed or item.get_closest_marker("process") is not None
    try:
        return (yield)
    finally:
        _loopback_allowed, _processes_allowed = False, True


# --- Skips: in CI, a test that did not run is a failure.


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where the environment variable CI is set, a skipped or xfailed test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("CI"):
        return
    passed_over = [report for kind in ("skipped", "xfailed", "xpassed") for report in reporter.stats.get(kind, [])]
    if passed_over and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        for report in passed_over:
            reporter.write_line(f"NOT RUN: {report.nodeid}", red=True)
