"""The process in which the demo's fake runs."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from astria_async.cli._errors import CommandError
from astria_async.cli.demo import server_process
from astria_async.cli.demo.server_process import isolated_environment, run_fake_server


@pytest.mark.network
def test_fake_runs_as_long_as_the_block_and_no_longer() -> None:
    with run_fake_server(100) as base_url:
        port = int(base_url.rpartition(":")[2])
        socket.create_connection(("127.0.0.1", port)).close()
    with socket.socket() as client, pytest.raises(ConnectionRefusedError):
        client.connect(("127.0.0.1", port))


@pytest.mark.process
def test_a_fake_that_does_not_start_says_its_last_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    python = program(tmp_path, "echo first >&2; echo 'ImportError: no such thing' >&2; exit 1")
    monkeypatch.setattr(sys, "executable", python)
    with (
        pytest.raises(CommandError, match=r"^the fake did not start: ImportError: no such thing$"),
        run_fake_server(1),
    ):
        pass


@pytest.mark.process
def test_a_fake_that_ends_silently_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", program(tmp_path, "exit 0"))
    with pytest.raises(CommandError, match=r"did not start: it printed nothing$"), run_fake_server(1):
        pass


@pytest.mark.process
def test_a_fake_that_ignores_sigterm_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stubborn = "trap '' TERM; echo $$ > pid; echo '{\"port\": 9}'; while :; do sleep 0.05; done"
    monkeypatch.setattr(sys, "executable", program(tmp_path, stubborn))
    monkeypatch.setattr(server_process, "GRACE", 0.05)
    monkeypatch.chdir(tmp_path)
    with run_fake_server(1) as base_url:
        assert base_url == "http://127.0.0.1:9"
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_neither_a_proxy_nor_a_profile_of_the_user_matters(monkeypatch: pytest.MonkeyPatch) -> None:
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
