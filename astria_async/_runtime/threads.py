"""Leaf: what would hold up the event loop (files, digests), in threads."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

import anyio
from anyio import from_thread
from anyio.lowlevel import EventLoopToken, current_token
from anyio.to_thread import run_sync

from .loops import PerLoop

P = ParamSpec("P")
T = TypeVar("T")

#: Threads at work at a time, for each event loop. anyio lets 40 start; with one for each of 20 uploads, the loop waits
#: for its turn among them, while the disk is no faster. `nox -s bench` measures it.
AT_ONCE = 4
_limiters = PerLoop(lambda: anyio.CapacityLimiter(AT_ONCE))


async def in_thread(work: Callable[P, T], *arguments: P.args, **keywords: P.kwargs) -> T:
    """Run `work(...)` in a thread. Do not use it for what may block without end, such as a pipe: other work would wait,
    and the program would not end.
    """
    return await run_sync(functools.partial(work, *arguments, **keywords), limiter=_limiters.get())


async def in_thread_or_leave(work: Callable[P, T], *arguments: P.args, **keywords: P.kwargs) -> T:
    """`in_thread`, but a cancellation does not wait for the thread: it is left behind with what it does. For reading,
    where a disk may be slow; what was begun must be safe to finish unheard.
    """
    bound = functools.partial(work, *arguments, **keywords)
    return await run_sync(bound, abandon_on_cancel=True, limiter=_limiters.get())


async def in_own_thread(work: Callable[P, T], *arguments: P.args, **keywords: P.kwargs) -> T:
    """`work(...)` in a thread of its own, for what may block without end: a file object whose other end is silent.

    A cancellation does not wait for it, and neither does the end of the program: the thread is a daemon, as anyio's are
    on trio, but not on asyncio.
    """
    bound, token = functools.partial(work, *arguments, **keywords), current_token()
    if type(token.native_token).__module__.startswith("trio."):
        return await run_sync(bound, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1))
    thread = _OwnThread(bound, token)
    thread.start()
    await thread.done.wait()
    if thread.error is not None:
        raise thread.error
    return thread.result  # type: ignore[no-any-return]


class _OwnThread(threading.Thread):
    """Runs one function, and tells the event loop that started it.

    `loop` and `idle_workers` are how a `VirtualClock` sees that a thread works for a loop (anyio's threads have them
    too): it stands still meanwhile.
    """

    def __init__(self, work: Callable[[], Any], token: EventLoopToken) -> None:
        super().__init__(name="astria-async file reader", daemon=True)
        self._work = work
        self._token = token
        self.loop = token.native_token
        self.idle_workers = ()
        self.done = anyio.Event()
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self._work()
        except BaseException as error:  # noqa: BLE001 -- raised again by whoever waits for it
            self.error = error
        with suppress(RuntimeError):  # the loop was closed meanwhile
            from_thread.run_sync(self.done.set, token=self._token)
