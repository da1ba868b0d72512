"""`astria-async demo`, as a user runs it, and what can go wrong."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import attrs
import pytest

from astria_async.cli import demo
from astria_async.cli._shared.image_size import size_of
from astria_async.cli.demo import target
from astria_async.cli.demo.scenario import ScenarioResult

Run = Callable[..., tuple[int, str, str]]
Spawn = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything ten times faster still."""
    monkeypatch.setattr(target, "FASTER", 1000)
    monkeypatch.setattr(target, "INTERVAL", 0.02)


@pytest.mark.network
def test_every_prompt_is_on_the_server_once_and_on_disk(spawn: Spawn, tmp_path: Path) -> None:
    process = spawn("demo", "--out", "here")
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    table = out[out.rindex("24 asked") :]
    assert table.startswith("24 asked, 24 on the server, 96 images")
    for cause in ("500", "429", "504"):
        assert re.search(rf"│ +[1-9]\d* │ x {cause}, ", table), cause
    assert "100 times shorter" in out
    images = sorted((tmp_path / "here" / "images").iterdir())
    assert len(images) == 96
    assert all(size_of(path) for path in images)
    page = (tmp_path / "here" / "index.html").read_text(encoding="utf-8")
    links = set(re.findall(r'(?:src|href)="([^"]+)"', page))
    assert {tmp_path / "here" / link for link in links} == {*images}
    assert page.count("<section>") == 24


@pytest.mark.network
@pytest.mark.usefixtures("hurried")
def test_one_prompt_alone_survives_every_kind_of_fault(run: Run, tmp_path: Path) -> None:
    code, out, err = run("demo", "--out", tmp_path, "--prompts", 1)
    assert (code, err) == (0, "")
    assert "1 asked, 1 on the server, 4 images" in out
    assert {cause for cause in ("500", "429", "504") if f"x {cause}, " in out} == {"500", "429", "504"}


@pytest.mark.network
@pytest.mark.usefixtures("hurried")
def test_the_demo_runs_again_into_the_same_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("old", encoding="utf-8")
    assert run("demo", "--out", tmp_path, "--prompts", 1)[0] == 0
    assert (tmp_path / "index.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.network
@pytest.mark.usefixtures("hurried")
def test_a_prompt_lost_or_made_twice_is_exit_1(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_scenario = demo.run_scenario

    async def one_more(*arguments: Any) -> ScenarioResult:
        result = await run_scenario(*arguments)
        return attrs.evolve(result, on_server=result.on_server + 1)

    monkeypatch.setattr(demo, "run_scenario", one_more)
    code, out, err = run("demo", "--out", tmp_path, "--prompts", 1)
    assert (code, err) == (1, "astria-async demo: asked for 1 prompt, but the server has 2\n")
    assert "1 asked, 2 on the server, 4 images" in out


@pytest.mark.network
@pytest.mark.usefixtures("hurried")
def test_on_a_terminal_there_are_bars(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    code, out, err = run("demo", "--out", tmp_path, "--prompts", 1)
    assert (code, err) == (0, "")
    assert "survived so far: 1 x 429, 2 x 500, 2 x 504" in out
    assert "1 asked, 1 on the server, 4 images" in out


@pytest.mark.network
def test_live_uses_the_users_key_and_the_free_branch(
    run: Run, spawn: Spawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = read_until(spawn("mock", "--port", 0, "--fast", 1e6), "listens on")
    monkeypatch.setenv("ASTRIA_BASE_URL", line.split("listens on ")[1].split(",")[0])
    monkeypatch.setenv("ASTRIA_API_KEY", "sd_mine")
    code, out, err = run("demo", "--live", "--out", tmp_path, "--prompts", 2)
    assert (code, err) == (0, "")
    assert "with branch=fast" in out
    assert "2 asked, 2 on the server, 8 images" in out
    assert "no wait was shortened" in out


# --- What a user can cause.


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A service that takes no key, at ASTRIA_BASE_URL."""

    class Refuse(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(401)
            self.send_header("content-type", "text/plain")
            self.end_headers()
            self.wfile.write(b"HTTP Token: Access denied.\n")

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Refuse) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        monkeypatch.setenv("ASTRIA_BASE_URL", f"http://127.0.0.1:{server.server_port}")
        yield
        server.shutdown()


def test_live_without_a_key_is_one_line_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    code, out, err = run("demo", "--live", "--out", tmp_path / "new")
    assert (code, out) == (2, "")
    assert err == "astria-async demo: the API key is missing: pass api_key=..., or set ASTRIA_API_KEY\n"
    assert not (tmp_path / "new").exists()


@pytest.mark.network
@pytest.mark.usefixtures("refusing")
def test_live_with_a_wrong_key_is_one_line(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASTRIA_API_KEY", "sd_wrong")
    code, out, err = run("demo", "--live", "--out", tmp_path)
    assert code == 1
    assert "with branch=fast" in out
    assert err.startswith("astria-async demo: 401 on POST /tunes: HTTP Token: Access denied.")
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.rglob("*")] == ["images"]


def test_live_needs_no_server_of_ours(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    code, _, err = run("demo", "--live")
    assert code == 2
    assert "the API key is missing" in err


@pytest.mark.parametrize("modules", [["rich"], ["uvicorn"], ["rich", "uvicorn"]])
def test_without_the_extra_it_says_which_one(run: Run, monkeypatch: pytest.MonkeyPatch, modules: list[str]) -> None:
    for name in modules:
        monkeypatch.setitem(sys.modules, name, None)
    said = f"astria-async demo: demo needs {' and '.join(modules)}: pip install 'astria-async[cli]'\n"
    assert run("demo") == (2, "", said)


def test_a_folder_that_cannot_be_written_is_reported_first(run: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    code, out, err = run("demo", "--out", tmp_path / "taken")
    assert (code, out) == (1, "")
    assert err == (
        f"astria-async demo: cannot write to {tmp_path}/taken/images: Not a directory; choose another folder with --out\n"
    )


@pytest.mark.parametrize("number", ["0", "-1", "241", "many"])
def test_a_wrong_number_of_prompts_is_one_line(run: Run, number: str) -> None:
    code, out, err = run("demo", f"--prompts={number}")
    assert (code, out) == (2, "")
    assert err == (
        f"astria-async demo: argument --prompts: {number!r} is not a number of prompts; give a whole number from 1 to 240 "
        "(astria-async demo --help says more)\n"
    )


# --- However it ends, the fake ends with it.


@pytest.mark.network
@pytest.mark.parametrize(
    ("moment", "number", "code"),
    [("tune trained", signal.SIGINT, 130), ("504 on tunes.create", signal.SIGTERM, 143)],
)
def test_a_stopped_demo_says_so_and_leaves_no_partial_file(
    spawn: Spawn, tmp_path: Path, moment: str, number: signal.Signals, code: int
) -> None:
    process = spawn("demo", "--out", "here")
    with connected(process) as line:
        read_until(process, moment)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (code, "Stopped.\n")
        assert ended(line)
    here = tmp_path / "here"
    assert not (here / "index.html").exists()
    assert all(size_of(path) for path in here.rglob("*") if path.is_file())
    assert not [path for path in here.rglob("*") if path.name.startswith(".")]


@pytest.mark.network
def test_a_killed_demo_leaves_no_server(spawn: Spawn) -> None:
    process = spawn("demo", "--out", "here")
    with connected(process) as line:
        process.kill()
        assert ended(line)


@pytest.mark.network
def test_a_reader_that_is_gone_is_not_an_error(spawn: Spawn) -> None:
    process = spawn("demo", "--out", "here", "--prompts", 1)
    with connected(process) as line:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait() == 1
        assert ended(line)


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """The first line that holds the text."""
    assert process.stdout is not None
    return next(line for line in process.stdout if text in line)


def connected(process: subprocess.Popen[str]) -> socket.socket:
    """A connection to the demo's fake."""
    port = re.search(r"http://127\.0\.0\.1:(\d+)", read_until(process, "A fake Astria"))
    assert port
    return socket.create_connection(("127.0.0.1", int(port[1])), timeout=60)


def ended(line: socket.socket) -> bool:
    """Wait until the other end is closed, and nobody takes its place: a connection may still be let in while it closes."""
    address = line.getpeername()
    while True:
        with line, suppress(ConnectionResetError):
            if line.recv(1):
                return False
        try:
            line = socket.create_connection(address, timeout=60)
        except OSError:
            return True
