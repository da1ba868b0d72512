"""The account and its workspaces: what is sent, and what comes of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from astria_async import ParameterError

pytestmark = pytest.mark.anyio


async def test_the_account_tells_who_pays(client: Any, answers: Any) -> None:
    service = answers({"id": 1, "usd_balance_mc": 100, "payer": {"self": False, "usd_balance_mc": 250000}}, {"id": 1})
    me = await client(service).account.me()
    assert me.balance == Decimal("2.5")
    assert me.payer.is_self is False
    assert (await client(service).account.me()).balance is None


async def test_workspaces_are_listed_read_made_and_changed(client: Any, answers: Any) -> None:
    service = answers([{"id": 2, "title": "Shop"}], {"id": 2})
    workspaces = client(service).account.workspaces
    assert [workspace.title for workspace in await workspaces.list()] == ["Shop"]
    await workspaces.retrieve(2)
    await workspaces.create(title="Shop")
    await workspaces.update(2, brief="quiet colours")
    assert service.sent == [
        "GET /workspaces.json", "GET /workspaces/2.json", "POST /workspaces.json", "PATCH /workspaces/2.json",
    ]  # fmt: skip
    assert service.requests[3].body.tree == {"workspace": {"brief": "quiet colours"}}
    with pytest.raises(ParameterError, match="nothing is given"):
        await workspaces.update(2)
    with pytest.raises(ParameterError, match="title"):
        await workspaces.create(title="")


async def test_the_catalog_is_asked_for_without_the_key(client: Any, answers: Any) -> None:
    service = answers(
        {"cache_ttl": 60, "models": {"flux": {"tune_id": 5}}, "video_models": {"v": {"aspect_ratios": ["1:1"]}}}
    )
    catalog = await client(service).account.models()
    assert catalog.models["flux"].tune_id == 5
    assert catalog.video_models["v"].aspect_ratios == ("1:1",)
    assert "authorization" not in service.requests[0].headers
