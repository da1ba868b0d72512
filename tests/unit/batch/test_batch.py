"""A batch: each row is created once, whatever is killed, lost or refused in between."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest
from attrs import define, field

from astria_async import (
    AsyncAstria,
    BatchStoppedError,
    ConfigurationError,
    GenerationFailedError,
    ParameterError,
    ValidationError,
)
from astria_async.batch import Batch, BatchItem, BatchResult
from astria_async.testing import (
    FakeAstria,
    MockTransport,
    VirtualClock,
    drop,
    fail,
    ok,
    processed_later,
    processed_then,
    rate_limited,
)

pytestmark = pytest.mark.anyio
BASE = 690204
PROMPTS = "POST /tunes/*/prompts"


@define
class World:
    """A service, a folder, and the time that both have; each run has a client of its own, as a process has."""

    folder: Path
    clock: VirtualClock = field(factory=VirtualClock)
    fake: FakeAstria = field(init=False)
    batch: Batch | None = None

    def __attrs_post_init__(self) -> None:
        self.fake = FakeAstria(clock=self.clock)

    def client(self, **options: Any) -> AsyncAstria:
        return AsyncAstria("sd_test", transport=MockTransport(self.fake), clock=self.clock, **options)

    async def run(
        self, items: Sequence[BatchItem], *, most: int | None = None, until: Callable[[BatchResult], bool] | None = None,
        **options: Any,
    ) -> list[BatchResult]:  # fmt: skip
        """The results of a run; it is broken off after `most` of them, as a killed process is."""
        results: list[BatchResult] = []
        async with self.client() as astria:
            with anyio.CancelScope() as scope:
                async with Batch(astria, self.folder / "run.db", out=self.folder / "out", **options) as self.batch:
                    async for result in self.batch.run(items):
                        results.append(result)
                        if most is not None and len(results) >= most:
                            scope.cancel()
                            await anyio.lowlevel.checkpoint()
        return results

    @property
    def lines(self) -> list[Any]:
        text = (self.folder / "out/results.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]

    @property
    def images(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "out/images").iterdir() if not path.name.startswith("."))

    def check(self, rows: int) -> None:
        """Service, ledger, results and disk agree."""
        assert len(self.fake.prompts) == rows
        assert len(self.lines) == rows
        assert len({line["prompt"] for line in self.lines}) == rows
        files = [name for line in self.lines for name in line["files"]]
        assert sorted(Path(name).name for name in files) == self.images
        assert all(line["files"] or line["error"] for line in self.lines)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def rows(count: int, **params: Any) -> list[BatchItem]:
    return [BatchItem(tune=BASE, params={"text": f"garden {n}", **params}) for n in range(count)]


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
        with pytest.raises(ConfigurationError, match="of the account"):
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
