"""`astria-async mock`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from astria_async.cli import _serving
from astria_async.cli._serving import listen, port_of

Run = Callable[..., tuple[int, str, str]]
Spawn = Callable[..., "subprocess.Popen[str]"]


class Server:
    """A server that ends at once."""

    apps: list[Any]

    def __init__(self) -> None:
        self.apps = []

    def __call__(self, app: Any) -> Server:
        self.apps.append(app)
        return self

    def run(self, sockets: list[Any]) -> None:
        assert len(sockets) == 1


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    ended = Server()
    monkeypatch.setattr(_serving, "server_for", ended)
    return ended


@pytest.mark.network
def test_it_says_where_it_listens_how_to_point_a_client_at_it_and_how_to_stop_it(run: Run, server: Server) -> None:
    code, out, err = run("mock", "--port", 0)
    assert (code, err) == (0, "")
    where = out.split("listens on ")[1].split(",")[0]
    assert f"ASTRIA_BASE_URL={where} ASTRIA_API_KEY=sd_anything" in out
    assert "Ctrl-C stops it" in out
    assert "as long as the service's" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.network
def test_its_options_reach_the_stand_in(run: Run, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []
    stand_in = _serving.stand_in

    def seen(port: int, **options: Any) -> Any:
        made.append(options)
        return stand_in(port, **options)

    monkeypatch.setattr(_serving, "stand_in", seen)
    code, out, _ = run("mock", "--port", 0, "--idempotency", "--fast", 12.5)
    assert code == 0
    assert made == [{"faster": 12.5, "idempotency": True}]
    assert "12.5 times as fast" in out


@pytest.mark.network
def test_a_taken_port_is_one_line(run: Run) -> None:
    with listen(0) as sock:
        port = port_of(sock)
        code, out, err = run("mock", "--port", port)
    assert (code, out) == (1, "")
    assert err == (
        f"astria-async mock: port {port} is taken; choose another with --port, or any free one with --port 0\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "65536"], "argument --port: '65536' is no port"),
        (["--port", "http"], "argument --port: 'http' is no port"),
        (["--fast", "0"], "argument --fast: '0' is no factor"),
        (["--fast", "inf"], "argument --fast: 'inf' is no factor"),
        (["--fast", "quick"], "argument --fast: 'quick' is no factor"),
    ],
)
def test_a_value_that_makes_no_sense_is_one_line(run: Run, words: list[str], said: str) -> None:
    code, out, err = run("mock", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"astria-async mock: {said}")
    assert err.count("\n") == 1


def test_without_the_extra_it_says_which_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert run("mock") == (2, "", "astria-async mock: mock needs uvicorn: pip install 'astria-async[server]'\n")


@pytest.mark.network
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_serves_until_it_is_told_to_stop(spawn: Spawn, number: signal.Signals, code: int) -> None:
    process = spawn("mock", "--port", 0)
    assert process.stdout is not None
    where = process.stdout.readline().split("listens on ")[1].split(",")[0]
    request = urllib.request.Request(f"{where}/tunes", headers={"Authorization": "Bearer sd_anything"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        assert json.load(answer) == []
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (code, "Stopped.\n")
