"""What an error says, and its exit code."""

from __future__ import annotations

import errno
import sys

import pytest

from astria_async import ConfigurationError, ParameterError, TransportError
from astria_async.cli._errors import CommandError, describe, leaves, require


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CommandError("port 1 is taken"), ("port 1 is taken", 1)),
        (CommandError("no such option", 2), ("no such option", 2)),
        (ConfigurationError("the API key is missing"), ("the API key is missing", 2)),
        (ParameterError("images: there is no file x.jpg"), ("images: there is no file x.jpg", 2)),
        (TransportError("no answer", request_was_sent=True), ("no answer", 1)),
        (
            FileNotFoundError(errno.ENOENT, "No such file or directory", "x.jpg"),
            ("x.jpg: No such file or directory", 1),
        ),
        (OSError(errno.ENOSPC, "No space left on device"), ("No space left on device", 1)),
        (OSError("something"), ("something", 1)),
        (TimeoutError(), ("TimeoutError", 1)),
        (ZeroDivisionError(), None),
    ],
)
def test_what_user_can_cause_has_line_and_code(error: Exception, expected: tuple[str, int] | None) -> None:
    assert describe(error) == expected


def test_several_lines_become_one_of_a_bearable_length() -> None:
    line, _ = describe(CommandError("first\n  second\t" + "x" * 1000)) or ("", 0)
    assert line.startswith("first second xxx")
    assert line.endswith("...")
    assert len(line) == 400


def test_groups_within_groups_are_taken_apart() -> None:
    first, second = OSError("a"), ValueError("b")
    assert [*leaves(ExceptionGroup("", [ExceptionGroup("", [first]), second]))] == [first, second]


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(CommandError) as caught:
        require("demo", "rich", "uvicorn", "json", extra="cli")
    assert describe(caught.value) == ("demo needs rich and uvicorn: pip install 'astria-async[cli]'", 2)


def test_what_is_installed_is_not_asked_for() -> None:
    require("demo", "json", extra="cli")
