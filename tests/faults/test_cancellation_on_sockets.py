"""A create over a real connection, cancelled at any moment: no connection and no slot is left, and the next call works."""

from __future__ import annotations

from itertools import count
from random import Random

import anyio
import pytest
from anyio.lowlevel import checkpoint

from astria_async import AsyncAstria, Limits, RetryPolicy

from ..support.transports import OURS, Carrier, over
from .clock import TurnClock
from .operations import OPERATIONS
from .script import ROWS, Row
from .service import TUNE, Service
from .sockets import served

pytestmark = over(OURS)

CREATE = OPERATIONS[0]
#: Its own answer, a lost answer that is looked up, and connections that end in the middle of things.
CHOSEN = ("30 s of silence, then the answer", "504, processed", "reset during the body", "429, Retry-After: 7")
#: Where threads carry a request, it may take any number of turns: it is cancelled at these only.
TURNS_WITH_THREADS = 40


@pytest.mark.parametrize("row", [row for row in ROWS if row.name in CHOSEN], ids=lambda row: row.name)
async def test_creates_cancelled_after_some_turns_leave_no_connection(row: Row, carrier: Carrier) -> None:
    for steps in count():
        if await created_within(steps, row, carrier) or (not carrier.cuts and steps == TURNS_WITH_THREADS):
            break
    assert steps > 8


async def created_within(steps: int, row: Row, carrier: Carrier) -> bool:
    """Let a create have so many turns of the loop, look at what is left of it, and tell whether it was done by then."""
    clock, ids = TurnClock(), list[int | None]()
    async with served(clock) as server:
        server.service = Service(row, CREATE.is_operation, clock=clock, idempotency=False, origin=server.url)
        async with AsyncAstria(
            "sd_test", base_url=server.url, transport=carrier.make(clock), clock=clock, random=Random(7),
            retry=RetryPolicy(jitter=0.0), limits=Limits(max_in_flight=1),
        ) as astria:  # fmt: skip

            async def create() -> None:
                ids.append(await CREATE.call(astria))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(create)
                for _ in range(steps):
                    await checkpoint()
                tasks.cancel_scope.cancel()
            left = astria.statistics()
            assert (left.in_flight, left.waiting) == (0, 0)
            assert (await astria.tunes.retrieve(TUNE)).id == TUNE
        if carrier.cuts:
            await server.all_closed()
        made = [tune["id"] for tune in server.service.tunes if tune["id"] != TUNE]
        assert len(made) <= 1
        assert ids in ([], made)
    return bool(ids)
