"""A bar on a terminal, and nothing elsewhere."""

from __future__ import annotations

from io import StringIO

import pytest

from astria_async.cli._shared import counting_bar as module
from astria_async.cli._shared.counting_bar import counting_bar


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TERM", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def shown_on(out: StringIO) -> str:
    with counting_bar("prompts", out) as show:
        show(0, 2)
        show(1, 2)
    return out.getvalue()


def test_a_terminal_shows_how_many_are_done() -> None:
    text = shown_on(Terminal())
    assert "prompts" in text
    assert "1/2" in text


def test_what_is_not_a_terminal_shows_nothing() -> None:
    assert shown_on(StringIO()) == ""


def test_a_terminal_without_rich_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert shown_on(Terminal()) == ""
