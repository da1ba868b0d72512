"""The stand-in under load: how many calls a second through the whole client, what 100,000 prompts weigh, and whether pages
stay as fast as the lists grow.

    python tests/bench/bench_fake.py

One core, in memory, no faults. What is compared takes turns, and the fastest turn of each counts: what disturbs a machine
only ever adds. Exits 1 where a limit is passed.
"""

from __future__ import annotations

import asyncio
import gc
import random
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable

from astria_async import AsyncAstria
from astria_async.testing import FakeAstria, HttpRequest, MockTransport

#: At least so many calls a second: `tunes.retrieve`, with all of the client's layers, decoded into a `Tune`.
CALLS_A_SECOND = 10_000
#: At most so many bytes for 100,000 prompts, with a callback each and the log of the requests that made them.
BYTES_FOR_100_000 = 150_000_000
#: A page of a list of 100,000 takes at most so many times as long as one of 10,000.
SLOWER = 1.3

TURNS, CALLS = 15, 400
SMALL, LARGE = 10_000, 100_000
SD15 = 690_204
HEADERS = {"authorization": "Bearer sd_bench", "content-type": "application/json"}

Call = Callable[[], Awaitable[object]]


async def fastest(calls: dict[str, Call], turns: int, number: int) -> dict[str, float]:
    """Seconds for one of each."""
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(turns):
        for name, call in calls.items():
            began = time.perf_counter()
            for _ in range(number):
                await call()
            best[name] = min(best[name], (time.perf_counter() - began) / number)
    return best


async def measure_calls() -> bool:
    """Calls a second through the client, by kind. The first is judged."""
    fake = FakeAstria(keep_requests=100)
    transport = MockTransport(fake)
    async with AsyncAstria("sd_bench", transport=transport, random=random.Random(1)) as astria:
        tune = await astria.tunes.create(name="woman", images=["https://example.com/1.jpg"], branch="fast")
        prompt = await astria.prompts.create(tune, text="a lake")
        calls: dict[str, Call] = {
            "tunes.retrieve": lambda: astria.tunes.retrieve(tune.id),
            "prompts.retrieve": lambda: astria.prompts.retrieve(prompt.id),
            "prompts.create": lambda: astria.prompts.create(tune.id, text="a lake"),
            "request GET /users": lambda: astria.request("GET", "/users"),
            "the stand-in alone": lambda: fake.handle(
                HttpRequest.of("GET", f"https://api.astria.ai/tunes/{tune.id}", HEADERS)
            ),
        }
        found = await fastest(calls, TURNS, CALLS)
    for name, seconds in found.items():
        print(f"{name:20} {1 / seconds:8,.0f} a second, {seconds * 1e6:6.1f} us")
    rate = 1 / found["tunes.retrieve"]
    return judged(f"{rate:,.0f} calls a second, at least {CALLS_A_SECOND:,}", rate >= CALLS_A_SECOND)


async def fill(fake: FakeAstria, number: int) -> None:
    """Order so many prompts, on ten tunes."""
    for index in range(number):
        body = (
            f'{{"prompt":{{"text":"ohwx woman in a garden, picture {index}","seed":{index},"num_images":4,'
            f'"callback":"https://example.com/astria?order={index}"}}}}'
        ).encode()
        path = f"https://api.astria.ai/tunes/{2_000_001 + index % 10}/prompts"
        response = await fake.handle(HttpRequest.of("POST", path, HEADERS, body))
        assert response.status == 201


async def filled(number: int) -> FakeAstria:
    """A stand-in with so many prompts."""
    fake = FakeAstria()
    body = b'{"tune":{"name":"woman","title":"T","image_urls":["https://example.com/1.jpg"],"branch":"fast"}}'
    for _ in range(10):
        await fake.handle(HttpRequest.of("POST", "https://api.astria.ai/tunes", HEADERS, body))
    await fill(fake, number)
    return fake


async def measure_size() -> bool:
    """What 100,000 prompts weigh."""
    await filled(100)
    gc.collect()
    tracemalloc.start()
    fake = await filled(LARGE)
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(fake.prompts) == LARGE
    text = f"{LARGE:,} prompts weigh {size / 1e6:.0f} MB, at most {BYTES_FOR_100_000 / 1e6:.0f}"
    return judged(text, size <= BYTES_FOR_100_000)


async def measure_pages() -> bool:
    """One page of each kind, in a short list and in a long one."""
    fakes = {number: await filled(number) for number in (SMALL, LARGE)}
    gc.freeze()
    held = True
    for name, query in (
        ("the newest", "/prompts?limit=120"),
        ("in the middle", "/prompts?limit=120&before_id=30005000"),
        ("by offset", "/prompts?limit=120&offset=9000"),
        ("of a tune", "/tunes/2000004/prompts?limit=120&before_id=30005000"),
        ("filtered", "/prompts?limit=120&text=garden&before_id=30009000"),
    ):
        calls: dict[str, Call] = {
            str(number): lambda fake=fake, query=query: fake.handle(  # type: ignore[misc]
                HttpRequest.of("GET", f"https://api.astria.ai{query}", HEADERS)
            )
            for number, fake in fakes.items()
        }
        found = await fastest(calls, TURNS, 10)
        ratio = found[str(LARGE)] / found[str(SMALL)]
        text = f"a page {name:13} {found[str(LARGE)] * 1e3:5.2f} ms, {ratio:.2f} times as long, at most {SLOWER}"
        held &= judged(text, ratio <= SLOWER)
    return held


def judged(text: str, held: bool) -> bool:
    """Print a finding, and return whether its limit is held."""
    print(f"{text}: {'held' if held else 'EXCEEDED'}")
    return held


async def main() -> int:
    """Measure, print, judge."""
    return 0 if all([await measure_calls(), await measure_size(), await measure_pages()]) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
