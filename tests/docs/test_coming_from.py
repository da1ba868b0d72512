"""docs/coming-from.md: each line of the right column runs as it is written, against the fake."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

import astria_async
from astria_async import APIError, AsyncAstria, Listing, Request, Response, Send
from astria_async.resources import Prompts, Tunes
from astria_async.testing import FakeAstria, MockTransport, VirtualClock

pytestmark = pytest.mark.anyio

PAGE = Path(__file__).parent.parent.parent / "docs" / "coming-from.md"

#: Names that stand on the page before they are in the package: a line with one of them is run once it is.
_IS_THERE = {
    "page_size=": "page_size" in inspect.signature(Tunes.list).parameters,
    ".all()": hasattr(Listing, "all"),
    ".first()": hasattr(Listing, "first"),
    "= await astria.tunes.list()": hasattr(Listing, "__await__"),
    "create_and_wait": hasattr(Prompts, "create_and_wait"),
    "auto_seed=": "auto_seed" in inspect.signature(Prompts.create).parameters,
}


def lines_of_ours() -> list[str]:
    """The code in the last column of each table."""
    rows = re.findall(r"^\| (?!there)[^|]+ \| [^|]+ \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return [code for cell in rows for code in re.findall(r"`([^`]+)`", cell)]


OURS = [code for code in lines_of_ours() if all(is_there for name, is_there in _IS_THERE.items() if name in code)]


async def log(request: Request, call_next: Send) -> Response:
    return await call_next(request)


async def names() -> dict[str, Any]:
    """What the lines of the page use."""
    clock = VirtualClock()
    astria = AsyncAstria("sd_test", transport=MockTransport(FakeAstria(clock=clock)), clock=clock, random=Random(1))
    tune = await astria.tunes.create(name="woman", image_urls=["https://example.com/1.jpg"])
    public = {name: getattr(astria_async, name) for name in astria_async.__all__}
    return public | {
        "astria": astria,
        "tune": tune,
        "raw": await astria.with_raw_response.tunes.retrieve(tune),
        "error": APIError(404, "Not Found"),
        "request": Request(method="GET", url="https://api.example.com/tunes"),
        "log": log,
        "httpx": httpx,
        "FakeAstria": FakeAstria,
        "MockTransport": MockTransport,
    }


@pytest.mark.parametrize("code", OURS)
async def test_a_line_of_the_page_runs_as_written(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASTRIA_API_KEY", "sd_test")
    compiled = compile(code, str(PAGE), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = eval(compiled, await names())
    if inspect.isawaitable(result):
        await result


def test_the_page_has_a_line_for_each_subject() -> None:
    assert len(lines_of_ours()) > 45
    assert len(OURS) > 35
