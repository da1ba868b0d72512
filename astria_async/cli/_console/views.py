"""What the page shows, as values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from ...testing._server.coerce import as_text, items_of
from ...testing._store.records import Stored, StoredPrompt, StoredTune
from ...testing._store.timestamps import moment_of
from .._faults import Rule

if TYPE_CHECKING:
    from ...testing import FakeAstria

#: How many of each are shown, the newest first.
TUNES, PROMPTS, REQUESTS = 24, 48, 50


@define(eq=False)
class Seen:
    """A request that arrived: when, by the stand-in's clock, and how many seconds of real time it took.

    `status` is None where no answer was given; `seconds` None while it has not ended. `query` is a text of its own, by
    which its record is found in the stand-in's log.
    """

    number: int
    at: datetime
    method: str
    path: str
    query: str
    status: int | None = None
    seconds: float | None = None


@frozen(kw_only=True)
class Card:
    """A tune or a prompt. `state` is one word; `note` says what it waits for, or why it failed.

    `progress` is 0 to 1 while it is worked on, else None. `pictures` are names, as the stand-in calls them.
    """

    id: int
    kind: str
    title: str
    facts: tuple[str, ...]
    state: str
    note: str
    progress: float | None
    pictures: tuple[str, ...]
    is_video: bool = False


@frozen(kw_only=True)
class Snapshot:
    """All that the page shows at one moment. `older_*` is how many there are that it does not show."""

    now: datetime
    time_scale: float
    idempotency: bool
    planned: tuple[tuple[str, str], ...]
    tunes: tuple[Card, ...]
    older_tunes: int
    prompts: tuple[Card, ...]
    older_prompts: int
    requests: tuple[tuple[Seen, str | None], ...] = field(repr=False)


def snapshot(
    fake: FakeAstria,
    now: datetime,
    *,
    time_scale: float,
    seen: Iterable[Seen],
    rules: Iterable[tuple[str, Rule]],
    expire: Callable[[StoredPrompt], int],
) -> Snapshot:
    """What there is to see.

    `seen` are the last requests, oldest first; `rules` the faults that do not run out; `expire` tells at which moment a
    prompt's pictures are deleted.
    """
    tunes, prompts, moment = fake.tunes, fake.prompts, moment_of(now)
    known = {tune.id: tune for tune in tunes}
    faults = {id(record.query): record.fault for record in fake.requests}
    return Snapshot(
        now=now,
        time_scale=time_scale,
        idempotency=fake.account_idempotency,
        planned=(*_scripted(fake), *((pattern, _described(rule)) for pattern, rule in rules)),
        tunes=tuple(_tune_card(tune, moment) for tune in tunes[: -TUNES - 1 : -1]),
        older_tunes=max(0, len(tunes) - TUNES),
        prompts=tuple(
            _prompt_card(prompt, known, moment, expire(prompt) <= moment) for prompt in prompts[: -PROMPTS - 1 : -1]
        ),
        older_prompts=max(0, len(prompts) - PROMPTS),
        requests=tuple((one, faults.get(id(one.query))) for one in reversed([*seen])),
    )


def _scripted(fake: FakeAstria) -> Iterable[tuple[str, str]]:
    for pattern, faults in fake.faults_left.items():
        for fault in faults:
            yield pattern, str(fault)


def _described(rule: Rule) -> str:
    return f"{rule.fault}, {'always' if rule.probability == 1 else f'{rule.probability:.0%} of them'}"


def _tune_card(tune: StoredTune, now: int) -> Card:
    pictures = len(items_of(tune.params.get("images"))) + len(items_of(tune.params.get("image_urls")))
    state, note, progress = _life(tune, now, ("queued", "training", "trained"))
    if tune.expires <= now:
        pictures, note = 0, "its pictures and model are deleted"
    return Card(
        id=tune.id,
        kind="tune",
        title=tune.title or "(no title)",
        facts=tuple(fact for fact in (tune.name, tune.branch, tune.model_type or "checkpoint") if fact),
        state=state,
        note=note,
        progress=progress,
        pictures=tuple(f"t{tune.id}-{index}" for index in range(pictures)),
    )


def _prompt_card(prompt: StoredPrompt, tunes: Mapping[int, StoredTune], now: int, is_expired: bool) -> Card:
    state, note, progress = _life(prompt, now, ("queued", "rendering", "done"))
    tune = tunes.get(prompt.tune_id)
    if state == "queued" and tune is not None and tune.ends > now:
        note = "waits for its tune"
    elif state == "done" and prompt.error is not None:
        state, note = "failed", prompt.error
    elif state == "done" and is_expired:
        note = "its pictures are deleted"
    count = f"{prompt.num_images} {'video' if prompt.is_video else 'picture'}{'' if prompt.num_images == 1 else 's'}"
    pictures = prompt.num_images if state == "done" and not is_expired else 0
    return Card(
        id=prompt.id,
        kind="prompt",
        title=as_text(prompt.text) or "(no text)",
        facts=(f"tune {prompt.tune_id}", count),
        state=state,
        note=note,
        progress=progress,
        pictures=tuple(f"p{prompt.id}-{index}" for index in range(pictures)),
        is_video=prompt.is_video,
    )


def _life(thing: Stored, now: int, words: tuple[str, str, str]) -> tuple[str, str, float | None]:
    """(state, note, progress)."""
    if thing.ends <= now:
        return words[2], f"{spoken((now - thing.ends) / 1e6)} ago", None
    if thing.starts > now:
        return words[0], "", None
    if thing.ended_at is None:
        return words[1], "never ends", None
    return words[1], f"{spoken((thing.ends - now) / 1e6)} to go", (now - thing.starts) / (thing.ends - thing.starts)


def spoken(seconds: float) -> str:
    """A length of time in its largest whole unit: `40 s`, `7 min`, `3 h`, `12 d`."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"
