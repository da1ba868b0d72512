"""The fault matrix in memory: whatever goes wrong, one object at the most, and the caller knows of it."""

from __future__ import annotations

import pytest

from .cells import in_memory
from .operations import OPERATIONS
from .script import ROWS, Row
from .table import SETTINGS

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("idempotency", SETTINGS, ids=SETTINGS.get)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_fault_makes_no_second_object_and_leaves_caller_with_truth(row: Row, idempotency: bool) -> None:
    cells = {operation.name: await in_memory(operation, row, idempotency=idempotency) for operation in OPERATIONS}
    assert not {name: cell.complaints for name, cell in cells.items() if cell.complaints}
