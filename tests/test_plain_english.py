"""Error messages are plain sentences: readers may not know English well."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import astria_async

PACKAGE = Path(astria_async.__file__).parent
HARD = re.compile(r"\bis no\b(?!t)|\bare no\b|[Tt]here is no |what is to be|\bno such\b")
FILES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def texts_of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Each text that is raised, yielded, or put together for a problem."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Raise | ast.Yield | ast.YieldFrom | ast.Return)
            or isinstance(node, ast.Call)
            and ast.unparse(node.func).endswith((".append", ".extend"))
        ):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    yield inner.lineno, inner.value


@pytest.mark.parametrize("file", FILES)
def test_messages_have_no_hard_phrases(file: str) -> None:
    tree = ast.parse((PACKAGE / file).read_text(encoding="utf-8"))
    hard = [f"{file}:{line}: {text}" for line, text in texts_of(tree) if HARD.search(text)]
    assert not hard


def test_hard_phrases_are_found() -> None:
    tree = ast.parse("raise ValueError(f'{x} is no number')\nproblems.append('there is no list')")
    assert [text for _, text in texts_of(tree) if HARD.search(text)] == [" is no number", "there is no list"]
