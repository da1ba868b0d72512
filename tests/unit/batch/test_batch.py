"""A batch: each row is created once, whatever is killed, lost or refused in between."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from astria_async import (
    AsyncAstria,
    ConfigurationError,
    GenerationFailedError,
    ParameterError,
    ValidationError,
)
from astria_async.batch import Batch, BatchItem
from astria_async.testing import (
    MockTransport,
    drop,
    fail,
    ok,
    processed_later,
    processed_then,
    rate_limited,
)

from ...support.batches import BASE, World, rows

pytestmark = pytest.mark.anyio
PROMPTS = "POST /tunes/*/prompts"


async def test_batch_brings_every_row_with_its_images(world: World) -> None:
    results = await world.run(rows(30))
    assert {result.error for result in results} == {None}
    assert sorted(result.prompt.text or "" for result in results if result.prompt) == sorted(
        f"garden {n}" for n in range(30)
    )
    assert all(result.files and all(path.is_file() for path in result.files) for result in results)
    assert all(result.cost for result in results)
    world.check(30)


async def test_second_run_does_nothing_again(world: World) -> None:
    await world.run(rows(10))
    before = len(world.fake.requests)
    assert await world.run(list(reversed(rows(10)))) == []
    assert [record for record in world.fake.requests][before:] == [] or len(world.fake.requests) - before <= 1
    world.check(10)


async def test_longer_input_is_continued(world: World) -> None:
    await world.run(rows(10))
    assert len(await world.run(rows(15))) == 5
    world.check(15)


@pytest.mark.parametrize("most", [1, 4, 9])
async def test_broken_run_is_continued(most: int, world: World) -> None:
    first = await world.run(rows(25), most=most)
    second = await world.run(rows(25))
    assert {result.error for result in second} == {None}
    assert len(first) == most
    world.check(25)


@pytest.mark.parametrize(
    "fault",
    [processed_then(504), processed_later(504, 2.5), drop(processed=True), fail(500), fail(503), rate_limited()],
)
async def test_faults_are_survived(fault: Any, world: World) -> None:
    world.fake.script(PROMPTS, *[fault, ok(), ok()] * 5)
    results = await world.run(rows(30))
    assert {result.error for result in results} == {None}
    world.check(30)


async def test_killed_while_objects_appear_late(world: World) -> None:
    world.fake.script(PROMPTS, *[processed_later(504, 2.5)] * 12)
    items = rows(12)

    async def kill_after(seconds: float) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(world.run, items)
            await world.clock.sleep(seconds)
            tasks.cancel_scope.cancel()

    await kill_after(0.5)
    await kill_after(1.0)
    await world.run(items)
    world.check(12)


async def test_lost_ledger_orders_nothing_again(world: World) -> None:
    await world.run(rows(8), most=5)
    for path in world.folder.glob("run.db*"):
        path.unlink()
    await world.run(rows(9))
    world.check(9)
    await world.run(rows(10))
    world.check(10)


async def test_name_that_cannot_be_read_is_refused(world: World) -> None:
    await world.run(rows(1))
    for path in world.folder.glob("run.db*"):
        path.unlink()
    (world.folder / "out/run.json").write_text("{")
    with pytest.raises(ConfigurationError, match="^out: .*run.json cannot be read; restore it"):
        await world.run(rows(1))


async def test_equal_rows_are_all_made(world: World) -> None:
    items = [BatchItem(tune=BASE, params={"text": "a garden"}) for _ in range(6)]
    await world.run(items[:4], most=2)
    await world.run(items)
    world.check(6)
    assert len({prompt.seed for prompt in world.fake.prompts}) == 6


async def test_refused_row_is_a_result(world: World) -> None:
    world.fake.script(PROMPTS, fail(422, {"text": ["is bad"]}))
    results = await world.run(rows(4))
    assert [type(result.error) for result in results if result.error] == [ValidationError]
    assert len(results) == 4
    assert await world.run(rows(4)) == []


async def test_row_that_failed_is_a_result(world: World) -> None:
    items = [*rows(4), BatchItem(tune=BASE, params={"text": "a [[fail]]"}, key="broken")]
    results = await world.run(items)
    [failed] = [result for result in results if result.error]
    assert failed.key == "broken"
    assert isinstance(failed.error, GenerationFailedError)
    assert failed.item is items[-1]
    assert await world.run(items) == []


async def test_failed_rows_are_ordered_again_on_request(world: World) -> None:
    items = [BatchItem(tune=BASE, params={"text": "a [[fail]]"}, key="broken")]
    await world.run(items)
    [again] = await world.run(items, retry_failed=True)
    assert isinstance(again.error, GenerationFailedError)
    assert len(world.fake.prompts) == 2
    assert len({prompt.seed for prompt in world.fake.prompts}) == 2
    assert len(world.lines) == 1


async def test_bad_items_are_results_of_their_own(world: World) -> None:
    items = [
        BatchItem(tune=BASE, params={"txt": "a"}, key="name"),
        BatchItem(tune=BASE, params={"text": "a", "num_images": 9}, key="range"),
        BatchItem(tune=BASE, params={"text": "a"}, key="twice"),
        BatchItem(tune=BASE, params={"text": "b"}, key="twice"),
    ]
    results = {result.key: result.error for result in await world.run(items) if result.error}
    assert {type(error) for error in results.values()} == {ParameterError}
    assert "txt" in str(results["name"])
    assert "num_images" in str(results["range"])
    assert str(results["twice"]) == "key: 'twice' is used twice; give each row its own key, or none"
    assert len(world.fake.prompts) == 1


async def test_changed_row_of_a_key_is_refused(world: World) -> None:
    await world.run([BatchItem(tune=BASE, params={"text": "a"}, key="one")])
    [result] = await world.run([BatchItem(tune=BASE, params={"text": "b"}, key="one")])
    assert "give the changed row another key" in str(result.error)
    assert len(world.fake.prompts) == 1


async def test_ledger_of_one_process_is_refused_to_another(world: World) -> None:
    async with world.client() as astria:
        async with Batch(astria, world.folder / "run.db"):
            with pytest.raises(ConfigurationError, match="used by another batch"):
                async with Batch(astria, world.folder / "run.db"):
                    pass
        async with Batch(astria, world.folder / "run.db"):
            pass


async def test_ledger_of_another_account_is_refused(world: World) -> None:
    await world.run(rows(1))
    async with AsyncAstria("sd_other", transport=MockTransport(world.fake), clock=world.clock) as astria:
        with pytest.raises(ConfigurationError, match="is of the account"):
            async with Batch(astria, world.folder / "run.db"):
                pass


async def test_ledger_of_another_workspace_is_refused(world: World) -> None:
    await world.run(rows(1))
    async with world.client(workspace_id=7) as astria:
        with pytest.raises(ConfigurationError, match="is of the workspace None, and this client of 7"):
            async with Batch(astria, world.folder / "run.db"):
                pass


async def test_async_items_are_taken_as_needed(world: World) -> None:
    taken = 0

    async def items() -> Any:
        nonlocal taken
        for item in rows(500):
            taken += 1
            yield item

    async with world.client() as astria, Batch(astria, world.folder / "run.db", window=10) as batch:
        async for _ in batch.run(items()):
            assert taken <= 200
            break
    assert taken <= 200


async def test_totals_count_all_runs(world: World) -> None:
    await world.run(rows(3))
    async with world.client() as astria, Batch(astria, world.folder / "run.db") as batch:
        totals = await batch.totals()
        results = [result async for result in batch.results()]
    assert (totals.done, totals.failed, totals.waiting, totals.handed) == (3, 0, 0, 0)
    assert totals.images == len(world.images)
    assert totals.spent_mc == sum(prompt.cost_mc for prompt in world.fake.prompts)
    assert [result.state for result in results] == ["done"] * 3
