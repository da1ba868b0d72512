"""What a client knows of the objects that it made itself: whose each is, and whether the service shows their identity."""

from __future__ import annotations

import threading
from collections import deque

from .._codec.answers import is_same_identity
from .._wire import Identity, Request
from .lookup import Item, identity_of
from .record import CallRecord

#: How many of its own objects a client remembers, in 3 MB at the most: those of the last minutes, even of a batch.
REMEMBERED = 10_000
#: For how many moments a client remembers its newest object: one a second, so the last half hour.
MOMENTS = 1_800


def intent_of(request: Request, record: CallRecord) -> object:
    """What tells orders apart: the idempotency key's own name, else the call."""
    return request.intent if request.intent is not None else record.number


class OwnObjects:
    """The objects that this client has made, safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, int], tuple[object, object]] = {}  # of each object its intent, and what was sent
        self._not_echoed: set[Identity] = set()
        self._moments: dict[str, deque[tuple[float, float, int]]] = {}  # began, ended, id: at most one a second

    def made(self, request: Request, record: CallRecord, item: Item) -> None:
        """A create was answered well: its object belongs to its intent, and shows whether identities are echoed."""
        lookup, number, now = request.lookup, item["id"], record.clock.monotonic()
        if lookup is None:
            return
        sent = identity_of(request)
        self.claim(lookup.root, number, intent_of(request, record), sent)
        if request.identity is not None and sent is not None:
            self._note_echo(request.identity, sent, item)
        moments = self._moments.get(lookup.root)
        if moments is None:
            moments = self._moments.setdefault(lookup.root, deque(maxlen=MOMENTS))
        if not moments or now - moments[-1][1] >= 1.0:
            moments.append((record.began, now, number))

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

    def is_echoed(self, identity: Identity) -> bool:
        """Whether an object shows the title or seed it was sent with: assumed [R] until one did not."""
        return identity not in self._not_echoed

    def newest_before(self, root: str, moment: float) -> int | None:
        """The id of an object that was there at that moment (monotonic): any that is made later has a higher one [I]."""
        numbers = [number for _, ended, number in tuple(self._moments.get(root, ())) if ended <= moment]
        return max(numbers, default=None)

    def oldest_since(self, root: str, moment: float) -> int | None:
        """The id of an object whose create began after that moment: all that were made before have a lower one [I]."""
        numbers = [number for began, _, number in tuple(self._moments.get(root, ())) if began > moment]
        return min(numbers, default=None)

    def _note_echo(self, identity: Identity, sent: object, item: Item) -> None:
        if not is_same_identity(sent, item.get(identity.value[1])):
            self._not_echoed.add(identity)
