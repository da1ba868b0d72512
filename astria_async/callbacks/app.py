"""The app that Astria calls: an ASGI application to mount, and the handlers that run after its answer."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypeAlias, TypeVar

import anyio

from .._client import AsyncAstria
from .._clock import SystemClock
from .._runtime.loops import PerLoop
from .._wire import Clock
from ..errors import ParameterError
from ._handle import Again, Context, Done, Handler, Handling, explain
from ._lost import lost_events
from ._receive import ForgedCalls, Message, Receive, RefusedError, Send, answer, read_event
from ._tell import Teller
from .events import CallbackEvent
from .inbox import Inbox, InboxItem, MemoryInbox, News
from .signer import CallbackSigner

Key: TypeAlias = str | Callable[[Context], str] | None
H = TypeVar("H", bound=Handler)

#: For how long an item belongs to a process that has claimed it; it is prolonged while its handler runs.
LEASE = timedelta(seconds=60)
#: Seconds until a handler that raised is started again; each further wait is twice as long, up to `_LONGEST`.
_FIRST, _LONGEST = 5.0, 600.0
#: How often a handler is started before its item is given up: for about an hour.
ATTEMPTS = 12
#: Seconds between two looks into the inbox: another process may have put something into it.
_LOOK_EVERY = 1.0

log: logging.Logger = logging.getLogger("astria_async")


class CallbackApp:
    """Receives what Astria calls: a plain ASGI application, to be mounted in FastAPI, Starlette or Litestar.

        callbacks = CallbackApp(astria, signer, SqliteInbox("callbacks.db"))

        @callbacks.on_prompt(key="order")
        async def deliver(prompt: Prompt, context: Mapping[str, str]) -> None: ...

        async with callbacks.running():  # in the lifespan of the host, which a mounted app does not see
            yield

    A call is answered with 204 once it is in the inbox, and before its handler runs. It is a hint: the tune or prompt is
    read again, and believed only if its own `callback` is the URL that was called. A handler that ends well is not run
    again for the same call. One that raises, or whose process dies, is started again, with growing waits.

    Args:
        astria: The client that reads tunes and prompts again.
        signer: Who has signed the URLs.
        inbox: Where calls lie until they are handled; None keeps them in memory, and a restart loses them.
        clock: Where time comes from; None means real time.
        handlers_at_once: How many handlers run at the same time, 1 or more.
    """

    def __init__(
        self,
        astria: AsyncAstria,
        signer: CallbackSigner,
        inbox: Inbox | None = None,
        *,
        clock: Clock | None = None,
        handlers_at_once: int = 8,
    ) -> None:
        if type(handlers_at_once) is not int or handlers_at_once < 1:
            raise ParameterError(f"handlers_at_once: {handlers_at_once!r} is not a number of 1 or more")
        self._signer, self._inbox, self._clock = signer, inbox or MemoryInbox(), clock or SystemClock()
        self.astria: AsyncAstria = astria
        self._at_once = handlers_at_once
        self._handlers, self._keys = dict[str, Handler](), dict[str, Key]()
        self._handling = Handling(astria, signer, self._handlers)
        self._forged, self._tell = ForgedCalls(self._clock), Teller(astria, self._clock)
        self._news = PerLoop(News)

    # --- Handlers

    def on_tune(self, handler: H | None = None, *, key: Key = None) -> Any:
        """Register the handler of trained tunes: `async def handler(tune, context)`. As `@app.on_tune`, or with a `key`.

        Args:
            handler: The handler.
            key: The name of a value of the context, or a function of the context: handlers with the same key run one
                after the other, across all processes of the inbox. None lets them run side by side.
        """
        return self._register("tune", handler, key)

    def on_prompt(self, handler: H | None = None, *, key: Key = None) -> Any:
        """Register the handler of prompts that are done, or have failed: `async def handler(prompt, context)`.

        Args:
            handler: The handler.
            key: As in `on_tune`.
        """
        return self._register("prompt", handler, key)

    def on_prompts(self, handler: H | None = None, *, key: Key = None) -> Any:
        """Register the handler of a pack's run: `async def handler(prompts, context)`, with a list.

        Args:
            handler: The handler.
            key: As in `on_tune`.
        """
        return self._register("prompts", handler, key)

    def _register(self, kind: str, handler: H | None, key: Key) -> Any:
        if handler is None:
            return lambda given: self._register(kind, given, key)
        if kind in self._handlers:
            raise ParameterError(f"on_{kind}: it has a handler already; call both from one")
        self._handlers[kind], self._keys[kind] = handler, key
        return handler

    # --- The ASGI application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request: 204 once its call is in the inbox, 4xx for what is not a callback."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        try:
            event, url, context = await read_event(scope, receive, self._signer, self._clock)
        except RefusedError as refused:
            if refused.status == 403:
                self._forged.add()
            self._tell.received(None, str(refused))
            await answer(send, refused.status, str(refused))
            return
        try:
            await self._take(event, url, context)
        except Exception as error:  # a full disk, or a key function of the user's: `reconcile` finds it later
            log.error("callbacks: a call could not be kept", exc_info=error)
            await answer(send, 503, "try again later")
            return
        await answer(send, 204)

    async def _live(self, receive: Receive, send: Send) -> None:
        """The lifespan of an app that is served by itself."""
        await receive()
        async with self.running():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _take(self, event: CallbackEvent, url: str, context: Context) -> bool:
        """Put a call into the inbox; False if it is there."""
        now = self._clock.now()
        numbers = sorted(event.ids)
        told_by = sha256(f"{event.kind} {numbers} {url}".encode()).hexdigest()
        item = InboxItem(
            event=told_by, kind=event.kind, ids=tuple(event.ids), url=url, key=self._key_of(event.kind, context, told_by),
            added_at=now, due_at=now,
        )  # fmt: skip
        is_new = await self._inbox.add(item)
        self.astria.notify(event)  # whoever waits for it looks at once
        self._tell.received(event, "taken" if is_new else "doubled")
        if is_new:
            self._news.get().tell()
        return is_new

    def _key_of(self, kind: str, context: Context, told_by: str) -> str:
        key = self._keys.get(kind)
        if callable(key):
            return str(key(context))
        return told_by if key is None or key not in context else f"{key} {context[key]}"

    # --- The work

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run handlers while the block does: those of calls that come, and those that were left. For the host's lifespan."""
        async with anyio.create_task_group() as tasks:
            for _ in range(self._at_once):
                tasks.start_soon(self._work)
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()

    async def handle_due(self) -> int:
        """Handle all that is due now, one after the other, and return how many there were. For tests and commands."""
        handled = 0
        while (item := await self._inbox.claim(self._clock.now(), LEASE)) is not None:
            await self._handle(item)
            handled += 1
        return handled

    async def left_over(self) -> list[InboxItem]:
        """What is not handled yet, and what was given up (`state`), the oldest first."""
        return await self._inbox.left_over()

    async def start_again(self, item: InboxItem) -> bool:
        """Put an item that was given up back into its place. False if somebody else has done so.

        Args:
            item: One of `left_over`.
        """
        is_back = await self._inbox.finish(item, retry_at=self._clock.now())
        self._news.get().tell()
        return is_back

    async def _work(self) -> None:
        """Handle one item after the other; wait for news if nothing is due."""
        while True:
            news = self._news.get().event
            try:
                item = await self._inbox.claim(self._clock.now(), LEASE)
                if item is not None:
                    await self._handle(item)
                    continue
            except Exception as error:  # of an inbox of the user's, or a disk: the next look may succeed
                log.error("callbacks: the inbox failed; it is asked again", exc_info=error)
            try:
                with self._clock.fail_after(_LOOK_EVERY):
                    await news.wait()
            except TimeoutError:
                continue

    async def _handle(self, item: InboxItem) -> None:
        """One item, while its lease is prolonged."""
        outcome: tuple[datetime | None, str | None] | None = None
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._prolong, item, tasks.cancel_scope)
                outcome = await self._outcome(item)
                tasks.cancel_scope.cancel()
        finally:
            # Without an outcome it was cancelled: it is due again at once, for whoever comes next.
            retry_at, problem = outcome or (self._clock.now(), None)
            with anyio.CancelScope(shield=True):
                await self._inbox.finish(item, retry_at=retry_at, problem=problem)
        self._news.get().tell()  # the next one of its key

    async def _outcome(self, item: InboxItem) -> tuple[datetime | None, str | None]:
        """(when to try again, what went wrong)."""
        began = self._clock.monotonic()
        try:
            verdict = await self._handling.handle(item, self._clock.now())
            if isinstance(verdict, Done):
                self._tell.handled(item, began, "done")
        except Exception as error:  # of the user's handler: it is logged, and started again
            problem = explain(error)
            self._tell.handled(item, began, type(error).__name__)
            if item.attempts >= ATTEMPTS:
                log.error(
                    "callbacks: the handler of a %s is given up after %d attempts",
                    item.kind,
                    item.attempts,
                    exc_info=error,
                )
                return None, problem
            wait = min(_FIRST * 2.0 ** (item.attempts - 1), _LONGEST)
            log.warning(
                "callbacks: the handler of a %s raised; it is started again in %.0f s", item.kind, wait, exc_info=error
            )
            return self._clock.now() + timedelta(seconds=wait), problem
        return (verdict.at, None) if isinstance(verdict, Again) else (None, None)

    async def _prolong(self, item: InboxItem, handler: anyio.CancelScope) -> None:
        """Keep the lease; end the handler if another process has the item, as after this machine has slept."""
        while True:
            await self._clock.sleep(LEASE.total_seconds() / 3)
            if await self._inbox.claim(self._clock.now(), LEASE, item) is None:
                handler.cancel()

    # --- What was lost

    async def reconcile(self, since: timedelta | datetime) -> int:
        """Find what is done, but was never called back, and put it into the inbox. Returns how many there were.

        It reads the account's tunes and prompts, the newest first, and takes those whose `callback` this signer has
        signed. Those of `prompts_callback` do not say it, so they are not found.

        Args:
            since: How far back: a time span, or an aware time, when they were created.

        Raises APIError and TransportError if a list cannot be read.
        """
        begin = self._clock.now() - since if isinstance(since, timedelta) else since
        if begin.tzinfo is None:
            raise ParameterError(
                f"since: {since!r} is not an aware time; give a datetime with tzinfo=UTC, or a timedelta"
            )
        found = 0
        async for event, url, context in lost_events(self.astria, self._signer, begin):
            found += event.kind in self._handlers and await self._take(event, url, context)
        return found
