"""The type checkers are shown every method of every resource."""

from __future__ import annotations

import inspect
from pathlib import Path

from astria_async import AsyncAstria

SHOWN = "\n".join(path.read_text(encoding="utf-8") for path in (Path(__file__).parent / "typing").glob("*.py"))


def methods_of(thing: object) -> list[str]:
    return [name for name, value in inspect.getmembers(thing, inspect.ismethod) if not name.startswith("_")]


def test_each_method_is_called_in_the_files_for_type_checkers() -> None:
    astria = AsyncAstria("sd_test")
    resources = {name: value for name, value in vars(astria).items() if not name.startswith("_")}
    called = {f"{name}.{method}" for name, value in resources.items() for method in methods_of(value)}
    called |= {f"workspaces.{method}" for method in methods_of(astria.account.workspaces)} | set(methods_of(astria))
    assert len(called) > 40
    assert not [name for name in sorted(called) if f"{name}(" not in SHOWN]
