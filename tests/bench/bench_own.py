"""What the SDK itself costs, with no network below it: a call's time and memory, a client's construction, the import.

    python tests/bench/bench_own.py

What is compared takes turns, and the fastest turn of each counts: what disturbs a machine only ever adds. Exits 1 where
a limit is passed; the absolute time of a call is for orientation, as machines differ, and only its ratio is judged.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import attrs
from decode import PROMPT
from import_time import above_httpx

from astria_async import AsyncAstria, Limits, Request, Response, ResponseStream
from astria_async.transports import TransportName

#: A `prompts.retrieve` takes at most so many times as long as json.loads and an attrs class of the same fields.
TIMES = 6.0
#: A `prompts.create` takes at most so many times as long as a `prompts.retrieve`.
CREATE_TIMES = 1.6
#: For orientation, in microseconds.
MICROSECONDS = 60.0
#: At most so many bytes a call, with so many in flight.
BYTES_A_CALL, IN_FLIGHT = 12_000, 10_000
#: At most so many milliseconds for a client after the first.
CONSTRUCTION = 1.0
#: At most so many milliseconds for `import astria_async`, above `import httpx`.
IMPORT = 80.0

TURNS, LOOPS = 25, 400
#: The model that draws, as its id stands in the path of a create and in the answer.
TUNE, NUMBER, SEED = 1504944, 30000001, 12345678
BODY = json.dumps({**PROMPT, "id": NUMBER, "tune_id": TUNE, "seed": SEED}).encode()
HEADERS = {"content-type": "application/json", "date": "Thu, 01 Jan 2026 12:00:00 GMT", "x-request-id": "r"}
NAMES: tuple[TransportName, ...] = ("httpx", "aiohttp", "pyreqwest")


class Fixed:
    """A transport that gives the same answer to everything: at once, or once it is let go."""

    def __init__(self, gate: asyncio.Event | None = None) -> None:
        self.gate = gate
        self.arrived = 0

    async def send(self, request: Request, /) -> Response:
        del request
        self.arrived += 1
        if self.gate is not None:
            await self.gate.wait()
        return Response(status=200, headers=HEADERS, body=BODY)

    def stream(self, request: Request, /) -> AbstractAsyncContextManager[ResponseStream]:
        raise NotImplementedError

    async def aclose(self) -> None:
        """Nothing is open."""


async def measure_call() -> bool:
    """The CPU time of a retrieve, beside what it cannot do without; that of a create, beside a retrieve's."""
    astria = AsyncAstria("sd_bench", transport=Fixed())
    bare = attrs.make_class("Bare", list(PROMPT), frozen=True)
    ours = create = least = float("inf")
    for _ in range(TURNS):
        began = time.process_time()
        for _ in range(LOOPS):
            await astria.prompts.retrieve(NUMBER)
        ours = min(ours, (time.process_time() - began) / LOOPS)
        began = time.process_time()
        for _ in range(LOOPS):
            await astria.prompts.create(TUNE, text="<lora:2000001:1> ohwx woman in a garden", seed=SEED)
        create = min(create, (time.process_time() - began) / LOOPS)
        began = time.process_time()
        for _ in range(LOOPS):
            bare(**json.loads(BODY))
        least = min(least, (time.process_time() - began) / LOOPS)
    print(f"prompts.retrieve over a fixed answer: {ours * 1e6:.1f} us (for orientation: {MICROSECONDS:.0f})")
    held = judged("times json.loads and an attrs class of the same bytes", ours / least, TIMES, "x")
    print(f"prompts.create over a fixed answer: {create * 1e6:.1f} us")
    return judged("times a retrieve", create / ours, CREATE_TIMES, "x") and held


async def measure_memory() -> bool:
    """What a call in flight holds, its task included."""
    gate = asyncio.Event()
    transport = Fixed(gate)
    limits = Limits(max_in_flight=IN_FLIGHT, adaptive=False)
    astria = AsyncAstria("sd_bench", transport=transport, limits=limits)
    gc.collect()
    tracemalloc.start()
    tasks = [asyncio.ensure_future(astria.prompts.retrieve(NUMBER)) for _ in range(IN_FLIGHT)]
    while transport.arrived < IN_FLIGHT:
        await asyncio.sleep(0)
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    gate.set()
    await asyncio.gather(*tasks)
    return judged(f"a call, with {IN_FLIGHT:,} in flight", size / IN_FLIGHT, BYTES_A_CALL, " bytes")


async def measure_construction() -> bool:
    """A client after the first, on each transport."""
    held = True
    for name in NAMES:
        await AsyncAstria("sd_bench", transport=name).aclose()
        took = milliseconds(lambda name=name: AsyncAstria("sd_bench", transport=name))  # type: ignore[misc]
        held &= judged(f"a client on {name}", took, CONSTRUCTION, " ms")
    return held


def milliseconds(make: Callable[[], object]) -> float:
    """The fastest of several, in a row, without what is collected afterwards."""
    best = float("inf")
    for _ in range(TURNS):
        began = time.perf_counter()
        made = make()
        best = min(best, (time.perf_counter() - began) * 1000)
        del made
    return best


def judged(what: str, found: float, most: float, unit: str) -> bool:
    """Print a finding, and return whether its limit is held."""
    print(f"{what}: {found:,.2f}{unit}, at most {most:,g}{unit}: {'held' if found <= most else 'EXCEEDED'}")
    return found <= most


async def main() -> int:
    """Measure, print, judge."""
    held = [await measure_call(), await measure_memory(), await measure_construction()]
    held.append(judged("import astria_async, above import httpx", above_httpx(), IMPORT, " ms"))
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
