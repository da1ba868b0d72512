"""README.md and docs/: every Python block runs, as it is written.

A block with tests in it is run by pytest, in a project of its own. Any other is run as a program, against the fake that
`astria-async mock` serves, which it finds through the environment as it would find the service.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
#: The least that a project which uses pytest-asyncio sets; and nothing that warns passes.
INI = "[pytest]\nasyncio_default_fixture_loop_scope = function\nfilterwarnings = error\n"
#: So that a training of minutes is over at the first look.
FASTER = "1000000"


def blocks(language: str) -> list[tuple[str, str]]:
    """(where it stands, text) of each block of a language, indentation of lists aside."""
    fence = re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in fence.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append((f"{page.relative_to(ROOT).as_posix()}:{line}", match[1]))
    return found


PYTHON = blocks("python")
TESTS = [(where, code) for where, code in PYTHON if "def test_" in code]
PROGRAMS = [(where, code) for where, code in PYTHON if "def test_" not in code]


def ids(cases: list[tuple[str, str]]) -> list[str]:
    return [where for where, _ in cases]


def run(arguments: list[str], folder: Path, **environment: str) -> str:
    """What a Python process prints; it must end well, and say nothing on stderr."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


@pytest.mark.process
@pytest.mark.parametrize(("where", "code"), TESTS, ids=ids(TESTS))
def test_a_test_on_the_page_passes_as_it_is_written(where: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "test_from_the_page.py").write_text(code, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(INI, encoding="utf-8")
    out = run(["-m", "pytest", "-q", "-p", "no:cacheprovider"], tmp_path)
    times = 2 if "mark.anyio" in code else 1  # on asyncio and on trio
    assert re.search(rf"^{times * code.count('def test_')} passed", out, re.MULTILINE), where


@pytest.fixture(scope="module")
def fake_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of the fake, served by the command on a free port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "astria_async", "mock", "--port", "0", "--fast", FASTER],
        cwd=tmp_path_factory.mktemp("mock"),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://[0-9.]+:\d+", process.stdout.readline())
        assert found is not None
        yield found[0]
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.network
@pytest.mark.parametrize(("where", "code"), PROGRAMS, ids=ids(PROGRAMS))
def test_a_program_on_the_page_runs_as_it_is_written(where: str, code: str, tmp_path: Path, fake_url: str) -> None:
    (tmp_path / "program.py").write_text(code, encoding="utf-8")
    (tmp_path / "photos").mkdir()
    for sample in (ROOT / "astria_async" / "cli" / "demo" / "samples").glob("*.jpg"):
        (tmp_path / "photos" / sample.name).write_bytes(sample.read_bytes())
    run(["-W", "error", "program.py"], tmp_path, ASTRIA_BASE_URL=fake_url, ASTRIA_API_KEY="sd_test")
    if "download(" in code:
        assert [path.suffix for path in (tmp_path / "images").iterdir()] == [".png"] * 4, where


def statements_in(code: str) -> list[ast.stmt]:
    """The statements of a program, however they are laid out over lines."""
    return [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.stmt)]


def test_the_ten_lines_are_ten_statements() -> None:
    code = PROGRAMS[0][1]
    assert len(statements_in(code)) == 10
    for part in ("base_tune_id=bases.FLUX1_DEV", 'model_type="lora"', 'preset="flux-lora-portrait"', "tune.mention()"):
        assert part in code


def test_readmes_test_is_short_and_has_its_client_from_fixture() -> None:
    code = TESTS[0][1]
    (test,) = (node for node in statements_in(code) if isinstance(node, ast.AsyncFunctionDef) and "test_" in node.name)
    assert len(test.body) <= 6
    assert "pytest_asyncio.fixture" in code
    assert "yield" in code
    assert "MockTransport(FakeAstria(" in code


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
