"""What the page shows at one moment, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import frozen

from ..._shared.text import count_of, rough_duration
from ..callback_queue import CallbackQueue
from ..fault_file import Rule
from ..loopback import hide_secrets
from .reference import References, base_of, mention_of

if TYPE_CHECKING:
    from ....testing import FakeAstria, RequestRecord, StoredPrompt, StoredTune

#: How many of each are shown, the newest first.
TUNES, PROMPTS, REQUESTS, CALLBACKS = 24, 48, 50, 25


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
class CallbackRow:
    """A callback that is due, was sent, or was lost. `at` is when its objects are done; `url` has no query: that is a secret."""

    id: str
    at: datetime
    subject: str
    url: str
    state: str
    outcome: str


@frozen(kw_only=True)
class Card:
    """A tune or a prompt.

    Args:
        state: one word.
        note: what it waits for, or why it failed.
        mention: of a tune, what a text must contain to show its person; "" for a prompt.
        reference: of a tune, where its prompts are posted to; of a prompt, whom its images show.
        warnings: what is wrong with a prompt's references. The service draws it, and charges for it, all the same.
        progress: 0 to 1 while it is worked on, else None.
        images: names of images, as the fake calls them.
    """

    id: int
    kind: str
    title: str
    facts: tuple[str, ...]
    state: str
    note: str
    mention: str = ""
    reference: str
    warnings: tuple[str, ...] = ()
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
    callbacks: tuple[CallbackRow, ...]
    treatments: tuple[str, ...]


def snapshot(
    fake: FakeAstria, queue: CallbackQueue, now: datetime, *, time_scale: float, rules: Iterable[tuple[str, Rule]]
) -> Snapshot:
    """What the fake holds now. `rules` are the faults that never end, by pattern."""
    tunes, prompts = fake.tunes, fake.prompts
    known, references = {tune.id: tune for tune in tunes}, References(tunes)
    return Snapshot(
        now=now,
        time_scale=time_scale,
        idempotency=fake.account_idempotency,
        planned=(*_scripted(fake), *((pattern, _describe(rule)) for pattern, rule in rules)),
        tunes=tuple(_tune_card(tune, fake, now) for tune in tunes[: -TUNES - 1 : -1]),
        older_tunes=max(0, len(tunes) - TUNES),
        prompts=tuple(_prompt_card(prompt, known, references, fake, now) for prompt in prompts[: -PROMPTS - 1 : -1]),
        older_prompts=max(0, len(prompts) - PROMPTS),
        requests=tuple(_request_rows(fake.requests[-REQUESTS:])),
        callbacks=tuple(_callback_rows(fake, queue)),
        treatments=tuple(queue.treatments),
    )


def _tune_card(tune: StoredTune, fake: FakeAstria, now: datetime) -> Card:
    state, note, progress = _life(tune, now, ("queued", "training", "trained"))
    images = fake.image_names(tune)
    is_deleted = state == "trained" and not images
    return Card(
        id=tune.id,
        kind="tune",
        title=tune.title or "(no title)",
        facts=tuple(fact for fact in (tune.name, tune.branch, tune.model_type or "checkpoint") if fact),
        state=state,
        note="its images and its model are deleted" if is_deleted else note,
        mention="" if is_deleted else mention_of(tune),
        reference="" if is_deleted else _place(tune),
        progress=progress,
        images=images,
    )


def _place(tune: StoredTune) -> str:
    """Where the prompts of a tune are posted to."""
    base = base_of(tune)
    return (
        "posted to a model of the gallery"
        if base is None
        else "posted to the tune itself"
        if base == tune.id
        else f"posted to model {base}"
    )


def _prompt_card(
    prompt: StoredPrompt, tunes: Mapping[int, StoredTune], references: References, fake: FakeAstria, now: datetime
) -> Card:
    state, note, progress = _life(prompt, now, ("queued", "rendering", "done"))
    tune = tunes.get(prompt.tune_id)
    images = fake.image_names(prompt)
    if prompt.status(now) == "failed":
        state, note = "failed", prompt.error or ""
    elif state == "queued" and tune is not None and not _is_past(tune.ended_at, now):
        note = "waits for its tune"
    elif state == "done" and not images:
        note = "its images are deleted"
    shown = references.look_at(prompt)
    return Card(
        id=prompt.id,
        kind="prompt",
        title=str(prompt.text or "(no text)"),
        facts=(f"on tune {prompt.tune_id}", count_of(prompt.num_images, "video" if prompt.is_video else "image")),
        state=state,
        note=note,
        reference="" if state == "failed" else shown.words,
        warnings=shown.problems,
        progress=progress,
        images=images,
        is_video=prompt.is_video,
    )


def _life(
    thing: StoredTune | StoredPrompt, now: datetime, words: tuple[str, str, str]
) -> tuple[str, str, float | None]:
    """(state, note, progress) of a tune or prompt; `words` are its three states."""
    started, ended = thing.started_at, thing.ended_at
    if ended is not None and ended <= now:
        return words[2], f"{rough_duration((now - ended).total_seconds())} ago", None
    if started is None or started > now:
        return words[0], "", None
    if ended is None:
        return words[1], "never ends", None
    left = rough_duration((ended - now).total_seconds())
    return words[1], f"{left} to go", (now - started) / (ended - started)


def _is_past(time: datetime | None, now: datetime) -> bool:
    """Whether a time has come; None is never."""
    return time is not None and time <= now


def _scripted(fake: FakeAstria) -> Iterable[tuple[str, str]]:
    for pattern, faults in fake.faults_left.items():
        for fault in faults:
            yield pattern, str(fault)


def _describe(rule: Rule) -> str:
    return f"{rule.fault}, {'always' if rule.probability == 1 else f'{rule.probability:.0%} of them'}"


def _request_rows(records: Iterable[RequestRecord]) -> Iterable[RequestRow]:
    """The rows, newest first. Each keeps its id from one look to the next, so that the page moves it and does not redraw."""
    rows, seen = [], Counter[datetime]()
    for record in records:
        seen[record.at] += 1
        rows.append(
            RequestRow(
                id=f"r{record.at:%Y%m%d%H%M%S%f}-{seen[record.at]}",
                at=record.at,
                method=record.method,
                path=record.path,
                query=record.query,
                status=record.status,
                duration=record.duration,
                fault=record.fault,
            )
        )
    return reversed(rows)


def _callback_rows(fake: FakeAstria, queue: CallbackQueue) -> Iterable[CallbackRow]:
    """What is due, the last one first, and then what was sent, the newest first."""
    due = fake.callbacks.planned[:CALLBACKS]
    for number, planned in reversed([*enumerate(due)]):
        subject = _subject(planned.kind, planned.ids)
        id_ = f"d{number}-{planned.kind}{planned.ids[0] if planned.ids else ''}"
        yield CallbackRow(
            id=id_, at=planned.at, subject=subject, url=hide_secrets(planned.url), state="due", outcome=""
        )
    for sent in [*queue.deliveries][: -CALLBACKS - 1 : -1]:
        yield CallbackRow(
            id=f"c{sent.number}", at=sent.at, subject=_subject(sent.kind, sent.ids), url=sent.url,
            state=sent.state, outcome=sent.outcome,
        )  # fmt: skip


def _subject(kind: str, ids: Sequence[int]) -> str:
    return f"{kind} {', '.join(map(str, ids))}" if len(ids) < 4 else f"{len(ids)} {kind}, from {ids[0]}"
