"""The same matrix over real connections, for every transport: what a client is told does not depend on who carries it."""

from __future__ import annotations

import pytest

from ..support.transports import OURS, Carrier, over
from .clock import TurnClock
from .operations import OPERATIONS
from .script import ROWS, Row
from .sockets import on_sockets
from .table import SETTINGS, Matrix

pytestmark = over(OURS)


@pytest.mark.parametrize("idempotency", SETTINGS, ids=SETTINGS.get)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_cells_are_the_same_on_sockets_and_in_memory(
    row: Row, idempotency: bool, carrier: Carrier, matrix: Matrix
) -> None:
    clock = TurnClock()
    cells = await on_sockets(row, OPERATIONS, carrier, clock, idempotency=idempotency)
    expected = [matrix[row.name, operation.name, idempotency] for operation in OPERATIONS]
    assert cells == expected
