"""`--dry-run`: what a file of prompts would make and cost, by the account's earlier prompts of the same kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from ...models._base import MC_PER_USD, usd
from ...models.families import drawing_base
from .._shared.text import count_of

if TYPE_CHECKING:
    from ... import AsyncAstria
    from ...batch import BatchItem

#: Earlier prompts that are looked at.
LOOKED_AT = 600


async def estimate(astria: AsyncAstria, items: Sequence[BatchItem]) -> AsyncIterator[str]:
    """The lines to be printed.

    Args:
        astria: The client.
        items: What would be sent.
    """
    kinds = Counter((drawing_base(item.tune, item.on), item.read().num_images or 1) for item in items)
    images = sum(number * count for (_, number), count in kinds.items())
    yield f"{count_of(len(items), 'prompt')}, {count_of(images, 'image')} at least"
    prices: dict[tuple[int | None, int | None], int] = {}
    async for prompt in astria.prompts.list(limit=LOOKED_AT):
        if prompt.cost_mc is not None:
            kind = (prompt.tune_id, prompt.num_images)
            prices[kind] = max(prices.get(kind, 0), prompt.cost_mc)
    known = sum(prices[kind] * count for kind, count in kinds.items() if kind in prices)
    unknown = sum(count for kind, count in kinds.items() if kind not in prices)
    yield f"about {usd(known):.2f} USD, by your last {LOOKED_AT} prompts of the same model and number of images"
    if unknown:
        yield f"{count_of(unknown, 'prompt')} of a kind that was not drawn before: their price is not known"
    user = await astria.account.me()
    if user.balance is not None:
        yield f"balance: {user.balance:.2f} USD now, about {user.balance - known / MC_PER_USD:.2f} USD after it"
