"""Runs, kills, faults and edits of the input in any order: one prompt for each row and try, and none is lost."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astria_async.batch import BatchItem
from astria_async.testing import drop, fail, ok, processed_later, processed_then, rate_limited

from ...support.batches import BASE, World

FAULTS = (processed_then(504), processed_later(504, 2.5), drop(processed=True), drop(), fail(500), rate_limited(), ok())
texts = st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=8)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.one_of(st.none(), st.integers(1, 4))),
        st.tuples(st.just("kill"), st.floats(0.01, 90)),
        st.tuples(st.just("fault"), st.integers(0, len(FAULTS) - 1)),
        st.tuples(st.just("add"), texts),
        st.tuples(st.just("reverse"), st.none()),
    ),
    max_size=8,
)


def items_of(words: list[str]) -> list[BatchItem]:
    return [BatchItem(tune=BASE, params={"text": word, "num_images": 1}) for word in words]


async def kill_after(world: World, words: list[str], seconds: float) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(world.run, items_of(words))
        await world.clock.sleep(seconds)
        tasks.cancel_scope.cancel()


async def follow(folder: Path, words: list[str], plan: list[tuple[str, Any]]) -> None:
    world = World(folder)
    for what, how in plan:
        if what == "run":
            await world.run(items_of(words), most=how)
        elif what == "kill":
            await kill_after(world, words, how)
        elif what == "fault":
            world.fake.script("POST /tunes/*/prompts", FAULTS[how])
        elif what == "add":
            words = words + how
        else:
            words = words[::-1]
    await world.run(items_of(words))
    world.check(len(words))
    assert sorted(prompt.params["text"] for prompt in world.fake.prompts) == sorted(words)


@pytest.mark.hypothesis
@settings(max_examples=20)
@given(words=texts, plan=steps)
def test_each_row_is_one_prompt(words: list[str], plan: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        anyio.run(follow, Path(folder), words, plan)
