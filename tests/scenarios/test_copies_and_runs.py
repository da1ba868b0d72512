"""Copies of prompts and runs of packs have no seed of ours: they are found by what they come from."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from astria_async import (
    Request,
    Response,
    UnknownOutcomeError,
)
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio
PICTURE = "https://example.com/1.jpg"


async def test_lost_copy_is_found_by_what_it_was_made_of(client: Any, shelf: Any) -> None:
    service = shelf(root="prompt")

    def copying(request: Request) -> Response:
        if request.method == "POST" and service.calls.count("POST /prompts/5/duplicate") == 0:
            service.calls.append(f"POST {request.path}")
            service.put(text="a garden", orig_prompt_id=5)
            return Response(status=504)
        answer: Response = service(request)
        return answer

    service.put(text="a garden", orig_prompt_id=5, age=3600)
    service.put(text="a garden", orig_prompt_id=6)
    assert (await client(copying).prompts.duplicate(5)).id == 3
    assert service.calls.count("POST /prompts/5/duplicate") == 1


async def test_two_copies_of_ones_own_are_never_one(client: Any, shelf: Any) -> None:
    fates = ["answered", "lost"]
    service = shelf(root="prompt")

    def copying(request: Request) -> Response:
        if request.method == "GET":
            answer: Response = service(request)
            return answer
        fate = fates.pop(0) if fates else "answered"
        if fate == "lost":
            return Response(status=504)
        return Response.from_json(201, service.put(text="a garden", orig_prompt_id=5))

    astria = client(copying)
    first = await astria.prompts.duplicate(5)
    second = await astria.prompts.duplicate(5)
    assert (first.id, second.id) == (1, 2)


class PackService:
    """A pack whose runs over tunes make a prompt a tune. `answer` is what it says about a run."""

    def __init__(self, shelf: Any, *fates: str, orders: bool = True) -> None:
        self.shelf, self.fates, self.orders, self.runs = shelf(root="prompt"), list(fates), orders, 0

    def __call__(self, request: Request) -> Response:
        if request.method == "GET":
            answer: Response = self.shelf(request)
            return answer
        self.runs += 1
        fate = self.fates.pop(0) if self.fates else "made"
        assert request.body is not None
        made = []
        if "made" in fate:
            order = self.runs if self.orders else None
            tune_ids = request.body.tree["tune"]["tune_ids"]
            made = [self.shelf.put(tune_id=tune, base_pack_id=7, order_id=order)["id"] for tune in tune_ids]
        if "lost" in fate:
            return Response(status=504)
        if "message" in fate:
            return Response.from_json(201, {"status": 201, "message": "Prompts created"})
        return Response.from_json(201, {"status": 201, "order": {"id": self.runs, "tune_ids": []}, "prompt_ids": made})


async def test_lost_run_over_tunes_is_found_by_pack_and_tunes(client: Any, shelf: Any) -> None:
    service = PackService(shelf, "made, lost")
    service.shelf.put(tune_id=1, base_pack_id=7, order_id=55, age=3600)
    service.shelf.put(tune_id=3, base_pack_id=7, order_id=56)  # of a run over another tune
    run = await client(service).packs.run(7, tune_ids=[1, 2])
    assert (run.order.id, run.prompt_ids, service.runs) == (1, (3, 4), 1)


async def test_a_lost_run_that_made_nothing_is_run_again(client: Any, shelf: Any) -> None:
    service = PackService(shelf, "lost")
    run = await client(service).packs.run(7, tune_ids=[1])
    assert (run.order.id, service.runs) == (2, 2)


async def test_a_run_never_gets_the_prompts_of_another_one(client: Any, shelf: Any) -> None:
    service = PackService(shelf, "made", "lost", "made")
    astria = client(service)
    first, second = await astria.packs.run(7, tune_ids=[1]), await astria.packs.run(7, tune_ids=[1])
    assert first.prompt_ids == (1,)
    assert second.prompt_ids == (2,)
    assert service.runs == 3


@pytest.mark.parametrize("fates", [("made, message", "lost"), ("made, lost", "made, lost")])
@pytest.mark.parametrize("orders", [True, False])
async def test_runs_that_nothing_tells_apart_are_left_to_callers(
    fates: tuple[str, ...], orders: bool, client: Any, shelf: Any, clock: VirtualClock
) -> None:
    service = PackService(shelf, *fates, orders=orders)

    async def slow(request: Request) -> Response:
        answer = service(request)
        await clock.sleep(1)
        return answer

    astria, results = client(slow), list[Any]()

    async def run() -> None:
        try:
            results.append((await astria.packs.run(7, tune_ids=[1])).prompt_ids)
        except UnknownOutcomeError:
            results.append(None)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        tasks.start_soon(run)
    assert service.runs == 2
    ids = [number for result in results if result for number in result]
    assert len(ids) == len({*ids})
