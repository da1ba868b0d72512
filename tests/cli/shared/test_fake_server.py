"""The fake behind a socket."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from astria_async.cli import _serving, _standin
from astria_async.cli._errors import CommandError
from astria_async.cli._shared.fake_server import listen, port_of
from astria_async.cli.demo.server_process import isolated_environment, run_fake_server


@pytest.mark.network
def test_any_free_port_of_the_loopback_interface_takes_connections_at_once() -> None:
    with listen(0) as sock, socket.create_connection(("127.0.0.1", port_of(sock))) as client:
        assert client.getpeername() == ("127.0.0.1", port_of(sock))


@pytest.mark.network
def test_a_taken_port_is_one_line_with_a_way_out() -> None:
    with listen(0) as sock:
        port = port_of(sock)
        with pytest.raises(CommandError) as caught:
            listen(port)
    assert str(caught.value) == f"port {port} is taken; choose another with --port, or any free one with --port 0"
    assert caught.value.code == 1


def test_a_port_that_is_not_for_us_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(socket.socket):
        def bind(self, address: object) -> None:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(_serving.socket, "socket", Refusing)
    with pytest.raises(CommandError, match=r"^port 80 cannot be had: Permission denied; choose another"):
        listen(80)


@pytest.mark.network
def test_the_stand_in_runs_as_long_as_the_block_and_no_longer() -> None:
    with run_fake_server(100) as base_url:
        port = int(base_url.rpartition(":")[2])
        socket.create_connection(("127.0.0.1", port)).close()
    with socket.socket() as client, pytest.raises(ConnectionRefusedError):
        client.connect(("127.0.0.1", port))


def test_a_stand_in_that_does_not_start_says_its_last_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    python = program(tmp_path, "echo first >&2; echo 'ImportError: no such thing' >&2; exit 1")
    monkeypatch.setattr(sys, "executable", python)
    with (
        pytest.raises(CommandError, match=r"^the fake did not start: ImportError: no such thing$"),
        run_fake_server(1),
    ):
        pass


def test_or_that_it_said_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", program(tmp_path, "exit 0"))
    with pytest.raises(CommandError, match=r"did not start: it said nothing$"), run_fake_server(1):
        pass


def test_a_stand_in_that_does_not_want_to_end_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stubborn = "trap '' TERM; echo $$ > pid; echo '{\"port\": 9}'; while :; do sleep 0.05; done"
    monkeypatch.setattr(sys, "executable", program(tmp_path, stubborn))
    monkeypatch.setattr(_standin, "GRACE", 0.05)
    monkeypatch.chdir(tmp_path)
    with run_fake_server(1) as base_url:
        assert base_url == "http://127.0.0.1:9"
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_neither_a_proxy_nor_a_profile_of_the_users_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", "example.com")
    monkeypatch.setenv("ASTRIA_PROFILE", "work")
    before = dict(os.environ)
    with isolated_environment():
        assert os.environ["no_proxy"] == "example.com,127.0.0.1,localhost"
        assert os.environ["ASTRIA_PROFILE"] == ""
        assert not (Path(os.environ["ASTRIA_CONFIG_DIR"]) / "config.json").exists()
    assert dict(os.environ) == before


def program(folder: Path, script: str) -> str:
    """An executable in the place of Python's."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)
