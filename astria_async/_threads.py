"""Leaf: what would hold up the event loop (files, digests), in a few threads."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import anyio
from anyio.to_thread import run_sync

from ._loops import PerLoop

P = ParamSpec("P")
T = TypeVar("T")

#: Threads at work at a time, for each event loop. anyio lets 40 start; with one for each of 20 uploads, the loop waits
#: for its turn among them, while the disk is no faster. `nox -s bench` measures it.
AT_ONCE = 4
_limiters = PerLoop(lambda: anyio.CapacityLimiter(AT_ONCE))


async def in_thread(work: Callable[P, T], *arguments: P.args, **keywords: P.kwargs) -> T:
    """`work(...)` in a thread. Not for what may block without end, such as a pipe: it would keep others from their turn."""
    return await run_sync(functools.partial(work, *arguments, **keywords), limiter=_limiters.get())
