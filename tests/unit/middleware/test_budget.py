"""The retry budget: one bucket for all calls of a client, in whatever thread they are."""

from __future__ import annotations

import functools

from astria_async.middleware import RetryBudget
from astria_async.middleware.budget import CAPACITY, REFUND, SPACING
from astria_async.testing import VirtualClock

from ...support.threads import run_at_once


def taken_until_held(budget: RetryBudget) -> int:
    """How many retries may be made at once."""
    count = 0
    while not budget.hold() and count <= CAPACITY:
        budget.take()
        count += 1
    return count


def refund_many(budget: RetryBudget) -> None:
    for _ in range(50):
        budget.refund()


def test_it_holds_its_capacity_and_then_spaces_retries_out(clock: VirtualClock) -> None:
    budget = RetryBudget(clock)
    assert taken_until_held(budget) == CAPACITY + 1  # the last one is the first that is spaced out
    assert budget.hold() == SPACING
    budget.take()
    assert budget.hold() == 2 * SPACING


def test_good_calls_fill_the_budget_up_to_its_capacity(clock: VirtualClock) -> None:
    budget = RetryBudget(clock)
    for _ in range(10):
        budget.take()
    for _ in range(10_000):
        budget.refund()
    assert taken_until_held(budget) == CAPACITY + 1


def test_no_refund_is_lost_between_threads(clock: VirtualClock) -> None:
    for _ in range(20):
        budget = RetryBudget(clock)
        taken_until_held(budget)
        run_at_once(functools.partial(refund_many, budget))
        budget.refund()  # so that no rounding is at the edge of a whole token
        whole = int(401 * REFUND)
        for _ in range(whole):
            assert budget.hold() == 0
            budget.take()
        assert budget.hold() > 0
