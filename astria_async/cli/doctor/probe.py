"""`--probe`: two free tunes with one title tell whether the account's idempotency is on. They are deleted again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import anyio

from ...errors import AstriaError
from .checks import Check

if TYPE_CHECKING:
    from ... import AsyncAstria

#: A picture on the vendor's own page would do; the branch `fast` trains a mock, whatever it is given [D].
IMAGE = "https://example.com/1.jpg"
#: Seconds for the clean-up, also after Ctrl-C.
CLEANING = 30.0


async def probe(astria: AsyncAstria) -> list[Check]:
    """Make two tunes of the branch `fast`, which are free [D], compare and delete them.

    Args:
        astria: The client.
    """
    title, made, checks = f"astria-async doctor {uuid4()}", list[int](), list[Check]()
    try:
        costs: list[int | None] = []
        for _ in range(2):
            # Not `tunes.create`: a second one with the title is what that is there to prevent.
            body = {"tune": {"title": title, "name": "man", "branch": "fast", "image_urls": [IMAGE] * 4}}
            response = await astria.request("POST", "/tunes", json=body)
            data = response.json()
            made.append(int(data["id"]))
            costs.append(data.get("cost_mc"))
        if made[0] == made[1]:
            remedy = "tell the client: AsyncAstria(account_idempotency=True)"
            checks.append(Check("idempotency", "ok", "the account's setting is on", remedy))
        else:
            checks.append(Check("idempotency", "ok", "the account's setting is off: the SDK looks for lost creates"))
        is_free = not any(costs)
        found = "it is free" if is_free else f"it cost {costs} mc"
        checks.append(
            Check("branch fast", "ok" if is_free else "warning", found, "" if is_free else "do not probe again")
        )
    finally:
        with anyio.CancelScope(shield=True), anyio.move_on_after(CLEANING):
            left = [number for number in dict.fromkeys(made) if not await _delete(astria, number)]
            if left:
                checks.append(Check("clean-up", "failed", f"the tunes {left} are still there", "delete them by hand"))
    return checks


async def _delete(astria: AsyncAstria, number: int) -> bool:
    try:
        await astria.tunes.delete(number)
    except AstriaError:
        return False
    return True
