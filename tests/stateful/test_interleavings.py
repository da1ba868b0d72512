"""Calls, faults, cancellations and time in any order: at most one object an intent, and nothing left over."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from astria_async import AsyncAstria, Limits, RetryPolicy
from astria_async.testing import (
    FakeAstria,
    Fault,
    MockTransport,
    StoredPrompt,
    StoredTune,
    VirtualClock,
    delayed,
    drop,
    fail,
    processed_later,
    processed_then,
    rate_limited,
    truncated,
)

from .calls import (
    BASE_TUNE,
    Call,
    Watch,
    create_prompt,
    create_tune,
    list_tunes,
    mark_of,
)
from .hosts import HOSTS
from .parts import PARTS, play

STEPS = 50
POLICY = RetryPolicy()
#: Longer than any call may take, and any limiter's pause.
LONG = POLICY.max_elapsed + 200

#: Seconds that the service takes for its answer: within its own 30, or so many that the client gives up before.
AFTER = st.sampled_from([0.0, 0.0, 1.0, 30.0, 100.0])
STATUSES = st.sampled_from([500, 502, 503, 504])
FAULTS = st.one_of(
    st.builds(fail, st.sampled_from([403, 404, 422, 500, 502, 503, 504]), after=AFTER),
    st.builds(fail, st.just(200), st.just("<p>a page</p>")),
    st.builds(processed_then, STATUSES, after=AFTER),
    st.builds(processed_later, STATUSES, st.sampled_from([1.0, 20.0])),
    st.builds(rate_limited, st.sampled_from([None, 0, 7, 100_000])),
    st.builds(drop, st.booleans(), processed=st.booleans(), after=AFTER),
    st.builds(truncated, after=AFTER),
    st.builds(delayed, AFTER),
)
SEVERAL = st.lists(FAULTS, max_size=4)


class Interleavings(RuleBasedStateMachine):
    """One client, and the stand-in. The event loop stands still between two rules."""

    backend = "asyncio"

    @initialize(
        limit=st.integers(1, 5), adaptive=st.booleans(), idempotency=st.booleans(), seed=st.integers(0, 2**32),
        takes=st.sampled_from([0.0, 0.5, 5.0]),
    )  # fmt: skip
    def begin(self, limit: int, adaptive: bool, idempotency: bool, seed: int, takes: float) -> None:
        self.host = HOSTS[self.backend]()
        self.clock = VirtualClock(auto=False)
        self.fake = FakeAstria(clock=self.clock, account_idempotency=idempotency)
        self.watch = Watch(self.fake, self.clock, takes)
        self.limit = limit
        self.calls: list[Call] = []
        self.made: dict[str, set[int]] = {}
        self.astria = AsyncAstria(
            "sd_test", transport=MockTransport(self.watch), clock=self.clock, random=random.Random(seed),
            limits=Limits(max_in_flight=limit, adaptive=adaptive), account_idempotency=idempotency, retry=POLICY,
        )  # fmt: skip

    def start(self, kind: str, begin: Any) -> Call:
        call = Call(kind, f"call {len(self.calls)}", begin, began=self.clock.monotonic())
        call.cancel = self.host.spawn(lambda: call.run(self.astria, self.clock))
        self.calls.append(call)
        return call

    @property
    def running(self) -> list[Call]:
        return [call for call in self.calls if call.ended is None]

    # --- What may happen

    @rule(times=st.integers(1, 3), faults=SEVERAL, of_look_ups=SEVERAL)
    def create_tunes(self, times: int, faults: list[Fault], of_look_ups: list[Fault]) -> None:
        self.fake.script("POST /tunes", *faults)
        self.fake.script("GET /tunes", *of_look_ups)
        for _ in range(times):
            self.start("tune", create_tune)

    @rule(times=st.integers(1, 3), faults=SEVERAL, of_look_ups=SEVERAL)
    def create_prompts(self, times: int, faults: list[Fault], of_look_ups: list[Fault]) -> None:
        self.fake.script("POST /tunes/:id/prompts", *faults)
        self.fake.script("GET /prompts", *of_look_ups)
        for _ in range(times):
            self.start("prompt", create_prompt)

    @rule(number=st.integers(0, 99), deletes=st.booleans(), faults=SEVERAL)
    def touch(self, number: int, deletes: bool, faults: list[Fault]) -> None:
        """Read or delete a tune that a caller knows."""
        known = [call.result.id for call in self.calls if call.kind == "tune" and call.result is not None]
        if known:
            self.fake.script("DELETE *" if deletes else "GET /tunes/:id", *faults)
            tune = known[number % len(known)]
            method = self.astria.tunes.delete if deletes else self.astria.tunes.retrieve
            self.start("delete" if deletes else "retrieve", lambda astria, mark: method(tune))

    @rule(faults=SEVERAL)
    def list_tunes(self, faults: list[Fault]) -> None:
        self.fake.script("GET /tunes", *faults)
        self.start("list", list_tunes)

    @precondition(lambda self: self.running)
    @rule(number=st.integers(0, 99))
    def cancel(self, number: int) -> None:
        call = self.running[number % len(self.running)]

        async def step() -> None:
            call.cancel()

        self.host.run(step)
        if not call.is_under_way:  # it has had no turn yet, and on asyncio will never have one
            call.ended, call.was_cancelled = self.clock.monotonic(), True

    @rule(seconds=st.sampled_from([0.0, 0.5, 2.0, 10.0, 30.0, 60.0, 120.0, 300.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.host.run(lambda: self.clock.advance(seconds))

    # --- What must hold

    @invariant()
    def no_intent_has_two_objects_and_no_caller_was_told_a_lie(self) -> None:
        everything: list[StoredTune | StoredPrompt] = [*self.fake.tunes, *self.fake.prompts]
        for stored in everything:
            self.made.setdefault(mark_of(stored), set()).add(stored.id)
        wrong = [(call.kind, *call.wrongs(self.made.get(call.mark, set()))) for call in self.calls]
        assert not (lies := [one for one in wrong if len(one) > 1]), lies

    @invariant()
    def no_more_is_in_flight_than_may_be(self) -> None:
        assert self.watch.most <= self.limit

    @invariant()
    def no_call_takes_longer_than_its_time(self) -> None:
        now = self.clock.monotonic()
        longest = (
            max((now if call.ended is None else call.ended) - call.began for call in self.calls) if self.calls else 0
        )
        assert longest <= POLICY.max_elapsed + 1e-6

    def teardown(self) -> None:
        if hasattr(self, "host"):
            try:
                self.in_the_end_nothing_is_left_over_and_the_next_call_works()
            finally:
                self.host.close()

    def in_the_end_nothing_is_left_over_and_the_next_call_works(self) -> None:
        """Every call has ended; no slot, no request and no timer is held."""
        self.fake.clear_faults()
        self.let_time_pass(LONG)
        self.no_intent_has_two_objects_and_no_caller_was_told_a_lie()
        assert not self.running
        last = self.start("retrieve", lambda astria, mark: astria.tunes.retrieve(BASE_TUNE))
        self.let_time_pass(10.0)
        assert last.result.id == BASE_TUNE
        assert self.watch.busy == self.clock.waiting == 0

        async def statistics() -> Any:
            return self.astria.statistics()

        left = self.host.run(statistics)
        assert (left.in_flight, left.waiting) == (0, 0)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("backend", HOSTS)
def test_nothing_is_made_twice_or_left_over_in_any_order(backend: str, part: int) -> None:
    play(Interleavings, backend, part, steps=STEPS)
