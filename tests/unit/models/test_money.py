"""Money comes in mc, and is told in USD, exactly."""

from __future__ import annotations

from decimal import Decimal

import pytest

from astria_async.models import Order, Pack, PackCost, Payer, User


def test_a_packs_cost_is_told_by_class() -> None:
    pack = Pack(id=1, cost_mc_hash={"woman": 200_000}, costs={"man": PackCost(cost_mc=50_000)})
    assert (pack.cost_for("woman"), pack.cost_for("man"), pack.cost_for("dog")) == (Decimal(2), Decimal("0.5"), None)
    assert (pack.costs["man"].cost, PackCost(raw_cost=3.5).cost) == (Decimal("0.5"), None)


def test_an_orders_cost() -> None:
    assert (Order(id=1, total_cost_mc=1).cost, Order(id=1).cost) == (Decimal("0.00001"), None)


@pytest.mark.parametrize(
    ("user", "balance"),
    [
        (User(id=1), None),
        (User(id=1, usd_balance_mc=-50_000), Decimal("-0.5")),
        (User(id=1, usd_balance_mc=1, payer=Payer(usd_balance_mc=300_000)), Decimal(3)),
        (User(id=1, usd_balance_mc=0, payer=Payer()), Decimal(0)),
    ],
)
def test_the_payers_balance_counts_where_there_is_one(user: User, balance: Decimal | None) -> None:
    assert user.balance == balance
