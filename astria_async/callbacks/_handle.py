"""What is done with an item of the inbox: its objects are read again, believed or not, and handed to the handler."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from attrs import define, field, frozen

from .._client import AsyncAstria
from ..errors import AstriaError, NotFoundError
from ..models import Prompt, Tune
from ..models.prompt import PromptState
from ..models.tune import TuneState
from .inbox import InboxItem
from .signer import CallbackSigner

Context: TypeAlias = Mapping[str, str]
Handler: TypeAlias = Callable[[Any, Context], Awaitable[object]]

#: For how long a 404 may mean that the object is not readable yet [I].
NOT_FOUND_FOR = timedelta(seconds=60)
#: Seconds until a 404, or an object that is not done yet, is read again.
_REREAD = timedelta(seconds=5)
#: Seconds between two reads for one URL: whoever knows a signed URL cannot make more requests than that.
_SPACING = timedelta(seconds=1)
#: How many URLs are remembered for that.
_URLS = 1_000

log: logging.Logger = logging.getLogger("astria_async")


@frozen
class Done:
    """The item is handled, or nothing has to be done about it."""


@frozen
class Again:
    """Look at it again at that time. The handler was not run, so this costs none of its attempts."""

    at: datetime


Verdict: TypeAlias = Done | Again


@define(eq=False)
class Handling:
    """How items are handled."""

    astria: AsyncAstria
    signer: CallbackSigner
    handlers: Mapping[str, Handler]
    _read_at: dict[str, datetime] = field(factory=dict)

    async def handle(self, item: InboxItem, now: datetime) -> Verdict:
        """Read, believe and run the handler. Raises what the handler raises, and AstriaError if a read fails."""
        handler = self.handlers.get(item.kind)
        if handler is None:
            return Done()
        wait = self._spaced(item.url, now)
        if wait is not None:
            return Again(wait)
        context = self.signer.verify(item.url)
        try:
            entities = [await self._read(item.kind, number) for number in item.ids]
        except NotFoundError:
            if now < item.added_at + NOT_FOUND_FOR:
                return Again(now + _REREAD)
            log.warning("callbacks: the %s of a callback does not exist", item.kind)
            return Done()
        if not all(is_believed(entity, item.url, context, self.signer) for entity in entities):
            log.warning("callbacks: a %s was called back at a URL that is not its own; nothing was done", item.kind)
            return Done()
        if not all(map(is_done, entities)):  # looked at less and less often: somebody else may have called
            return Again(now + max(_REREAD, (now - item.added_at) / 4))
        await handler(entities if item.kind == "prompts" else entities[0], context)
        return Done()

    async def _read(self, kind: str, number: int) -> Tune | Prompt:
        if kind == "tune":
            return await self.astria.tunes.retrieve(number)
        return await self.astria.prompts.retrieve(number)

    def _spaced(self, url: str, now: datetime) -> datetime | None:
        """When this URL's objects may be read; None: now."""
        last = self._read_at.pop(url, None)
        if last is not None and now < last + _SPACING:
            self._read_at[url] = last
            return last + _SPACING
        self._read_at[url] = now
        if len(self._read_at) > _URLS:
            del self._read_at[next(iter(self._read_at))]
        return None


def is_done(entity: Tune | Prompt) -> bool:
    """Whether nothing more will come of it."""
    if isinstance(entity, Tune):
        return entity.state is TuneState.TRAINED
    return entity.state is not PromptState.PENDING


def is_believed(entity: Tune | Prompt, called: str, context: Context, signer: CallbackSigner) -> bool:
    """Whether this object calls back at this URL: its own `callback` says so, or, if that did not come, the context."""
    if entity.callback:
        return signer.is_same(entity.callback, called)
    # The prompts of a run may come without it [I]: then the signed context has to name what they belong to.
    named = {
        name: {context[each] for each in (name, f"{name}_id") if each in context} for name in ("tune", "pack", "order")
    }
    belongs = {"tune": [entity.id]} if isinstance(entity, Tune) else _owners(entity)
    return any(str(number) in named[name] for name, numbers in belongs.items() for number in numbers)


def _owners(prompt: Prompt) -> dict[str, list[int | None]]:
    return {
        "tune": [prompt.tune_id],
        "pack": [prompt.base_pack_id, prompt.pack_id],
        "order": [prompt.order_id],
    }


def explain(error: BaseException) -> str:
    """A failure in a line, for the inbox."""
    return (
        f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]
        if isinstance(error, AstriaError)
        else type(error).__name__
    )
