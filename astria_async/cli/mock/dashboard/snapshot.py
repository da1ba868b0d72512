"""What the page shows at one moment, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from attrs import frozen

from ..._shared.text import count_of, rough_duration
from ..fault_file import Rule

if TYPE_CHECKING:
    from ....testing import FakeAstria, RequestRecord, StoredPrompt, StoredTune

#: How many of each are shown, the newest first.
TUNES, PROMPTS, REQUESTS = 24, 48, 50


@frozen(kw_only=True)
class RequestRow:
    """A request that arrived. `status` is None if there is no answer, `duration` (s) while it is pending."""

    id: str
    at: datetime
    method: str
    path: str
    query: str
    status: int | None
    duration: float | None
    fault: str | None

    @property
    def is_pending(self) -> bool:
        return self.duration is None


@frozen(kw_only=True)
class Card:
    """A tune or a prompt.

    Args:
        state: one word.
        note: what it waits for, or why it failed.
        warning: what is wrong with a prompt that the service will draw, and charge for, all the same; "" for nothing.
        progress: 0 to 1 while it is worked on, else None.
        portrait: the name of the image that shows the tune's person; None for none.
        images: names of images, as the fake calls them.
    """

    id: int
    kind: str
    title: str
    facts: tuple[str, ...]
    state: str
    note: str
    warning: str = ""
    progress: float | None
    images: tuple[str, ...]
    is_video: bool = False


@frozen(kw_only=True)
class Snapshot:
    """All that the page shows. `older_*` is how many there are that it does not show."""

    now: datetime
    time_scale: float
    idempotency: bool
    planned: tuple[tuple[str, str], ...]
    tunes: tuple[Card, ...]
    older_tunes: int
    prompts: tuple[Card, ...]
    older_prompts: int
    requests: tuple[RequestRow, ...]


def snapshot(
    fake: FakeAstria, now: datetime, *, time_scale: float, rules: Iterable[tuple[str, Rule]]
) -> Snapshot:
    """What the fake holds now. `rules` are the faults that never end, by pattern."""
    tunes, prompts = fake.tunes, fake.prompts
    return Snapshot(
        now=now,
        time_scale=time_scale,
        idempotency=fake.account_idempotency,
        planned=(*_scripted(fake), *((pattern, _describe(rule)) for pattern, rule in rules)),
        tunes=tuple(_tune_card(tune, now) for tune in tunes[: -TUNES - 1 : -1]),
        older_tunes=max(0, len(tunes) - TUNES),
        prompts=tuple(_prompt_card(prompt, fake, now) for prompt in prompts[: -PROMPTS - 1 : -1]),
        older_prompts=max(0, len(prompts) - PROMPTS),
        requests=tuple(_request_rows(fake.requests[-REQUESTS:])),
    )
