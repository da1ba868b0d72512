"""What a batch may spend, and how it ends if money or the service is missing."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from astria_async import BatchStoppedError
from astria_async.testing import FakeAstria, fail

from ...support.batches import World, rows

pytestmark = pytest.mark.anyio
PROMPTS = "POST /tunes/*/prompts"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_budget_is_never_exceeded(world: World) -> None:
    [one] = await world.run(rows(1))
    assert one.cost is not None
    most = one.cost * 5 + one.cost / 2
    with pytest.raises(BatchStoppedError, match="max_cost") as caught:
        await world.run(rows(20), max_cost=most)
    assert caught.value.reason == "budget"
    assert len(world.fake.prompts) == 5
    await world.run(rows(20))
    world.check(20)


async def test_first_row_of_an_unknown_price_goes_alone(world: World) -> None:
    with pytest.raises(BatchStoppedError):
        await world.run(rows(9, num_images=8), max_cost=Decimal("0.01"))
    assert len(world.fake.prompts) == 1


async def test_price_that_is_given_is_obeyed(world: World) -> None:
    with pytest.raises(BatchStoppedError):
        await world.run(rows(3), max_cost=Decimal("0.01"), price=Decimal("0.02"))
    assert len(world.fake.prompts) == 0


async def test_empty_balance_is_waited_out_and_continued(world: World) -> None:
    world.fake = FakeAstria(clock=world.clock, balance_mc=0)
    with pytest.raises(BatchStoppedError) as caught:
        await world.run(rows(3), patience=300)
    assert caught.value.reason == "balance"
    world.fake.account("sd_test").balance_mc = 10**7
    await world.run(rows(3))
    world.check(3)


async def test_outage_ends_the_batch_and_goes_on_later(world: World) -> None:
    world.fake.rule(PROMPTS, fail(503))
    with pytest.raises(BatchStoppedError) as caught:
        await world.run(rows(4), patience=600)
    assert caught.value.reason == "outage"
    world.fake.clear_faults()
    await world.run(rows(4))
    world.check(4)
