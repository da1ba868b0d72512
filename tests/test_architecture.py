"""The rules of the house that a linter does not know: read off the sources, not off good intentions."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "astria_async"
TESTS = ROOT / "tests"

GENERATED = {"astria_async/models/parameters/keywords.py"}
LINES_AT_MOST = 300

#: Libraries that could be replaced: each is named in one file.
REPLACEABLE = ["httpx", "aiohttp", "pyreqwest", "backoff"]
#: The core runs on asyncio and on trio. `_autojump.py` has to look inside them, `loops.py` asks which runs; both say why.
MAY_NAME_AN_EVENT_LOOP = {"astria_async/testing/clock/_autojump.py", "astria_async/_runtime/loops.py"}


def sources(folder: Path) -> Iterator[tuple[str, str]]:
    """(path from the root, text) of each Python file."""
    for path in sorted(folder.rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


@cache
def nodes(text: str) -> tuple[ast.AST, ...]:
    """Every node of a source, which is parsed once for all tests."""
    return tuple(ast.walk(ast.parse(text)))


def imported_by(text: str) -> set[str]:
    """The top-level names of everything that a file imports, wherever in it."""
    names: set[str] = set()
    for node in nodes(text):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_no_file_is_longer_than_300_lines() -> None:
    long = {
        name: text.count("\n")
        for folder in (PACKAGE, TESTS, ROOT / "scripts")
        for name, text in sources(folder)
        if name not in GENERATED and text.count("\n") > LINES_AT_MOST
    }
    assert not long


@pytest.mark.parametrize("library", REPLACEABLE)
def test_library_that_could_be_replaced_is_imported_in_one_file(library: str) -> None:
    assert len([name for name, text in sources(PACKAGE) if library in imported_by(text)]) == 1


def test_nothing_is_written_for_one_event_loop() -> None:
    assert {
        name for name, text in sources(PACKAGE) if {"asyncio", "trio"} & imported_by(text)
    } <= MAY_NAME_AN_EVENT_LOOP


def test_nothing_but_the_clocks_sleeps_or_sets_a_deadline() -> None:
    timers = re.compile(r"\b(anyio\.(sleep|fail_after|move_on_after)|time\.(sleep|monotonic|time)|datetime\.now)\(")
    core = ((name, text) for name, text in sources(PACKAGE) if not name.startswith("astria_async/cli/"))
    assert {name for name, text in core if timers.search(text)} == {"astria_async/_clock.py"}


def catches_everything(handler: ast.ExceptHandler) -> bool:
    """True if the handler swallows what it cannot know; one that ends in `raise` only cleans up."""
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    last = handler.body[-1]
    raises_again = isinstance(last, ast.Raise) and last.exc is None
    return not raises_again and any(
        kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in caught
    )


def test_whoever_swallows_every_exception_says_why_in_the_same_line() -> None:
    unexplained = []
    for name, text in sources(PACKAGE):
        lines = text.splitlines()
        for node in nodes(text):
            if isinstance(node, ast.ExceptHandler) and catches_everything(node):
                line = lines[node.lineno - 1]
                if not re.search(r":\s+#\s+\S+\s+\S+", line):
                    unexplained.append(f"{name}:{node.lineno}: {line.strip()}")
    assert not unexplained


@pytest.mark.process
def test_the_generated_keywords_are_up_to_date() -> None:
    script = ROOT / "scripts" / "generate_keywords.py"
    done = subprocess.run([sys.executable, script, "--check"], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


# --- No test waits for real time to pass.


def sleeps_in(text: str) -> list[str]:
    """Every call in a source that waits for real time to pass: (line): what."""
    slept_by: set[str] = {f"{module}.sleep" for module in ("time", "asyncio", "anyio", "trio")}
    for node in nodes(text):
        if isinstance(node, ast.ImportFrom) and node.module in ("time", "asyncio", "anyio", "trio"):
            slept_by.update(alias.asname or alias.name for alias in node.names if alias.name == "sleep")
    found = []
    for node in nodes(text):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in slept_by:
            gives_a_turn = len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
            if not gives_a_turn or ast.unparse(node.func) == "time.sleep":
                found.append(f"{node.lineno}: {ast.unparse(node)}")
    return found


def test_no_test_sleeps() -> None:
    sleepy = {name: sleeps_in(text) for name, text in sources(TESTS) if not name.startswith("tests/bench/")}
    assert not {name: calls for name, calls in sleepy.items() if calls}


@pytest.mark.parametrize(
    "source",
    [
        "time.sleep(0)",
        "await asyncio.sleep(0.1)",
        "await anyio.sleep(seconds)",
        "from trio import sleep\nsleep(1)",
        "from anyio import sleep as nap\nnap(1)",
    ],
)
def test_a_sleep_is_found(source: str) -> None:
    assert sleeps_in(source)


@pytest.mark.parametrize("source", ["await anyio.sleep(0)", "await clock.sleep(30)", "process.wait(timeout=10)"])
def test_giving_a_turn_and_virtual_time_are_no_sleep(source: str) -> None:
    assert not sleeps_in(source)
