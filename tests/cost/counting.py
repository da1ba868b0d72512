"""What a call costs, counted instead of timed: the same on a fast machine and on a busy one.

    python tests/cost/counting.py     # writes budget.json anew, after a change that is worth what it costs

Each operation runs over a transport that answers at once, warm, and is counted three times over: `calls`, of Python and
of C functions, all libraries included; `bytes`, the most that it holds at a time beyond what it held before; `waits`, how
often it lets other tasks go first.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import tracemalloc
from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from random import Random
from typing import Any

from astria_async import AsyncAstria, Request, Response, ResponseStream, SystemClock

BUDGET = Path(__file__).with_name("budget.json")
MOMENT = "2026-01-01T12:00:00.000Z"
PROMPT = {
    "id": 30000001, "tune_id": 2000001, "text": "<lora:2000001:1> woman in a garden at night", "negative_prompt": "",
    "cfg_scale": "3.0", "steps": None, "seed": 12345678, "callback": None, "user_error": None, "workspace_id": None,
    "started_training_at": MOMENT, "trained_at": MOMENT, "created_at": MOMENT, "updated_at": MOMENT,
    "url": "https://api.astria.ai/prompts/30000001.json", "cost_mc": 4600, "num_images": 4, "super_resolution": True,
    "images": [f"https://mp.astria.ai/0123456789abcdef{number}" for number in range(4)],
    "content_types": ["image/png"] * 4,
}  # fmt: skip
ITEMS = 120
#: Newest first, as the service lists them.
PAGE = [{**PROMPT, "id": 30000001 - number} for number in range(ITEMS)]
Operation = Callable[[AsyncAstria], Awaitable[object]]


async def _page(astria: AsyncAstria) -> object:
    return [prompt async for prompt in astria.prompts.list(1, page_size=ITEMS, limit=ITEMS)]


OPERATIONS: dict[str, Operation] = {
    "prompts.retrieve": lambda astria: astria.prompts.retrieve(30000001),
    "prompts.create": lambda astria: astria.prompts.create(2000001, text="ohwx woman in a garden", num_images=4),
    f"prompts.list, {ITEMS} of them": _page,
    "tunes.create": lambda astria: astria.tunes.create(name="woman", images=["https://example.com/1.jpg"] * 4),
}


class AtOnce:
    """Answers whatever is asked, without letting anything else go first."""

    async def send(self, request: Request, /) -> Response:
        if "limit=" in request.url:
            return Response.from_json(200, PAGE)
        if request.body is None:
            return Response.from_json(200, PROMPT)
        tree: Any = request.body.tree
        echo = {"seed": tree["prompt"]["seed"]} if "prompt" in tree else {"title": tree["tune"]["title"]}
        return Response.from_json(201, {**PROMPT, **echo})

    def stream(self, request: Request, /) -> AbstractAsyncContextManager[ResponseStream]:
        raise NotImplementedError

    async def aclose(self) -> None:
        """Nothing is open."""


class Counted:
    """Awaits something, and counts how often it is suspended."""

    def __init__(self, inner: Awaitable[object]) -> None:
        self._inner = inner
        self.waits = 0

    def __await__(self) -> Generator[Any, Any, object]:
        inner = self._inner.__await__()
        while True:
            try:
                waits_for = inner.send(None)
            except StopIteration as stop:
                return stop.value
            self.waits += 1
            yield waits_for


async def costs_of(operation: Operation) -> dict[str, int]:
    """The three counts of an operation."""
    astria = AsyncAstria("sd_test", transport=AtOnce(), clock=SystemClock(), random=Random(1))
    for _ in range(3):  # what is compiled at its first use
        await operation(astria)
    gc.collect()
    gc.disable()  # a collection is nobody's in particular
    tracer = sys.gettrace()
    sys.settrace(None)  # a measurement of coverage has costs of its own
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    try:
        counted = Counted(operation(astria))
        sys.setprofile(count)
        try:
            await counted
        finally:
            sys.setprofile(None)
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        await operation(astria)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    finally:
        sys.settrace(tracer)
        gc.enable()
    return {"calls": calls, "bytes": most - before, "waits": counted.waits}


async def all_costs() -> dict[str, dict[str, int]]:
    """The counts of every operation."""
    return {name: await costs_of(operation) for name, operation in OPERATIONS.items()}


if __name__ == "__main__":
    BUDGET.write_text(json.dumps(asyncio.run(all_costs()), indent=2) + "\n", encoding="utf-8")
