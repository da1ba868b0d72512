"""Slots and queues: polls and other calls share what there is, in any combination of slots, rate and cool-down."""

from __future__ import annotations

from math import ceil

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astria_async.middleware._adaptive_limit import AdaptiveLimit
from astria_async.testing import VirtualClock

POLL, CALL = True, False


def limit_of(slots: int, clock: VirtualClock, *, share: float = 0.25, spacing: float = 0.0) -> AdaptiveLimit:
    return AdaptiveLimit(clock=clock, slots=slots, polling_share=share, spacing=spacing)


class Run:
    """Two crowds that want slots all the time, and in which order they got them."""

    def __init__(self, limit: AdaptiveLimit, clock: VirtualClock, *, seconds: dict[bool, float]) -> None:
        self.limit = limit
        self.clock = clock
        self.seconds = seconds
        self.order: list[bool] = []
        self.waiting, self.busy = {CALL: 0, POLL: 0}, {CALL: 0, POLL: 0}
        self.passed_over, self.longest = {CALL: 0, POLL: 0}, {CALL: 0, POLL: 0}
        self.pauses: dict[int, float] = {}  # after the attempt of this number

    async def attempt(self, is_poll: bool) -> None:
        self.waiting[is_poll] += 1
        lease = self.limit.acquire_nowait(is_poll) or await self.limit.acquire(is_poll)
        self.waiting[is_poll] -= 1
        self._count_passed_over(not is_poll)
        self.passed_over[is_poll] = 0
        self.busy[is_poll] += 1
        self.order.append(is_poll)
        number = len(self.order)
        if self.seconds[is_poll]:
            await self.clock.sleep(self.seconds[is_poll])
        pause = self.pauses.get(number)
        self.busy[is_poll] -= 1
        self.limit.release(lease, "answered" if pause is None else "refused", pause or 0.0)

    def _count_passed_over(self, kind: bool) -> None:
        """How many of the other kind started in a row while this kind waited, and had less than its share of slots."""
        share = self.limit.polling_share if kind is POLL else 1 - self.limit.polling_share
        waits_for_its_turn = self.waiting[kind] and self.busy[kind] < ceil(self.limit.slots * share)
        self.passed_over[kind] = self.passed_over[kind] + 1 if waits_for_its_turn else 0
        self.longest[kind] = max(self.longest[kind], self.passed_over[kind])

    async def all_of(self, *, calls: int, polls: int) -> None:
        async with anyio.create_task_group() as tasks:
            for number in range(max(calls, polls)):
                if number < calls:
                    tasks.start_soon(self.attempt, CALL)
                if number < polls:
                    tasks.start_soon(self.attempt, POLL)


@pytest.mark.anyio
@pytest.mark.parametrize("seconds", [0.0, 0.001, 1.0])
@pytest.mark.parametrize("rate", [None, 400.0])
@pytest.mark.parametrize("slots", [1, 2, 3, 7, 64])
async def test_polls_get_their_share_of_what_is_sent(
    slots: int, rate: float | None, seconds: float, clock: VirtualClock
) -> None:
    limit = limit_of(slots, clock, spacing=0.0 if rate is None else 1 / rate)
    limit.resume_at = 1.0  # so that both kinds wait from the beginning
    run = Run(limit, clock, seconds={CALL: seconds, POLL: seconds})
    await run.all_of(calls=80, polls=80)
    assert 0.22 <= sum(run.order[:80]) / 80 <= 0.28
    assert limit.in_flight == limit.waiting == 0


@pytest.mark.anyio
@pytest.mark.parametrize("slow", [POLL, CALL])
async def test_slow_attempts_of_one_kind_leave_the_other_its_slots(slow: bool, clock: VirtualClock) -> None:
    limit, quick = limit_of(8, clock), not slow
    limit.resume_at = 1.0
    run = Run(limit, clock, seconds={slow: 1000.0, quick: 1.0})
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: run.all_of(calls=60, polls=60))
        await clock.advance(62.0)
        # All quick ones are through, at 2 or 6 at a time, while the slow ones hold no more than the rest.
        assert run.order.count(quick) == 60
        tasks.cancel_scope.cancel()


@pytest.mark.anyio
async def test_a_kind_that_comes_late_starts_before_those_that_wait(clock: VirtualClock) -> None:
    limit = limit_of(1, clock)
    run = Run(limit, clock, seconds={CALL: 1.0, POLL: 1.0})
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: run.all_of(calls=20, polls=0))
        await clock.advance(5.5)
        tasks.start_soon(run.attempt, POLL)
    assert run.order.index(POLL) == 6


@pytest.mark.anyio
async def test_kind_away_does_not_get_all_that_it_missed(clock: VirtualClock) -> None:
    limit = limit_of(1, clock)
    run = Run(limit, clock, seconds={CALL: 1.0, POLL: 1.0})
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: run.all_of(calls=60, polls=0))
        await clock.advance(39.5)
        tasks.start_soon(lambda: run.all_of(calls=0, polls=20))
    assert sum(run.order[40:52]) == 4


@pytest.mark.anyio
async def test_single_poller_gets_its_share_of_one_slot(clock: VirtualClock) -> None:
    limit = limit_of(1, clock)
    run = Run(limit, clock, seconds={CALL: 1.0, POLL: 1.0})

    async def poll_for_ever() -> None:
        while True:
            await run.attempt(POLL)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: run.all_of(calls=100, polls=0))
        tasks.start_soon(poll_for_ever)
        await clock.advance(100.5)
        tasks.cancel_scope.cancel()
    assert 0.2 <= sum(run.order[:100]) / 100 <= 0.3


@pytest.mark.anyio
async def test_slots_are_used_when_the_next_in_turn_is_cancelled(clock: VirtualClock) -> None:
    limit = limit_of(1, clock)
    run = Run(limit, clock, seconds={CALL: 1.0, POLL: 1.0})
    scope = anyio.CancelScope()

    async def cancelled_in_time() -> None:
        with scope:
            await run.attempt(POLL)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: run.all_of(calls=3, polls=0))
        await clock.advance(0.5)
        tasks.start_soon(cancelled_in_time)
        await clock.advance(0.25)
        scope.cancel()
    assert run.order == [CALL, CALL, CALL]
    assert clock.monotonic() == 3


# --- Any combination.

seconds_of_an_answer = st.sampled_from([0.0, 0.01, 0.3, 2.0])
pauses = st.dictionaries(st.integers(1, 60), st.sampled_from([0.0, 0.5, 5.0]), max_size=6)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@given(
    slots=st.integers(1, 6),
    rate=st.sampled_from([None, 0.5, 3.0, 100.0]),
    share=st.sampled_from([0.05, 0.25, 0.4, 0.5, 0.9]),
    seconds=st.fixed_dictionaries({CALL: seconds_of_an_answer, POLL: seconds_of_an_answer}),
    pauses=pauses,
)
@settings(max_examples=50)
def test_neither_kind_starves_in_any_combination(
    backend: str, slots: int, rate: float | None, share: float, seconds: dict[bool, float], pauses: dict[int, float]
) -> None:
    clock = VirtualClock()
    limit = limit_of(slots, clock, share=share, spacing=0.0 if rate is None else 1 / rate)
    limit.resume_at = 1.0
    run = Run(limit, clock, seconds=seconds)
    run.pauses = pauses
    anyio.run(lambda: run.all_of(calls=30, polls=30), backend=backend)
    assert run.order.count(CALL) == run.order.count(POLL) == 30
    assert limit.in_flight == limit.waiting == 0
    # What a kind owes at the most, and then its share.
    assert run.longest[POLL] <= ceil(1.5 / share) + 1
    assert run.longest[CALL] <= ceil(1.5 / (1 - share)) + 1
