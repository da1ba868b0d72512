"""Where a test stands: it mirrors the package, and a reader finds it by its name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import astria_async

TESTS = Path(__file__).parent
PACKAGE = Path(astria_async.__file__).parent
MOST_FILES, MOST_WORDS, MOST_LINES = 16, 10, 300
FOLDERS = sorted(path for path in TESTS.rglob("*") if path.is_dir() and path.name != "__pycache__")
FILES = sorted(TESTS.rglob("test_*.py"))


def shown(path: Path) -> str:
    return path.relative_to(TESTS).as_posix()


def names_in(path: Path) -> list[str]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    functions = (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [node.name for node in functions if node.name.startswith("test_")]


@pytest.mark.parametrize("folder", FOLDERS, ids=shown)
def test_no_folder_has_too_many_test_files(folder: Path) -> None:
    assert len([*folder.glob("test_*.py")]) <= MOST_FILES


@pytest.mark.parametrize("folder", [path for path in FOLDERS if "unit" in path.relative_to(TESTS).parts[:1]], ids=shown)
def test_each_folder_of_unit_tests_mirrors_a_room(folder: Path) -> None:
    rooms = [PACKAGE]
    for name in folder.relative_to(TESTS / "unit").parts:
        rooms = [inner for room in rooms for inner in (room / name, room / f"_{name}") if inner.exists()]
    assert rooms, f"{shown(folder)} mirrors no folder of the package"


@pytest.mark.parametrize("file", FILES, ids=shown)
def test_names_are_short(file: Path) -> None:
    long = [name for name in names_in(file) if len(re.findall("[^_]+", name.removeprefix("test_"))) > MOST_WORDS]
    assert not long


@pytest.mark.parametrize("file", FILES, ids=shown)
def test_test_files_are_short(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_no_name_stands_twice_in_a_file() -> None:
    for file in FILES:
        names = names_in(file)
        assert len(names) == len({*names}), shown(file)
