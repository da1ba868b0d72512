"""Calls that never came: found in the account's lists, by the URL that each object keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from .._client import AsyncAstria
from ..errors import CallbackError
from ..models import Prompt, Tune
from ._handle import is_done
from .events import CallbackEvent
from .signer import CallbackSigner


async def lost_events(
    astria: AsyncAstria, signer: CallbackSigner, begin: datetime
) -> AsyncIterator[tuple[CallbackEvent, str, dict[str, str]]]:
    """(the event, the path and query of its URL, its context) of all that is done and was created since."""
    async for tune in astria.tunes.list():
        if tune.created_at is not None and tune.created_at < begin:
            break
        called = _called(tune, signer)
        if called is not None:
            yield CallbackEvent(kind="tune", tunes=(tune,)), *called
    async for prompt in astria.prompts.list():
        if prompt.created_at is not None and prompt.created_at < begin:
            break
        called = _called(prompt, signer)
        if called is not None:
            yield CallbackEvent(kind="prompt", prompts=(prompt,)), *called


def _called(entity: Tune | Prompt, signer: CallbackSigner) -> tuple[str, dict[str, str]] | None:
    """Where it calls, and the context; None if it is not done, or its URL was not signed here."""
    url = signer.called_at(entity.callback) if entity.callback and is_done(entity) else None
    try:
        return None if url is None else (url, signer.verify(url))
    except CallbackError:
        return None
