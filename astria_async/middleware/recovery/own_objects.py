"""What a client knows of the objects that it made itself: whose each is, and whether the service shows their identity."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from ..._codec.identities import is_same_identity
from ..._wire import Identity, Request
from ..record import CallRecord
from .lookup import ROUNDING, Item, identity_of, made_at

#: How many of its own objects a client remembers, in 3 MB at the most: those of the last minutes, even of a batch.
REMEMBERED = 10_000
#: For how many moments a client remembers its newest object: one a second, so the last half hour.
MOMENTS = 1_800
#: What tells the objects that have no title or seed of ours [V the rule, I the use].
_ORIGINS = frozenset({"orig_prompt_id", "base_pack_id"})


def intent_of(request: Request, record: CallRecord) -> object:
    """What tells orders apart: the idempotency key's own name, else the call."""
    return request.intent if request.intent is not None else record.number


class OwnObjects:
    """The objects that this client has made, safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, int], tuple[object, object]] = {}  # of each object its intent, and what was sent
        self._under_way: dict[int, tuple[Request, CallRecord]] = {}  # by the call's number
        self._not_echoed: set[str] = set()
        self._unnamed_runs: dict[
            str, float
        ] = {}  # by what the prompts of a pack have in common: when the last one ended
        self._moments: dict[str, deque[tuple[float, float, int]]] = {}  # began, ended, id: at most one a second

    def made(self, request: Request, record: CallRecord, item: Item, server_now: datetime | None = None) -> None:
        """A create was answered well: its object belongs to its intent, and shows whether identities are echoed.

        `server_now` is the answer's Date.
        """
        lookup, number = request.lookup, item["id"]
        if lookup is None:
            return
        sent = identity_of(request)
        is_known = (lookup.root, number) in self._known
        self.claim(lookup.root, number, intent_of(request, record), sent)
        if request.identity is not None and sent is not None:
            self._note_echo(request.identity, sent, item)
        for name in lookup.expect:
            if name in _ORIGINS and item.get(name) is None:
                self._not_echoed.add(name)
        if is_known or server_now is None:
            return
        made, now = made_at(item), record.clock.monotonic()
        if made is None or (server_now - made).total_seconds() > now - record.began + ROUNDING:
            return  # the service gave an object that was there before: its id says nothing of when
        moments = self._moments.get(lookup.root)
        if moments is None:
            moments = self._moments.setdefault(lookup.root, deque(maxlen=MOMENTS))
        if not moments or now - moments[-1][1] >= 1.0:
            moments.append((record.began, now, number))

    def ran(self, request: Request, record: CallRecord, answer: Item) -> None:
        """A pack was run over tunes that exist: its prompts belong to its intent, if the answer names them."""
        lookup, numbers = request.lookup, answer.get("prompt_ids")
        if lookup is None:
            return
        if not isinstance(numbers, list) or not numbers:
            self._unnamed_runs[str(lookup.expect)] = record.clock.monotonic()
            return
        for number in numbers:
            if type(number) is int:
                self.claim(lookup.root, number, intent_of(request, record))

    def has_unnamed_run(self, expect: Mapping[str, object], since: float) -> bool:
        """Whether a pack's run ended after that moment (monotonic) without saying which prompts are its own."""
        return self._unnamed_runs.get(str(expect), float("-inf")) >= since

    @contextmanager
    def under_way(self, request: Request, record: CallRecord) -> Iterator[None]:
        """A create runs whose object could be taken for another's: what the caller chose is not unique."""
        self._under_way[record.number] = (request, record)
        try:
            yield
        finally:
            del self._under_way[record.number]

    def others_under_way(self, record: CallRecord, intent: object) -> list[tuple[Request, CallRecord]]:
        """The creates of other intents whose object is not known yet."""
        return [
            (request, other)
            for request, other in tuple(self._under_way.values())
            if other is not record and intent_of(request, other) != intent
        ]

    def take(self, root: str, number: int, intent: object) -> bool:
        """Claim an object that was found; False if another intent was faster."""
        with self._lock:
            known = self._known.get((root, number))
            if known is None:
                self._known[root, number] = (intent, None)
            return known is None or known[0] == intent

    def claim(self, root: str, number: int, intent: object, sent: object = None) -> None:
        """This object is that intent's, and no other's."""
        with self._lock:
            self._known[root, number] = (intent, sent)
            if len(self._known) > REMEMBERED:
                del self._known[next(iter(self._known))]

    def is_anothers(self, root: str, number: int, intent: object) -> bool:
        """Whether an object belongs to another intent of this client."""
        known = self._known.get((root, number))
        return known is not None and known[0] != intent

    def check_echo(self, root: str, item: Item) -> None:
        """An object of this client in a list: it shows whether the service echoes what was sent."""
        _, sent = self._known.get((root, item["id"]), (None, None))
        if sent is not None:
            self._note_echo(Identity.PROMPT_SEED if root == "prompt" else Identity.TUNE_TITLE, sent, item)

    def unshown(self, request: Request) -> str | None:
        """What a create's object would be told by, and objects do not show: they do, until one did not [R]."""
        names = {request.identity.leaf} if request.identity is not None else set[str]()
        if request.lookup is not None:
            names |= _ORIGINS & request.lookup.expect.keys()
        return min(names & self._not_echoed, default=None)

    def newest_before(self, root: str, moment: float) -> int | None:
        """The id of an object that was there at that moment (monotonic): any that is made later has a higher one [I]."""
        numbers = [number for _, ended, number in tuple(self._moments.get(root, ())) if ended < moment]
        return max(numbers, default=None)

    def oldest_since(self, root: str, moment: float) -> int | None:
        """The id of an object whose create began after that moment: all that were made before have a lower one [I]."""
        numbers = [number for began, _, number in tuple(self._moments.get(root, ())) if began > moment]
        return min(numbers, default=None)

    def _note_echo(self, identity: Identity, sent: object, item: Item) -> None:
        if not is_same_identity(sent, item.get(identity.leaf)):
            self._not_echoed.add(identity.leaf)
