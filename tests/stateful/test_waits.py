"""Waits, notices that are lost, late, doubled or untrue, polls that fail, and cancellations in any order: each waiter ends
once, with the true state or at its deadline, and nobody waits in vain.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import define, field
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from astria_async import (
    AsyncAstria,
    GenerationFailedError,
    Limits,
    Prompt,
    PromptState,
    Request,
    Response,
    TransportError,
    WaitTimeoutError,
)
from astria_async.testing import MockTransport, VirtualClock

from ..support.jobs import Jobs, Notice
from .hosts import HOSTS
from .parts import PARTS, play

STEPS = 50
#: How late somebody may hear of an object that is done while the service is well: the longest pause after a failure, the
#: longest of the schedule, and what the service itself takes.
LATE = 15.0 + 15.0 + 10.0
FAILURES: dict[str, Response | Exception] = {
    "refused": TransportError("connection refused", request_was_sent=False),
    "lost": TransportError("reset", request_was_sent=True),
    "429": Response(status=429),
    "502": Response(status=502, headers={"content-type": "text/html"}, body=b"<html>"),
    "half a page": Response(status=200, body=b'[{"id": 3'),
    "503": Response(status=503, headers={"retry-after": "3"}),
}
IDS = st.integers(1, 12)
TIMEOUTS = st.sampled_from([5.0, 60.0, 600.0, 3600.0])


@define(eq=False)
class Waiter:
    """Somebody who waits for prompts, and what came of it. `got` are the prompts that came, in turn."""

    ids: list[int]
    began: float
    timeout: float
    cancel: Callable[[], object] = field(default=lambda: None)
    got: list[Any] = field(factory=list)
    error: Exception | None = None
    ended: float | None = None
    ends: int = 0
    was_cancelled: bool = False
    rests: bool = False  # it does something else between two prompts

    async def run(self, wait: Callable[[Waiter], Any], clock: VirtualClock) -> None:
        self.was_cancelled = True
        try:
            await wait(self)
            self.was_cancelled = False
        except Exception as error:  # noqa: BLE001 -- whatever it is, the machine judges it
            self.error, self.was_cancelled = error, False
        finally:
            self.ended, self.ends = clock.monotonic(), self.ends + 1


class Waits(RuleBasedStateMachine):
    """`healthy_since` is since when every look succeeds; infinity while it does not."""

    backend = "asyncio"

    @initialize(seed=st.integers(0, 9), takes=st.sampled_from([0.0, 0.3, 2.0]), slots=st.sampled_from([1, 3, 30]))
    def begin(self, seed: int, takes: float, slots: int) -> None:
        self.host = HOSTS[self.backend]()
        self.clock = VirtualClock(auto=False)
        self.jobs = Jobs(self.clock, takes=takes)
        self.jobs.add(range(1, 13))
        self.astria = AsyncAstria(
            "sd_test", transport=MockTransport(self._answer), clock=self.clock, random=random.Random(seed),
            limits=Limits(max_in_flight=slots, adaptive=False),
        )  # fmt: skip
        self.waiters: list[Waiter] = []
        self.healthy_since = 0.0

    async def _answer(self, request: Request) -> Response:
        return await self.jobs(request)

    def start(self, ids: list[int], timeout: float, wait: Callable[[Waiter], Any]) -> None:
        waiter = Waiter(ids, self.clock.monotonic(), timeout)
        self.waiters.append(waiter)
        waiter.cancel = self.host.spawn(lambda: waiter.run(wait, self.clock))
        self.let_time_pass(0.0)

    @property
    def waiting(self) -> list[Waiter]:
        return [waiter for waiter in self.waiters if waiter.ended is None]

    # --- What may happen

    @rule(number=IDS, timeout=TIMEOUTS)
    def wait_for_one(self, number: int, timeout: float) -> None:
        async def wait(waiter: Waiter) -> None:
            waiter.got.append(await self.astria.prompts.wait(number, timeout=timeout))

        self.start([number], timeout, wait)

    @rule(ids=st.lists(IDS, min_size=1, max_size=8, unique=True), timeout=TIMEOUTS, raises=st.booleans())
    def wait_for_all(self, ids: list[int], timeout: float, raises: bool) -> None:
        async def wait(waiter: Waiter) -> None:
            if raises:
                waiter.got += await self.astria.prompts.wait_all(ids, timeout=timeout)
            else:
                waiter.got += await self.astria.prompts.wait_all(ids, timeout=timeout, return_exceptions=True)

        self.start(ids, timeout, wait)

    @rule(ids=st.lists(IDS, min_size=1, max_size=8, unique=True), timeout=TIMEOUTS, pause=st.sampled_from([0.0, 20.0]))
    def take_as_they_end(self, ids: list[int], timeout: float, pause: float) -> None:
        async def wait(waiter: Waiter) -> None:
            waiter.rests = pause > 0
            prompts: Any = self.astria.prompts.as_completed(ids, timeout=timeout)
            try:
                async for prompt in prompts:
                    waiter.got.append(prompt)
                    await self.clock.sleep(pause)
            finally:
                await prompts.aclose()

        self.start(ids, timeout + len(ids) * pause, wait)

    @rule(number=IDS, after=st.sampled_from([0.0, 1.0, 40.0]), fails=st.booleans())
    def end(self, number: int, after: float, fails: bool) -> None:
        if self.jobs.done_at[number] == float("inf"):
            self.jobs.done_at[number] = self.clock.monotonic() + after
            if fails:
                self.jobs.fails.add(number)

    @rule(number=IDS, times=st.integers(1, 3))
    def notify(self, number: int, times: int) -> None:
        """Whether it is true or not, and whoever waits for it."""

        async def step() -> None:
            for _ in range(times):
                self.astria.notify(Notice(number))

        self.host.run(step)

    @rule(kind=st.sampled_from([*FAILURES]))
    def break_the_service(self, kind: str) -> None:
        self.jobs.failure, self.healthy_since = FAILURES[kind], float("inf")

    @rule()
    def mend_the_service(self) -> None:
        self.jobs.failure = None
        self.healthy_since = min(self.healthy_since, self.clock.monotonic())

    @rule(hidden=st.sets(IDS, max_size=3))
    def change_the_list(self, hidden: set[int]) -> None:
        self.jobs.hides = hidden

    @precondition(lambda self: self.waiting)
    @rule(number=st.integers(0, 99))
    def cancel(self, number: int) -> None:
        waiter = self.waiting[number % len(self.waiting)]

        async def step() -> None:
            waiter.cancel()

        self.host.run(step)
        self.let_time_pass(0.0)
        assert waiter.ended is not None

    @rule(seconds=st.sampled_from([0.0, 0.5, 2.0, 10.0, 60.0, 300.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.host.run(lambda: self.clock.advance(seconds))

    # --- What must hold

    @invariant()
    def each_waiter_ends_once_with_the_truth_or_at_its_deadline(self) -> None:
        assert not (lies := [lie for waiter in self.waiters for lie in self._lies(waiter)]), lies

    @invariant()
    def nobody_waits_in_vain(self) -> None:
        now = self.clock.monotonic()
        for waiter in self.waiting:
            assert now <= waiter.began + waiter.timeout + 1e-6
            done_at = max(self.jobs.done_at[number] for number in waiter.ids)
            known_for = now - max(done_at, self.healthy_since, waiter.began)
            assert waiter.rests or known_for <= LATE, f"all are done, and were waited for for {known_for} s"

    @invariant()
    def somebody_leads_if_somebody_follows(self) -> None:
        async def watch() -> Any:
            return self.astria._parts.watches.here()

        here = self.host.run(watch)
        assert here.leader is not None or not here.followers

    def _lies(self, waiter: Waiter) -> Iterator[str]:
        if waiter.ends > 1:
            yield "ended twice"
        results = [*waiter.got, *([waiter.error] if waiter.error is not None else [])]
        for result in results:
            if isinstance(result, GenerationFailedError):
                result = result.prompt
            if isinstance(result, Prompt):
                state = PromptState.FAILED if result.id in self.jobs.fails else PromptState.SUCCEEDED
                if result.state is not state or not self.jobs.is_done(result.id):
                    yield f"got {result!r}"
            elif not isinstance(result, WaitTimeoutError):
                yield f"raised {result!r}"
        is_late = waiter.ended is not None and waiter.ended > waiter.began + waiter.timeout + 1e-6
        if isinstance(waiter.error, WaitTimeoutError) and is_late:
            yield f"was late: {waiter.ended} s"

    def teardown(self) -> None:
        if hasattr(self, "host"):
            try:
                self.in_the_end_nothing_is_left_over()
            finally:
                self.host.close()

    def in_the_end_nothing_is_left_over(self) -> None:
        """Every waiter has ended, and the watch holds nothing."""
        self.mend_the_service()
        self.let_time_pass(4000.0)
        self.each_waiter_ends_once_with_the_truth_or_at_its_deadline()
        assert not self.waiting
        assert self.clock.waiting == 0

        async def watch() -> Any:
            return self.astria._parts.watches.here(), self.astria.statistics()

        here, left = self.host.run(watch)
        assert (left.in_flight, left.waiting) == (0, 0)
        assert (here.leader, here.under_way, len(here.followers)) == (None, 0, 0)
        assert not [space.entries for space in here.spaces.values() if space.entries]


@pytest.mark.parametrize("part", PARTS[: len(PARTS) * 3 // 4])
@pytest.mark.parametrize("backend", HOSTS)
def test_each_waiter_ends_once_whatever_happens(backend: str, part: int) -> None:
    play(Waits, backend, part, steps=STEPS)
