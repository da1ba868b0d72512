"""Arguments in, exit code out; every error in one line."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from astria_async import AuthenticationError, __version__
from astria_async.cli import _commands, main
from astria_async.cli._commands import COMMANDS, Command

Run = Callable[..., tuple[int, str, str]]
Behave = Callable[[Callable[[Namespace], int]], None]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Behave:
    """Give the command `demo` another body."""

    def behave(body: Callable[[Namespace], int]) -> None:
        def configure(parser: ArgumentParser) -> None:
            parser.add_argument("--size", type=int)

        module: Any = SimpleNamespace(configure=configure, run=body)
        monkeypatch.setattr(Command, "module", lambda self: module)

    return behave


def raising(error: BaseException) -> Callable[[Namespace], int]:
    def body(arguments: Namespace) -> int:
        raise error

    return body


def test_help_lists_every_command_with_its_purpose_in_one_line(run: Run) -> None:
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    for one in COMMANDS:
        assert any(line.split() == [one.name, *one.purpose.split()] for line in out.splitlines())
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.process
def test_help_needs_no_extra_and_imports_no_command() -> None:
    names = {f"astria_async.cli.{one.name}" for one in COMMANDS} | {"astria_async.testing"}
    code = (
        "import sys; sys.modules.update(rich=None, uvicorn=None); from astria_async.cli import main; "
        f"assert main(['--help']) == 0; assert not {names!r} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("name", [one.name for one in COMMANDS])
def test_each_command_has_its_own_help(run: Run, name: str) -> None:
    code, out, err = run(name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"usage: astria-async {name}")


def test_the_version_is_the_packages(run: Run) -> None:
    assert run("--version") == (0, f"astria-async {__version__}\n", "")


def test_without_a_command_the_commands_are_named(run: Run) -> None:
    code, out, err = run()
    assert (code, out) == (2, "")
    assert (
        err
        == "astria-async: give a command: batch, demo, doctor, download, mock, reconcile (astria-async --help says more)\n"
    )


def test_an_unknown_command_is_one_line(run: Run) -> None:
    code, out, err = run("dmeo", "--out", "x")
    assert (code, out) == (2, "")
    assert err == "astria-async: unknown command 'dmeo'; did you mean demo? (astria-async --help says more)\n"
    assert run("serve")[2].startswith(
        "astria-async: unknown command 'serve'; the commands are batch, demo, doctor, download, mock, reconcile ("
    )


def test_a_wrong_option_is_one_line_that_names_the_command(run: Run) -> None:
    code, out, err = run("demo", "--nonsense")
    assert (code, out) == (2, "")
    assert err == "astria-async demo: unknown argument --nonsense (astria-async demo --help says more)\n"


def test_a_misspelt_option_names_the_nearest(run: Run) -> None:
    assert "unknown argument --prot; did you mean --port?" in run("mock", "--prot", 3)[2]
    assert "unknown argument --blance; did you mean --balance?" in run("mock", "--blance=3")[2]


def test_the_exit_code_is_the_commands(run: Run, command: Behave) -> None:
    command(lambda arguments: int(arguments.size))
    assert run("demo", "--size", "3")[0] == 3


def test_words_come_from_the_process_where_none_are_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["astria-async", "--version"])
    assert main() == 0
    assert capsys.readouterr().out.strip().endswith(__version__)


@pytest.mark.process
def test_the_package_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "astria_async", "--help"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: astria-async COMMAND")


def test_ctrl_c_is_one_word_and_130(run: Run, command: Behave) -> None:
    command(raising(KeyboardInterrupt()))
    assert run("demo") == (130, "", "Stopped.\n")


def test_ctrl_c_within_a_task_group_is_told_the_same(run: Run, command: Behave) -> None:
    command(raising(BaseExceptionGroup("", [KeyboardInterrupt(), OSError("also")])))
    assert run("demo") == (130, "", "Stopped.\n")


@pytest.mark.parametrize("on_interrupt", [signal.default_int_handler, signal.SIG_IGN])
def test_sigterm_ends_it_like_ctrl_c_with_143(run: Run, command: Behave, on_interrupt: Any) -> None:
    def body(arguments: Namespace) -> int:
        signal.raise_signal(signal.SIGTERM)
        return 0

    command(body)
    before, before_term = signal.signal(signal.SIGINT, on_interrupt), signal.getsignal(signal.SIGTERM)
    try:
        assert run("demo") == (143, "", "Stopped.\n")
    finally:
        signal.signal(signal.SIGINT, before)
    assert signal.getsignal(signal.SIGTERM) == before_term


def test_it_runs_in_another_thread_too() -> None:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(main(["--version"])))
    thread.start()
    thread.join()
    assert codes == [0]


def test_error_from_task_group_is_line_of_first(run: Run, command: Behave) -> None:
    wrong_key = AuthenticationError(401, "Access denied.", method="POST", path="/tunes")
    command(raising(ExceptionGroup("tasks", [wrong_key, OSError("later")])))
    code, out, err = run("demo")
    assert (code, out) == (1, "")
    assert err.startswith("astria-async demo: 401 on POST /tunes: Access denied. (check the API key")
    assert err.count("\n") == 1


@pytest.mark.parametrize("error", [ZeroDivisionError(), ExceptionGroup("", [OSError("x"), ZeroDivisionError()])])
def test_a_bug_of_ours_is_not_hidden(run: Run, command: Behave, error: Exception) -> None:
    command(raising(error))
    with pytest.raises(type(error)):
        run("demo")


@pytest.mark.parametrize("words", [["demo"], ["--help"]])
def test_a_reader_that_has_gone_is_no_complaint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: Behave, words: list[str]
) -> None:
    def body(arguments: Namespace) -> int:
        print("a line that nobody reads", flush=True)
        return 0

    command(body)
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as gone:
        monkeypatch.setattr(sys, "stdout", gone)
        code = main(words)
        monkeypatch.undo()
    assert code in (0, 1)
    assert capsys.readouterr().err == ""


def test_without_a_standard_output_it_runs_all_the_same(monkeypatch: pytest.MonkeyPatch, command: Behave) -> None:
    def body(arguments: Namespace) -> int:
        print("nobody sees this", file=sys.stdout, flush=True)
        print("nor this", file=sys.stderr)
        return 0

    command(body)
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    code, opened = main(["demo"]), [sys.stdout, sys.stderr]
    monkeypatch.undo()
    for stream in opened:
        assert stream is not None
        stream.close()
    assert code == 0


def test_a_name_that_the_terminal_cannot_show_is_no_failure(monkeypatch: pytest.MonkeyPatch, command: Behave) -> None:
    def body(arguments: Namespace) -> int:
        print("Zürich")
        return 0

    command(body)
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["demo"]) == 0
    assert out.buffer.getvalue() == b"Z?rich\n"  # type: ignore[attr-defined]


def test_each_command_of_the_table_has_its_module() -> None:
    for one in COMMANDS:
        module = one.module()
        assert callable(module.configure)
        assert callable(module.run)
    assert _commands.find("nothing") is None
