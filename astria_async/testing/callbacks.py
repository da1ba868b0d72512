"""Callbacks: what the service posts when something is done. Once, in the order in which things were done, never again.

    fake = FakeAstria(clock=clock, callback_receiver=asgi_receiver(app))

Nothing runs in the background: what is due is delivered with the next request, whose answer then waits for the receiver, by
`await fake.deliver_callbacks()`, or by `fake.run()` beside a server.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode

from attrs import field, frozen

from ._api._serializers import serialize_prompt, serialize_tune
from ._assumptions import PROMPT_KEYS, TUNE_KEYS
from ._server.coerce import as_text
from ._store.store import Store
from ._store.timestamps import time_of

Style: TypeAlias = Literal["wrapped", "bare", "form"]


@frozen(kw_only=True)
class Callback:
    """One POST to a URL that was given as `callback` or `prompts_callback`.

    `kind` is `tune`, `prompt` or `prompts`, `ids` are those of what is done, and `at` is when it was.
    """

    kind: str
    url: str
    ids: tuple[int, ...]
    content_type: str
    body: bytes = field(repr=False)
    at: datetime


@frozen(kw_only=True)
class PlannedCallback:
    """A callback that is still to come, at `at`, unless its objects are deleted or fail."""

    kind: str
    url: str
    ids: tuple[int, ...]
    at: datetime


@frozen(kw_only=True)
class CallbackRecord:
    """A call that was made. `status` is its answer's, None where the receiver told none; `error` is what the receiver raised."""

    call: Callback
    status: int | None = None
    error: Exception | None = None


Receiver: TypeAlias = Callable[[Callback], Awaitable[int | None] | None]
"""Takes a call, and may return the status of its answer: an async function, or a plain one. What it raises is recorded,
and changes nothing: the service does not try again [D]."""

Arrange: TypeAlias = Callable[[Sequence[Callback]], Iterable[Callback]]
"""Which of the calls that are due arrive, and in which order."""


class Callbacks:
    """What is called back, and what became of it.

    `receiver` takes the calls; None makes none, then or later, for what is created meanwhile. `style` is how a body looks:
    `wrapped` and reduced, as recorded [R]; `bare`, the entity itself, as documented [D]; `form`, wrapped and
    form-encoded, which an account setting may do [I]. `arrange` takes the calls that are due and gives those that arrive:
    `lambda calls: calls[::-1]` turns them around, `lambda calls: ()` loses them, `lambda calls: [*calls, *calls]` doubles
    them; None leaves them alone. `planned` is what is still to come, `log` what was called; `on_called` is called with
    each record of it, for whoever prints a line per callback.
    """

    def __init__(self, store: Store, receiver: Receiver | None, style: Style) -> None:
        self._store = store
        self._due: list[Callback] = []
        self._arranged: deque[Callback] = deque()  # what a delivery that was cancelled leaves to the next
        self._is_delivering = False
        self.style: Style = style
        self.arrange: Arrange | None = None
        self.log: list[CallbackRecord] = []
        self.on_called: Callable[[CallbackRecord], object] | None = None
        self._planned: dict[int, PlannedCallback] = {}
        self._count = count()
        self.receiver = receiver

    @property
    def receiver(self) -> Receiver | None:
        return self._receiver

    @receiver.setter
    def receiver(self, receiver: Receiver | None) -> None:
        self._receiver = receiver
        self._store.call_back = None if receiver is None else self._plan

    def _plan(self, kind: str, url: str, ids: tuple[int, ...], moment: int) -> None:
        at = time_of(moment)
        if url.strip() and at is not None:
            number = next(self._count)
            self._planned[number] = PlannedCallback(kind=kind, url=url, ids=ids, at=at)
            self._store.schedule.add(moment, partial(self._add, number, kind, url, ids))

    @property
    def planned(self) -> tuple[PlannedCallback, ...]:
        """What is still to come, the next one first."""
        return tuple(sorted(self._planned.values(), key=lambda planned: planned.at))

    def _add(self, number: int, kind: str, url: str, ids: tuple[int, ...], due: int) -> None:
        """Note what has become due, as it is at that moment; nothing for what was deleted, or failed."""
        del self._planned[number]
        shapes = [shape for id_ in ids if (shape := self._shape(kind, id_, due)) is not None]
        if not shapes:
            return
        content_type, body = self._encoded(kind, shapes)
        at = time_of(due)
        assert at is not None
        self._due.append(Callback(kind=kind, url=url, ids=ids, content_type=content_type, body=body, at=at))

    def _shape(self, kind: str, id_: int, now: int) -> dict[str, Any] | None:
        store = self._store
        if kind == "tune":
            tune = store.tunes.get(id_)
            return None if tune is None else self._reduced(serialize_tune(tune, store, now), TUNE_KEYS)
        prompt = store.prompts.get(id_)
        if prompt is None or prompt.status_at(now) == "failed":
            return None  # nothing shows that a failure is called back [I]
        return self._reduced(serialize_prompt(prompt, store, now), PROMPT_KEYS)

    def _reduced(self, shape: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
        return shape if self.style == "bare" else {name: shape[name] for name in keys}

    def _encoded(self, kind: str, shapes: list[dict[str, Any]]) -> tuple[str, bytes]:
        """Prompts are an array [D], but in a form, which has to name them [I]."""
        data: Any = shapes if kind == "prompts" else shapes[0]
        if self.style == "form":
            return "application/x-www-form-urlencoded", urlencode([*_pairs({kind: data})], errors="replace").encode()
        if self.style == "wrapped" and kind != "prompts":
            data = {kind: data}
        return "application/json", json.dumps(data).encode("ascii")

    async def deliver(self) -> None:
        """Make the calls that have become due, one after the other. While that is under way, others leave it to it."""
        if self._is_delivering:
            return
        self._is_delivering = True
        try:
            while self._due or self._arranged:
                due, self._due = self._due, []
                self._arranged.extend(due if self.arrange is None else self.arrange(tuple(due)))
                while self._arranged:
                    await self._call(self._arranged.popleft())
        finally:
            self._is_delivering = False

    async def _call(self, call: Callback) -> None:
        status, error = None, None
        if self._receiver is not None:
            try:
                answer = self._receiver(call)
                status = await answer if isinstance(answer, Awaitable) else answer
            except Exception as raised:  # noqa: BLE001 -- the service goes on, whatever becomes of a receiver
                error = raised
        record = CallbackRecord(call=call, status=status, error=error)
        self.log.append(record)
        if self.on_called is not None:
            self.on_called(record)


def _pairs(node: object, name: str = "") -> Iterator[tuple[str, str]]:
    """A tree as Rails names it in a form; of a text, what UTF-8 cannot say is replaced when it is encoded."""
    if isinstance(node, Mapping):
        for key, child in node.items():
            yield from _pairs(child, f"{name}[{key}]" if name else key)
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _pairs(child, f"{name}[{index if isinstance(child, Mapping) else ''}]")
    else:
        yield name, as_text(node) or ""
