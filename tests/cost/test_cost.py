"""What a call costs, held against what was recorded: counted, so that it fails on a busy machine for the same reason."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from .counting import BUDGET, OPERATIONS, Counted, all_costs

#: Other versions of the libraries below take a few calls more or less. A regression of 20 % is more than that.
MARGIN = 1.15


@pytest.fixture(scope="module")
def costs() -> dict[str, dict[str, int]]:
    """The counts now."""
    return asyncio.run(all_costs())


@pytest.fixture(scope="module")
def budget() -> dict[str, dict[str, int]]:
    """The counts that were recorded."""
    recorded: dict[str, dict[str, int]] = json.loads(BUDGET.read_text(encoding="utf-8"))
    return recorded


def test_every_operation_has_a_budget(budget: dict[str, Any]) -> None:
    assert budget.keys() == OPERATIONS.keys()


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("what", ["calls", "bytes"])
def test_a_call_costs_what_was_recorded_with_a_margin(
    operation: str, what: str, costs: dict[str, dict[str, int]], budget: dict[str, dict[str, int]]
) -> None:
    most = budget[operation][what] * MARGIN
    found = costs[operation][what]
    assert found <= most, f"{found} {what}, at most {most:.0f}; if it is worth that, run tests/cost/counting.py"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_call_answered_at_once_lets_nothing_else_go_first(operation: str, costs: dict[str, dict[str, int]]) -> None:
    assert costs[operation]["waits"] == 0


def test_waits_are_counted() -> None:
    async def twice() -> str:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return "done"

    async def counted() -> tuple[object, int]:
        call = Counted(twice())
        return await call, call.waits

    assert asyncio.run(counted()) == ("done", 2)
