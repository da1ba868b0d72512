"""What a batch may spend, and how it ends if money or the service is missing."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from random import Random

import pytest

from astria_async import BatchStoppedError
from astria_async.batch import Batch, BatchItem
from astria_async.testing import FakeAstria, fail

from ...support.batches import BASE, World, rows

pytestmark = pytest.mark.anyio
PROMPTS = "POST /tunes/*/prompts"


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


async def test_earlier_tries_count(world: World) -> None:
    items = [BatchItem(tune=BASE, params={"text": "a [[fail]]"}, key="broken")]
    await world.run(items)
    await world.run(items, retry_failed=True)
    async with world.client() as astria, Batch(astria, world.folder / "run.db") as batch:
        totals = await batch.totals()
    assert totals.spent_mc == sum(prompt.cost_mc for prompt in world.fake.prompts)
    assert len(world.fake.prompts) == 2


async def test_random_prices_and_kills_never_exceed_the_limit(world: World) -> None:
    draw = Random(7)
    items = [BatchItem(tune=BASE, params={"text": f"garden {n}", "num_images": draw.randint(1, 8)}) for n in range(60)]
    dearest = Decimal("0.184")  # of a row with 8 images
    for most in (Decimal("1.5"), Decimal("2.7"), Decimal("4.1")):
        for killed_after in (3, 1, 4):
            with suppress(BatchStoppedError):
                await world.run(items, most=killed_after, max_cost=most, price=dearest)
        with suppress(BatchStoppedError):
            await world.run(items, max_cost=most, price=dearest)
        spent = Decimal(sum(prompt.cost_mc for prompt in world.fake.prompts)) / 100_000
        assert most / 2 < spent <= most
