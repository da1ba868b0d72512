"""What a client knows of the objects that it made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from astria_async import Request
from astria_async.middleware.record import CallRecord
from astria_async.middleware.recovery import own_objects
from astria_async.middleware.recovery.own_objects import OwnObjects, intent_of
from astria_async.testing import VirtualClock


@pytest.fixture
def time() -> VirtualClock:
    return VirtualClock(auto=False)


@pytest.fixture
def made(time: VirtualClock, order: Callable[..., Request]) -> Callable[..., CallRecord]:
    """`made(own, 5, began=1.0)`: a create that began then was answered now with this object."""

    def make(
        own: OwnObjects, number: int, *, began: float, seed: Any = 7, age: float | None = 0.0, **more: Any
    ) -> CallRecord:
        request = order(7, **more)
        record = CallRecord(time, request, began, time.now())
        item = {"id": number, "seed": seed}
        if age is not None:
            item["created_at"] = (time.now() - timedelta(seconds=age)).isoformat()
        own.made(request, record, item, time.now())
        return record

    return make


def test_an_object_belongs_to_one_intent(made: Any) -> None:
    own = OwnObjects()
    record = made(own, 5, began=0.0)
    mine = intent_of(record.request, record)
    assert not own.is_anothers("prompt", 5, mine)
    assert own.is_anothers("prompt", 5, "another")
    assert not own.is_anothers("tune", 5, "another")
    assert not own.is_anothers("prompt", 6, "another")


def test_calls_of_one_key_are_one_intent(made: Any) -> None:
    own = OwnObjects()
    one, other = made(own, 5, began=0.0), made(own, 6, began=0.0)
    assert intent_of(one.request, one) != intent_of(other.request, other)
    one, other = made(own, 5, began=0.0, intent="k"), made(own, 6, began=0.0, intent="k")
    assert intent_of(one.request, one) == intent_of(other.request, other) == "k"


@pytest.mark.anyio
async def test_own_objects_bound_what_is_older_and_newer(made: Any, time: VirtualClock) -> None:
    own = OwnObjects()
    for number in range(10, 20):
        began = time.monotonic()
        await time.advance(2.0)
        made(own, number, began=began)
    assert own.newest_before("prompt", 6.0) == 11  # at the same instant nothing tells which came first
    assert own.newest_before("prompt", 6.1) == 12
    assert own.newest_before("prompt", 1.0) is None
    assert own.oldest_since("prompt", 6.0) == 14
    assert own.oldest_since("prompt", 6.1) == 14
    assert own.oldest_since("prompt", 50.0) is None
    assert own.newest_before("tune", 50.0) is None


@pytest.mark.anyio
async def test_an_object_that_was_there_before_says_nothing_of_when(made: Any, time: VirtualClock) -> None:
    own = OwnObjects()
    await time.advance(100.0)
    made(own, 5, began=99.0, age=86400.0)
    made(own, 6, began=99.0, age=None)
    made(own, 7, began=99.0, age=60.0)
    assert own.oldest_since("prompt", 0.0) is None
    await time.advance(2.0)
    made(own, 8, began=101.0)
    await time.advance(2.0)
    made(own, 8, began=103.0)  # the same once more
    assert own.oldest_since("prompt", 0.0) == 8
    assert own.oldest_since("prompt", 102.0) is None


@pytest.mark.parametrize(
    ("came", "unshown"), [(7, None), ("7", None), (8, "seed"), (None, "seed"), (True, "seed"), ([], "seed")]
)
def test_one_object_shows_whether_seeds_are_echoed(came: Any, unshown: Any, made: Any, order: Any) -> None:
    own = OwnObjects()
    assert own.unshown(order(1)) is None
    made(own, 5, began=0.0, seed=came)
    assert own.unshown(order(1)) == unshown


def test_only_ones_own_objects_in_a_list_show_it(made: Any, order: Any) -> None:
    own = OwnObjects()
    made(own, 5, began=0.0)
    own.check_echo("prompt", {"id": 6, "seed": None})
    own.check_echo("tune", {"id": 5})
    own.check_echo("prompt", {"id": 5, "seed": 7})
    assert own.unshown(order(1)) is None
    own.check_echo("prompt", {"id": 5, "seed": None})
    assert own.unshown(order(1)) == "seed"


@pytest.mark.parametrize("answer", [{"message": "Prompts created"}, {"prompt_ids": []}, {"prompt_ids": 5}, {}])
def test_run_that_names_no_prompts_makes_the_packs_uncertain(answer: Any, order: Any, time: VirtualClock) -> None:
    own, request = OwnObjects(), order(None, expect={"base_pack_id": 7}, identity=None)
    assert not own.has_unnamed_run({"base_pack_id": 7}, -1.0)
    own.ran(request, CallRecord(time, request, 0.0, time.now()), answer)
    assert own.has_unnamed_run({"base_pack_id": 7}, 0.0)
    assert not own.has_unnamed_run({"base_pack_id": 7}, 1.0)
    assert not own.has_unnamed_run({"base_pack_id": 8}, 0.0)


def test_a_run_claims_the_prompts_that_it_names(order: Any, time: VirtualClock) -> None:
    own, request = OwnObjects(), order(None, expect={"base_pack_id": 7}, identity=None)
    own.ran(request, CallRecord(time, request, 0.0, time.now()), {"prompt_ids": [1, "2", None, True, 3]})
    assert [number for number in range(5) if own.is_anothers("prompt", number, "x")] == [1, 3]
    assert not own.has_unnamed_run({"base_pack_id": 7}, 0.0)


@pytest.mark.anyio
async def test_what_is_remembered_is_bounded(made: Any, time: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_objects, "REMEMBERED", 3)
    own = OwnObjects()
    for number in range(1, 9):
        made(own, number, began=time.monotonic())
        await time.advance(0.1)
    assert [number for number in range(1, 9) if own.is_anothers("prompt", number, "x")] == [6, 7, 8]
    assert own.oldest_since("prompt", -1.0) == 1
    assert own.newest_before("prompt", 9.0) == 1  # one a second is enough
