"""The way of one create through the package, held against what was recorded: it may become shorter, not longer."""

from __future__ import annotations

import asyncio
import json

import pytest

from .walk import RECORDED, Step, summary, to_the_door

DOOR = "to the transport's door"


@pytest.fixture(scope="module")
def walk() -> dict[str, int]:
    """The counts now."""
    return summary(asyncio.run(to_the_door()))


@pytest.mark.parametrize("what", ["files", "entries", "changes of room", "copies of the request"])
def test_the_walk_of_a_create_is_not_longer_than_recorded(what: str, walk: dict[str, int]) -> None:
    recorded: dict[str, dict[str, int]] = json.loads(RECORDED.read_text(encoding="utf-8"))
    most = recorded[DOOR][what]
    assert walk[what] <= most, (
        f"{walk[what]} {what}, at most {most}; if it is worth that, run python -m tests.cost.walk --write"
    )


def test_summary_counts_files_entries_rooms_and_copies() -> None:
    steps = [
        Step("resources/prompts.py", "Prompts.create"),
        Step("_wire/messages.py", "Request.replace"),
        Step("_wire/body.py", "Body.get"),
        Step("resources/prompts.py", "Prompts.create"),
    ]
    assert summary(steps) == {"files": 3, "entries": 4, "changes of room": 2, "copies of the request": 1}
