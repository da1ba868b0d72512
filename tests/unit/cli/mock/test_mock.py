"""`astria-async mock`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from astria_async.cli._shared import fake_server
from astria_async.cli._shared.fake_server import listen, port_of

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

    async def serve(self, sockets: list[Any]) -> None:
        assert len(sockets) == 1


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    ended = Server()
    monkeypatch.setattr(fake_server, "server_for", ended)
    return ended


def shown(server: Server) -> str:
    """The page of the application that was served last."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"localhost")]}
    anyio.run(server.apps[-1], scope, receive, send)
    return b"".join(message.get("body", b"") for message in sent).decode()


@pytest.mark.network
def test_start_says_where_it_listens_and_how_to_stop(run: Run, server: Server) -> None:
    code, out, err = run("mock", "--port", 0)
    assert (code, err) == (0, "")
    where = out.split("listens on ")[1].split(",")[0]
    assert f"ASTRIA_BASE_URL={where} ASTRIA_API_KEY=sd_anything" in out
    assert "Ctrl-C stops it" in out
    assert "take as long as the service's" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.network
def test_its_options_reach_the_fake(run: Run, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []
    make_fake = fake_server.make_fake

    def seen(port: int, **options: Any) -> Any:
        made.append(options)
        return make_fake(port, **options)

    monkeypatch.setattr(fake_server, "make_fake", seen)
    code, out, _ = run("mock", "--port", 0, "--idempotency", "--fast", 12.5)
    assert code == 0
    (options,) = made
    assert (options["faster"], options["idempotency"], options["clock"].factor) == (12.5, True, 1)
    assert "12.5 times faster than the service's" in out


@pytest.mark.network
def test_a_balance_in_dollars_is_what_each_key_can_spend(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    balances: list[int | None] = []
    make_fake = fake_server.make_fake

    def record(port: int, **options: Any) -> Any:
        fake = make_fake(port, **options)
        balances.append(fake.account("sd_any").balance_mc)
        return fake

    monkeypatch.setattr(fake_server, "make_fake", record)
    assert "Each key can spend $0.50." in run("mock", "--port", 0, "--balance", "0.5")[1]
    assert "can spend" not in run("mock", "--port", 0)[1]
    assert balances == [50_000, None]


@pytest.mark.network
def test_its_clock_can_run_faster(run: Run, server: Server) -> None:
    _, out, _ = run("mock", "--port", 0, "--time-scale", 100)
    assert "Its clock runs 100 times faster than real time." in out
    assert "Timeout(attempt=6000, connect=1000)" in out
    assert "100 times faster" in shown(server)
    assert "Timeout(" not in run("mock", "--port", 0, "--time-scale", 20)[1]


@pytest.mark.network
def test_a_file_of_faults_reaches_the_fake_and_the_page(run: Run, server: Server, tmp_path: Path) -> None:
    plan = tmp_path / "faults.json"
    plan.write_text('{"GET *": ["fail 500"], "*": [{"rate_limited": null, "probability": 0.5}]}')
    assert run("mock", "--port", 0, "--faults", plan)[0] == 0
    page = shown(server)
    assert "<code>GET *</code> fail(500)" in page
    assert "<code>* *</code> rate_limited, 50% of them" in page


def test_a_file_of_faults_that_is_wrong_is_one_line(run: Run, tmp_path: Path) -> None:
    plan = tmp_path / "faults.json"
    plan.write_text('{"POST /tunes": ["ok", "explode"]}')
    code, out, err = run("mock", "--faults", plan)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "\"POST /tunes\", entry 2: 'explode' is not a fault" in err


def test_its_help_lists_the_faults_in_80_columns(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = run("mock", "--help")
    assert code == 0
    assert "processed_later STATUS SECONDS" in out
    assert "--time-scale" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.network
def test_a_state_file_is_restored_and_written_again(run: Run, server: Server, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    code, out, _ = run("mock", "--port", 0, "--state", path)
    assert (code, "It starts with" in out, "forgets everything" in out) == (0, False, False)
    data = json.loads(path.read_text())
    later = datetime.now(UTC) + timedelta(days=400)
    entry = {"id": 30000005, "key": "sd_x", "params": {"text": "kept"}, "cost_mc": 0, "created": 5, "starts": 5}
    data["prompts"] = [{**entry, "ends": 6, "tune_id": 690204, "seed": 1, "num_images": 1}]
    path.write_text(json.dumps({**data, "now": later.isoformat()}))
    code, out, _ = run("mock", "--port", 0, "--state", path)
    assert (code, f"It starts with 0 tunes and 1 prompt, from {path}." in out) == (0, True)
    assert "kept" in shown(server)
    after = json.loads(path.read_text())
    assert [prompt["id"] for prompt in after["prompts"]] == [30000005]
    assert datetime.fromisoformat(after["now"]) >= later


@pytest.mark.parametrize("content", ["{", "[]", '{"tunes": []}'])
def test_file_that_is_not_state_is_one_line_and_stays(run: Run, tmp_path: Path, content: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(content)
    code, out, err = run("mock", "--state", path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"astria-async mock: --state {path}: this is not ")
    assert err.endswith("the file was left as it is, choose another one\n")
    assert path.read_text() == content


@pytest.mark.network
def test_state_file_that_cannot_be_written_is_reported_at_once(run: Run, server: Server, tmp_path: Path) -> None:
    path = tmp_path / "no" / "state.json"
    said = f"astria-async mock: --state {path}: No such file or directory\n"
    assert run("mock", "--port", 0, "--state", path) == (2, "", said)
    folder = run("mock", "--port", 0, "--state", tmp_path)
    assert folder == (2, "", f"astria-async mock: --state {tmp_path}: Is a directory\n")


@pytest.mark.network
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_mock_has_saved_the_last_request(spawn: Spawn, number: signal.Signals, tmp_path: Path) -> None:
    process = spawn("mock", "--port", 0, "--state", "state.json")
    assert process.stdout is not None
    where = process.stdout.readline().split("listens on ")[1].split(",")[0]
    request = urllib.request.Request(
        f"{where}/tunes/690204/prompts",
        b'{"prompt": {"text": "last"}}',
        {"Authorization": "Bearer sd_anything", "Content-Type": "application/json"},
    )
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()
    process.send_signal(number)
    process.communicate(timeout=30)
    kept = json.loads((tmp_path / "state.json").read_text())
    assert [prompt["params"]["text"] for prompt in kept["prompts"]] == ["last"]


@pytest.mark.network
def test_a_port_in_use_is_one_line(run: Run) -> None:
    with listen(0) as sock:
        port = port_of(sock)
        code, out, err = run("mock", "--port", port)
    assert (code, out) == (1, "")
    assert err == (
        f"astria-async mock: port {port} is in use; choose another with --port, or any free one with --port 0\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "65536"], "argument --port: '65536' is not a port"),
        (["--port", "http"], "argument --port: 'http' is not a port"),
        (["--fast", "0"], "argument --fast: '0' is not a factor"),
        (["--fast", "inf"], "argument --fast: 'inf' is not a factor"),
        (["--time-scale", "-1"], "argument --time-scale: '-1' is not a factor"),
        (["--balance", "-1"], "argument --balance: '-1' is not an amount of USD"),
        (["--balance", "nan"], "argument --balance: 'nan' is not an amount of USD"),
        (["--balance", "much"], "argument --balance: 'much' is not an amount of USD"),
        (["--fast", "quick"], "argument --fast: 'quick' is not a factor"),
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
@pytest.mark.parametrize(("number", "code", "quiet"), [(signal.SIGINT, 130, False), (signal.SIGTERM, 143, True)])
def test_it_serves_and_prints_requests_until_it_is_stopped(
    spawn: Spawn, number: signal.Signals, code: int, quiet: bool
) -> None:
    process = spawn("mock", "--port", 0, *(["--quiet"] if quiet else []))
    assert process.stdout is not None
    where = process.stdout.readline().split("listens on ")[1].split(",")[0]
    request = urllib.request.Request(f"{where}/tunes", headers={"Authorization": "Bearer sd_anything"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        assert json.load(answer) == []
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (code, "Stopped.\n")
    assert ("GET /tunes  200  " in out) is not quiet
