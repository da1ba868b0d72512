"""What belongs to one event loop: made once for each, dropped with it, safe with a loop in each of several threads."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections import Counter

import anyio
import pytest
from anyio.lowlevel import EventLoopToken, current_token

from astria_async._runtime.loops import PerLoop, run_soon

from ...support.threads import THREADS, run_at_once


class Value:
    """Something that belongs to a loop, and holds it, as a connection does."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()


async def get_from(values: PerLoop[object]) -> object:
    return values.get()


@pytest.mark.anyio
async def test_a_loop_gets_the_same_value_each_time() -> None:
    values: PerLoop[object] = PerLoop(object)
    assert values.get() is values.get()
    taken = values.get()
    assert values.pop() is taken
    assert values.pop() is None
    assert values.get() is not taken


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_each_loop_gets_its_own_and_last_one_is_forgotten(backend: str) -> None:
    forgotten: list[object] = []
    values: PerLoop[object] = PerLoop(object, forget=forgotten.append)
    seen = []
    for _ in range(3):
        seen.append(anyio.run(get_from, values, backend=backend))
        gc.collect()  # a loop of trio is known to be gone once it is collected
    assert len(set(map(id, seen))) == 3
    assert forgotten == seen[:2]


def test_a_value_that_holds_its_loop_is_dropped_too() -> None:
    forgotten: list[Value] = []
    values: PerLoop[Value] = PerLoop(Value, forget=forgotten.append)
    for _ in range(3):
        asyncio.run(get_from(values))  # type: ignore[arg-type]
    assert len(forgotten) == 2
    assert all(value.loop.is_closed() for value in forgotten)


def test_taking_a_value_out_drops_those_of_closed_loops() -> None:
    forgotten: list[object] = []
    values: PerLoop[object] = PerLoop(object, forget=forgotten.append)
    first = asyncio.run(get_from(values))

    async def pop() -> object:
        return values.pop()

    assert asyncio.run(pop()) is None
    assert forgotten == [first]


def test_the_value_of_a_loop_that_only_rests_is_kept() -> None:
    values: PerLoop[object] = PerLoop(object)
    with asyncio.Runner() as resting:
        value = resting.run(get_from(values))
        asyncio.run(get_from(values))
        assert resting.run(get_from(values)) is value


def test_cleaning_up_a_closed_loop_fails_no_other_call() -> None:
    def break_down(value: object) -> None:
        raise RuntimeError("Event loop is closed")

    values: PerLoop[object] = PerLoop(object, forget=break_down)
    asyncio.run(get_from(values))
    assert asyncio.run(get_from(values)) is not None


def test_cleaning_up_may_use_another_loop_in_another_thread() -> None:
    """The lock is not held meanwhile."""
    others: list[object] = []

    def forget(value: object) -> None:
        thread = threading.Thread(target=lambda: others.append(asyncio.run(get_from(values))), daemon=True)
        thread.start()
        thread.join(timeout=30)

    values: PerLoop[object] = PerLoop(object, forget=forget)
    asyncio.run(get_from(values))
    asyncio.run(get_from(values))
    assert others


def test_error_in_making_a_value_is_raised_as_it_is() -> None:
    problem = ValueError("no")
    steps: list[object] = [problem, "made"]

    def make() -> object:
        step = steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    values = PerLoop(make)

    async def twice() -> object:
        with pytest.raises(ValueError, match="no"):
            values.get()
        return values.get()

    assert asyncio.run(twice()) == "made"
    assert problem.__context__ is None


def test_loops_in_many_threads_do_not_disturb_each_other() -> None:
    forgotten: Counter[int] = Counter()
    made: list[Value] = []
    errors: list[BaseException] = []

    def make() -> Value:
        value = Value()
        made.append(value)  # others append meanwhile: the last of the list may be theirs
        return value

    values = PerLoop(make, forget=lambda value: forgotten.update([id(value)]))
    light: PerLoop[object] = PerLoop(object)  # these do not hold their loops, which vanish at any moment

    async def check() -> None:
        assert light.get() is light.get()
        value = values.get()
        assert value.loop is asyncio.get_running_loop()
        await asyncio.sleep(0)
        assert values.get() is value

    def work() -> None:
        try:
            for _ in range(40):
                asyncio.run(check())
        except BaseException as error:  # noqa: BLE001 -- handed to the thread that asserts
            errors.append(error)

    run_at_once(work)
    asyncio.run(check())
    assert not errors
    assert len(made) == THREADS * 40 + 1
    assert len(forgotten) == THREADS * 40
    assert set(forgotten.values()) == {1}


def test_the_values_of_all_loops_can_be_seen() -> None:
    values: PerLoop[object] = PerLoop(object)
    with asyncio.Runner() as one, asyncio.Runner() as other:
        made = [runner.run(get_from(values)) for runner in (one, other)]
        assert values.values() == made


@pytest.mark.anyio
async def test_a_loop_runs_what_another_thread_asks_for() -> None:
    done, token = anyio.Event(), current_token()
    await anyio.to_thread.run_sync(lambda: run_soon(token, done.set))
    with anyio.fail_after(30):
        await done.wait()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_loop_that_has_ended_runs_nothing_and_raises_nothing(backend: str) -> None:
    async def own() -> EventLoopToken:
        return current_token()

    done: list[int] = []
    run_soon(anyio.run(own, backend=backend), done.append, 1)
    assert not done
