"""The guards in conftest.py: what they refuse, and what they let through."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

CONFTEST = Path(__file__).with_name("conftest.py").read_text(encoding="utf-8")
REFUSED = r"mark the test `network`"


def test_a_connection_is_refused_even_to_loopback() -> None:
    with socket.socket() as sock, pytest.raises(RuntimeError, match=REFUSED):
        sock.connect(("127.0.0.1", 9))


def test_listening_is_refused_even_on_loopback() -> None:
    with socket.socket() as sock, pytest.raises(RuntimeError, match=REFUSED):
        sock.bind(("127.0.0.1", 0))


def test_a_datagram_is_refused() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock, pytest.raises(RuntimeError, match=REFUSED):
        sock.sendto(b"", ("127.0.0.1", 9))


def test_looking_up_a_name_is_refused() -> None:
    with pytest.raises(RuntimeError, match=REFUSED):
        socket.getaddrinfo("api.astria.ai", 443)


@pytest.mark.anyio
async def test_a_connection_through_an_event_loop_is_refused() -> None:
    with pytest.RaisesGroup(pytest.RaisesExc(RuntimeError, match=REFUSED)):
        await anyio.connect_tcp("127.0.0.1", 9)


def test_a_pair_of_sockets_within_the_process_is_let_through() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.sendall(b"x")
        assert right.recv(1) == b"x"


@pytest.mark.network
def test_a_test_marked_network_reaches_loopback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()[:2]) as client:
        assert client.getpeername() == server.getsockname()


@pytest.mark.network
@pytest.mark.parametrize("host", ["192.0.2.1", "0.0.0.0", ""])
def test_a_test_marked_network_reaches_nothing_but_loopback(host: str) -> None:
    with socket.socket() as sock, pytest.raises(RuntimeError, match=REFUSED):
        sock.bind((host, 0))


@pytest.mark.network
def test_a_test_marked_network_looks_up_no_name_but_localhost() -> None:
    assert socket.getaddrinfo("localhost", 80)
    with pytest.raises(RuntimeError, match=REFUSED):
        socket.getaddrinfo("api.astria.ai", 443)


def test_another_process_is_refused() -> None:
    with pytest.raises(RuntimeError, match="mark the test `process`"):
        subprocess.run([sys.executable, "-c", ""], check=True)


@pytest.mark.process
def test_a_test_marked_process_starts_another() -> None:
    subprocess.run([sys.executable, "-c", ""], check=True)


def test_keys_and_settings_of_this_machine_are_not_found() -> None:
    assert not [name for name in os.environ if name.startswith("ASTRIA_")]
    assert not [*Path.home().iterdir()]


NOT_RUN = {
    "skipped": "@pytest.mark.skip\ndef test(): pass",
    "skipped_inside": "def test(): pytest.skip('no')",
    "skipped_module": "pytest.skip('no', allow_module_level=True)",
    "xfailed": "@pytest.mark.xfail\ndef test(): assert False",
    "xpassed": "@pytest.mark.xfail\ndef test(): pass",
}


@pytest.mark.process
def test_in_ci_test_that_did_not_run_fails_run(pytester: pytest.Pytester) -> None:
    result = run_pytest(pytester, NOT_RUN, ci="true")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    for name in NOT_RUN:
        result.stdout.fnmatch_lines_random([f"NOT RUN: test_{name}.py*"])


@pytest.mark.process
def test_outside_ci_it_does_not(pytester: pytest.Pytester) -> None:
    assert run_pytest(pytester, NOT_RUN, ci="").ret == pytest.ExitCode.OK


@pytest.mark.process
def test_a_run_without_skips_passes_in_ci(pytester: pytest.Pytester) -> None:
    assert run_pytest(pytester, {}, ci="true").ret == pytest.ExitCode.OK


def run_pytest(pytester: pytest.Pytester, sources: dict[str, str], *, ci: str) -> pytest.RunResult:
    """Run one passing test and `sources` under our conftest.py, in a process of its own."""
    pytester.makeconftest(CONFTEST)
    pytester.makeini("[pytest]\nmarkers =\n  network\n  process")
    files = {f"test_{name}": f"import pytest\n{source}\n" for name, source in sources.items()}
    pytester.makepyfile(test_that_passes="def test(): pass\n", **files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CI", ci)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider")
