"""The walk of one `prompts.create` through the package, as a program sees it.

    python -m tests.cost.walk            # prints it
    python -m tests.cost.walk --steps    # each function that is entered, in order
    python -m tests.cost.walk --write    # writes walk.json anew, after a change that is worth it

Counted are the files of the package that a warm call enters, the entries to functions of the package (a coroutine that
goes on is not entered again), the changes of room from one entry to the next, and the copies of the request. A room is a
folder of the package, or a file at its root. The walk is counted twice: to the transport's door and back, which is what
every transport shares, and over a real connection with httpx.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from random import Random
from types import FrameType

from attrs import frozen

import astria_async
from astria_async import AsyncAstria, SystemClock

from .counting import PROMPT, AtOnce

PACKAGE = Path(astria_async.__file__).parent
RECORDED = Path(__file__).with_name("walk.json")
WARM = 3


@frozen
class Step:
    """One function of the package that was entered."""

    file: str
    function: str

    @property
    def room(self) -> str:
        return self.file.partition("/")[0]


def follow(steps: list[Step]) -> Callable[[FrameType, str, object], None]:
    """A profile function that notes each entry to a function of the package."""
    seen: set[int] = set()
    frames: list[FrameType] = []  # kept, so that no other frame gets the same id
    folder = f"{PACKAGE}/"

    def note(frame: FrameType, event: str, _: object) -> None:
        if event != "call" or id(frame) in seen or _is_of_the_transport(frame):
            return
        seen.add(id(frame))
        frames.append(frame)
        if frame.f_code.co_filename.startswith(folder):
            steps.append(Step(frame.f_code.co_filename.removeprefix(folder), frame.f_code.co_qualname))

    return note


def _is_of_the_transport(frame: FrameType) -> bool:
    """Whether it makes the answer of the transport that answers at once."""
    caller = frame.f_back
    while caller is not None and caller.f_code is not AtOnce.send.__code__:
        caller = caller.f_back
    return caller is not None


async def steps_of(call: Callable[[], Awaitable[object]]) -> list[Step]:
    """What one warm call enters."""
    for _ in range(WARM):
        await call()
    steps: list[Step] = []
    gc.collect()
    gc.disable()  # a finalizer that runs in between is not of this call
    try:
        sys.setprofile(follow(steps))
        await call()
    finally:
        sys.setprofile(None)
        gc.enable()
    return steps


def summary(steps: list[Step]) -> dict[str, int]:
    """The four counts."""
    rooms = [step.room for step in steps]
    return {
        "files": len({step.file for step in steps}),
        "entries": len(steps),
        "changes of room": sum(here != there for here, there in pairwise(rooms)),
        "copies of the request": sum(step.function == "Request.replace" for step in steps),
    }


async def to_the_door() -> list[Step]:
    """To a transport that answers at once, and back."""
    astria = AsyncAstria("sd_test", transport=AtOnce(), clock=SystemClock(), random=Random(1))
    steps = await steps_of(lambda: _create(astria))
    await astria.aclose()
    return steps


async def over_a_connection() -> list[Step]:
    """To a server on this machine, with httpx, and back."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, AsyncAstria("sd_test", base_url=f"http://127.0.0.1:{port}", random=Random(1)) as astria:
        return await steps_of(lambda: _create(astria))


async def _create(astria: AsyncAstria) -> object:
    return await astria.prompts.create(2000001, text="ohwx woman in a garden", num_images=4)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each create with its own seed."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            size = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
            seed = json.loads(await reader.readexactly(size))["prompt"]["seed"]
            body = json.dumps({**PROMPT, "seed": seed}).encode()
            writer.write(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n")
            writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    except (asyncio.IncompleteReadError, asyncio.CancelledError):
        writer.close()


async def both() -> dict[str, dict[str, int]]:
    """The counts of both walks."""
    return {
        "to the transport's door": summary(await to_the_door()),
        "over a connection": summary(await over_a_connection()),
    }


if __name__ == "__main__":
    if "--steps" in sys.argv:
        for step in asyncio.run(to_the_door()):
            print(f"{step.room:12} {step.file:45} {step.function}")
    counts = asyncio.run(both())
    print(json.dumps(counts, indent=2))
    if "--write" in sys.argv:
        RECORDED.write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")
