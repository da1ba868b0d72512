"""Tells when every task of the running event loop waits: the one place that looks into event loops.

Neither asyncio nor anyio has a public way to ask (`anyio.wait_all_tasks_blocked` sleeps 0.1 s of real time, and returns
while a thread is still at work), so the asyncio half reads attributes that are private to asyncio, anyio and
`concurrent.futures`. If one of these attributes is missing (another
event loop, a newer Python), the clock becomes slower, or may jump too early. Tests still run.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

#: Real seconds between two looks at what the loop cannot tell us of: threads, and sockets that are in use.
_POLL = 0.001
#: Real seconds in which nothing may happen on sockets in use before they count as waiting. A loopback answers in less.
SETTLE = 0.05


def current_loop() -> Any:
    """The running event loop: asyncio's, or trio's token. Raises RuntimeError where none runs."""
    trio = sys.modules.get("trio")
    if trio is not None:
        with suppress(RuntimeError):  # trio does not run in this thread
            return trio.lowlevel.current_trio_token()
    return asyncio.get_running_loop()


def still_runs(loop: Any) -> bool:
    """Whether a loop that `current_loop` gave is still running."""
    if isinstance(loop, asyncio.AbstractEventLoop):
        return loop.is_running()
    trio = sys.modules["trio"]
    try:
        loop.run_sync_soon(_nothing)
    except trio.RunFinishedError:
        return False
    return True


def watch(loop: Any, all_tasks_blocked: Callable[[], bool]) -> None:
    """Call `all_tasks_blocked` whenever every task of `loop`, which is the running one, waits: as long as it returns True."""
    if isinstance(loop, asyncio.AbstractEventLoop):
        _AsyncioWatch(loop, all_tasks_blocked).start()
    else:
        sys.modules["trio"].lowlevel.spawn_system_task(_watch_trio, all_tasks_blocked, name="VirtualClock")


def _nothing() -> None:
    """What a loop is asked to run to find out whether it does."""


class _AsyncioWatch:
    """A check that puts itself at the end of the loop's queue until it finds itself alone there.

    It has to be alone twice: between the two, the loop asks the operating system for input that has arrived.
    """

    __slots__ = ("_all_tasks_blocked", "_loop", "_silent_since", "_times_alone", "_waiters")

    def __init__(self, loop: asyncio.AbstractEventLoop, all_tasks_blocked: Callable[[], bool]) -> None:
        self._loop = loop
        self._all_tasks_blocked = all_tasks_blocked
        self._times_alone = 0
        self._waiters: dict[asyncio.Task[Any], Any] | None = None
        self._silent_since = 0.0

    def start(self) -> None:
        self._loop.call_soon(self._check)

    def _check(self) -> None:
        if _others_are_ready(self._loop):
            self._times_alone, self._waiters = 0, None
            self._loop.call_soon(self._check)
        elif _threads_at_work(self._loop):
            self._times_alone, self._waiters = 0, None
            self._loop.call_later(_POLL, self._check)
        elif self._times_alone == 0:
            self._times_alone = 1
            self._loop.call_soon(self._check)
        elif _sockets_in_use(self._loop) and not self._silent():
            self._loop.call_later(_POLL, self._check)
        else:
            self._times_alone, self._waiters = 0, None
            if self._all_tasks_blocked():
                self._loop.call_soon(self._check)

    def _silent(self) -> bool:
        """Whether each task has been waiting for the same thing for `SETTLE` seconds."""
        waiters = {task: _waits_for(task) for task in asyncio.all_tasks(self._loop)}
        if waiters != self._waiters:
            self._waiters, self._silent_since = waiters, self._loop.time()
        return self._loop.time() - self._silent_since >= SETTLE


def _waits_for(task: asyncio.Task[Any]) -> Any:
    return getattr(task, "_fut_waiter", None)


def _others_are_ready(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether anything but checks (of several clocks, perhaps) is ready to run."""
    ready = getattr(loop, "_ready", None)
    if ready is not None:
        return any(getattr(handle._callback, "__func__", None) is not _AsyncioWatch._check for handle in tuple(ready))
    waiters = [_waits_for(task) for task in asyncio.all_tasks(loop)]  # a loop that does not show its queue: uvloop
    return any(waiter is None or waiter.done() for waiter in waiters)


def _threads_at_work(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether a thread works for this loop: one of anyio's, or one of asyncio's default executor."""
    if threading.active_count() == 1:
        return False
    for thread in threading.enumerate():
        if getattr(thread, "loop", None) is loop and thread not in getattr(thread, "idle_workers", (thread,)):
            return True
    executor = getattr(loop, "_default_executor", None)
    if executor is None or not getattr(executor, "_threads", None):
        return False
    if executor._work_queue.qsize() or len(executor._threads) > executor._idle_semaphore._value:
        return True
    frames = sys._current_frames()  # the semaphore counts too high once more work was queued than there are threads
    return any(_is_inside_work(frames.get(thread.ident)) for thread in executor._threads)


def _is_inside_work(frame: Any) -> bool:
    """Whether a thread of an executor is in a function that it was given, rather than waiting for one."""
    return frame is not None and frame.f_code.co_name != "_worker"


#: What the loop reads all the time without anything being under way: its own wake-up pipe, and listening sockets.
_RESTING = frozenset({"_read_from_self", "_accept_connection", "_sock_accept"})


def _sockets_in_use(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the loop watches a socket on which something may be under way."""
    selector: Any = getattr(loop, "_selector", None)
    entries = selector.get_map() if hasattr(selector, "get_map") else None
    if not entries or len(entries) == 1:
        return False
    handles = [handle for key in tuple(entries.values()) for handle in key.data if handle is not None]
    return any(getattr(handle._callback, "__name__", "") not in _RESTING for handle in handles)


async def _watch_trio(all_tasks_blocked: Callable[[], bool]) -> None:
    import trio
    import trio.testing

    again = True
    while again:
        await trio.testing.wait_all_tasks_blocked()
        if _trio_sockets_in_use():
            await trio.testing.wait_all_tasks_blocked(SETTLE)
        if trio.testing.active_thread_count():
            await trio.sleep(_POLL)
        else:
            again = all_tasks_blocked()


def _trio_sockets_in_use() -> bool:
    import trio

    counts = trio.lowlevel.current_statistics().io_statistics
    reading = getattr(counts, "tasks_waiting_read", getattr(counts, "tasks_waiting", 0))
    return reading + getattr(counts, "tasks_waiting_write", 0) > 1  # one is trio's own, its wake-up socket
