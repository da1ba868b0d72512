"""What makes a create findable, filled in once, before its first attempt.

The service has no Idempotency-Key header. A tune is told by its title, where a UUID identifies the transaction [D]; a
prompt by its seed, within a tune [I].
"""

from __future__ import annotations

import json
import re
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from attrs import evolve

from .._wire import Identity, RandomSource, Request, Response, Send

#: Seeds are drawn from 0 to 2**32 - 1; the service takes 0 to 2**32 [D].
SEED_BITS = 32

_NAMESPACE = uuid5(NAMESPACE_URL, "https://api.astria.ai/tunes")
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)


def idempotency_title(*parts: object) -> str:
    """A title that identifies one transaction.

    Without arguments a random UUID (uuid4). With some, such as `("order", 1234)`, a UUID made of them as text (uuid5):
    the same for the same parts, in any process and after any restart, so that a create that is started again finds its
    tune.
    """
    if not parts:
        return str(uuid4())
    return str(uuid5(_NAMESPACE, json.dumps([str(part) for part in parts])))


def has_uuid(title: str) -> bool:
    """Whether a title holds a UUID, and so can be no other transaction's."""
    return _UUID.search(title) is not None


class Idempotency:
    """Gives a tune without a title a UUID, and a prompt without a seed a random one. Every attempt carries the same."""

    def __init__(self, random: RandomSource) -> None:
        self._random = random

    async def __call__(self, request: Request, call_next: Send, /) -> Response:
        identity, body = request.identity, request.body
        if identity is None or body is None or body.get(identity.value) is not None:
            return await call_next(request)
        value: object
        if identity is Identity.TUNE_TITLE:
            value = str(UUID(int=self._random.getrandbits(128), version=4))
        else:
            value = self._random.getrandbits(SEED_BITS)
        return await call_next(evolve(request, body=body.set(identity.value, value), identity_drawn=True))
