"""How far a list is read, and what is kept of it."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async import Request, Response, UnknownOutcomeError
from astria_async.middleware.recovery.known_list import MAX_PAGES, PAGE, KnownList
from astria_async.middleware.recovery.own_objects import OwnObjects
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio
START = VirtualClock().now()


async def test_an_object_of_ones_own_bounds_the_reading_from_above(
    retry: Any, service: Any, order: Any, clock: VirtualClock
) -> None:
    server, once = service("made, lost"), retry()
    found: list[int] = []

    async def lost() -> None:
        found.append((await once(order(1), server)).json()["id"])

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lost)
        await clock.sleep(40)
        await once(order(2), server)
        for _ in range(6000):
            server.put(seed=9, text="another's")
    assert found == [1]
    assert server.lists[0].query["before_id"] == "2"
    assert len(server.lists) <= 2


async def test_old_object_that_create_returned_does_not_bound_reading(
    retry: Any, service: Any, order: Any, clock: VirtualClock
) -> None:
    server, once = service("made, lost"), retry()
    server.put(seed=99, text="old", age=86400)
    found: list[int] = []

    async def existing(request: Request) -> Response:
        answer: Response = await server(request)
        return Response.from_json(200, server.items[0], answer.headers)

    async def lost() -> None:
        found.append((await once(order(1), server)).json()["id"])

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lost)
        await clock.sleep(40)
        await once(order(99), existing)
    assert found == [2]


async def test_older_object_of_ones_own_bounds_the_reading_from_below(
    retry: Any, service: Any, order: Any, clock: VirtualClock
) -> None:
    server, once = service("made", "lost"), retry()
    for _ in range(500):
        server.put(seed=9, text="another's")
    server.change = lambda page: [{**item, "created_at": None} for item in page]
    await once(order(1), server)
    await clock.sleep(1)
    await once(order(2), server)
    assert len(server.lists) == 2


async def test_list_out_of_order_does_not_prove_absence(retry: Any, service: Any, order: Any) -> None:
    server = service("lost")
    server.put(seed=1, text="b")
    server.put(seed=2, text="c")
    server.change = lambda page: page[::-1]
    with pytest.raises(UnknownOutcomeError, match="did not come newest first"):
        await retry()(order(7), server)
    server = service("made, lost")
    server.put(seed=1, text="b")
    server.change = lambda page: page[::-1]
    assert (await retry()(order(8), server)).json()["id"] == 2


async def test_a_list_that_does_not_move_is_given_up(retry: Any, service: Any, order: Any) -> None:
    server = service("lost")
    server.put(seed=1, text="b")

    async def stuck(request: Request) -> Response:
        if request.method == "GET":
            server.calls.append(request)
            return Response.from_json(200, server.items)
        answer: Response = await server(request)
        return answer

    with pytest.raises(UnknownOutcomeError, match="the same page again"):
        await retry()(order(7), stuck)
    assert len(server.lists) == 2


async def test_a_reading_ends_after_a_bounded_number_of_pages(retry: Any, service: Any, order: Any) -> None:
    server, low = service("lost"), [10**9]

    async def endless(request: Request) -> Response:
        if request.method == "GET":
            server.calls.append(request)
            low[0] -= 1
            return Response.from_json(200, [{"id": low[0], "seed": 1}])
        answer: Response = await server(request)
        return answer

    with pytest.raises(UnknownOutcomeError, match=f"not among the newest {MAX_PAGES * PAGE}"):
        await retry()(order(7), endless)
    assert len(server.lists) == MAX_PAGES


async def test_pages_that_are_cut_do_not_end_a_reading(retry: Any, service: Any, order: Any) -> None:
    server = service("made, lost")

    async def busy(request: Request) -> Response:
        answer: Response = await server(request)
        if request.method == "POST":
            for _ in range(9):
                server.put(seed=9, text="another's")
        return answer

    server.change = lambda page: page[:2]
    assert (await retry()(order(7), busy)).json()["id"] == 1


@pytest.mark.parametrize("page", [{}, [1], [{"id": "1"}], [{"id": True}], [{}], [None], "x", None])
async def test_what_is_not_list_of_objects_leaves_outcome_unknown(
    page: Any, retry: Any, service: Any, order: Any
) -> None:
    server = service("made, lost")
    server.change = lambda _: page
    with pytest.raises(UnknownOutcomeError, match="gave no list"):
        await retry()(order(7), server)


JUNK = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
JUNK = JUNK | st.lists(JUNK, max_size=2) | st.dictionaries(st.text(max_size=3), JUNK, max_size=2)
ITEMS = st.fixed_dictionaries(
    {"id": st.integers(1, 50)},
    optional={name: JUNK for name in ("seed", "title", "created_at", "text", "tune_id", "order_id", "orig_prompt_id")},
)


@given(st.lists(ITEMS, max_size=6), st.sampled_from(["prompt", "tune"]))
def test_whatever_is_listed_can_be_kept_and_looked_through(items: Any, root: str) -> None:
    known = KnownList(root, VirtualClock(), OwnObjects())
    for item in items:
        known.put(item)
    assert {*known.items} == {item["id"] for item in items}
    kept = {number for numbers in known.by_key.values() for number in numbers} | known.without_key
    assert kept == {*known.items}
