"""Names of downloaded files: a template never leads out of the folder."""

from __future__ import annotations

import pytest

from astria_async import ParameterError
from astria_async.downloads import check_template


@pytest.mark.parametrize(
    ("template", "whole"),
    [(None, "{id}-{n}.{ext}"), ("{n}", "{n}.{ext}"), ("Ann {n} of {id}.{ext}", "Ann {n} of {id}.{ext}")],
)
def test_templates_get_their_extension(template: str | None, whole: str) -> None:
    assert check_template(template) == whole


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        (1, "1 is not text"),
        ("image", r"\{n\} is missing"),
        ("{n", "expected '}'"),
        ("{n}{other}", r"it has more than \{id\}, \{n\} and \{ext\}"),
        ("{n.__class__}", r"it has more than"),
        ("{n!r}", "it has more than"),
        ("{n:>10000000000}", "it has more than"),
        ("../{n}", "is not a file's name in the folder"),
        ("/etc/{n}", "is not a file's name in the folder"),
        ("a\\{n}", "is not a file's name in the folder"),
        (".{n}", "is not a file's name in the folder"),
        ("{n}.{ext}.", "is not a file's name in the folder"),
        ("a\0{n}", "is not a file's name in the folder"),
        ("{n}" + "x" * 250, "is not a file's name in the folder"),
    ],
)
def test_other_templates_are_refused_in_one_line(template: str, problem: str) -> None:
    with pytest.raises(ParameterError, match=f"template: .*{problem}|template: {problem}") as caught:
        check_template(template)
    assert "\n" not in str(caught.value)
