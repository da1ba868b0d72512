"""Creates and listed objects for the tests of verdicts: a prompt and a tune, with what a test adds to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from astria_async import Body, Effect, FilePart, Request
from astria_async._wire import Identity, Lookup
from astria_async.middleware.recovery.lookup import Verdict, Window

MINE, MAYBE, NOT = Verdict.MINE, Verdict.MAYBE, Verdict.NOT
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
WINDOW = Window(since=NOW - timedelta(minutes=3), exactly=NOW - timedelta(minutes=1))
NO_TIME = Window(since=None, exactly=None)
UUID = "5bf00b97-5901-505a-b914-6ffd9765fb23"
OTHER = "00000000-0000-4000-8000-000000000000"
PART = FilePart(name="a.png", content_type="image/png", source=b"x", size=1)


def prompt(drawn: bool = False, expect: Any = None, **sent: Any) -> Request:
    lookup = Lookup(
        list_url="https://api.astria.ai/prompts", root="prompt", expect={"tune_id": 3} if expect is None else expect
    )
    return Request(
        method="POST", url="https://api.astria.ai/tunes/3/prompts", effect=Effect.CREATE, lookup=lookup,
        identity=Identity.PROMPT_SEED, identity_drawn=drawn, body=Body({"prompt": {"text": "a garden", "seed": 7, **sent}}),
    )  # fmt: skip


def tune(title: str | None, drawn: bool = False, **sent: Any) -> Request:
    tree = {"name": "woman", **({} if title is None else {"title": title}), **sent}
    return Request(
        method="POST", url="https://api.astria.ai/tunes", effect=Effect.CREATE, identity=Identity.TUNE_TITLE,
        identity_drawn=drawn, body=Body({"tune": tree}),
        lookup=Lookup(list_url="https://api.astria.ai/tunes", root="tune"),
    )  # fmt: skip


def item(**fields: Any) -> dict[str, Any]:
    return {"id": 1, "created_at": NOW.isoformat(), **fields}


def of_prompt(**fields: Any) -> dict[str, Any]:
    return item(**{"tune_id": 3, "text": "a garden", "seed": 7, **fields})
