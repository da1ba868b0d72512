"""Reading again until it is done, with a deadline: the only honest sign that a training failed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from .._wire import Clock
from ..errors import ParameterError, WaitTimeoutError
from ..models import Prompt, Tune

T = TypeVar("T", Tune, Prompt)

#: Seconds before the first repeat, how much longer each further one is, and the longest. Trainings take 5 to 10
#: minutes, prompts 10 s to minutes [I]: this asks 10 times in the first minute, and 4 times in each later one.
FIRST, GROWTH, LONGEST = 2.0, 1.3, 15.0


async def poll(
    read: Callable[[], Awaitable[T]],
    *,
    last: T | None,
    done: Callable[[T], bool],
    what: str,
    clock: Clock,
    timeout: float | None,
    interval: float | None,
) -> T:
    """Read until `done`, and return what was read then.

    `last` is what is known already: if it is done, nothing is read. `timeout` is in seconds, None waits for ever;
    `interval` is the seconds between two reads, None is a schedule of the SDK's own. Raises WaitTimeoutError, with the
    last that was read, and whatever `read` raises.
    """
    for name, value in (("timeout", timeout), ("interval", interval)):
        if value is not None and not value >= 0:
            raise ParameterError(f"{name}: {value!r} is no time; give seconds, or None")
    pause = 0.0
    try:
        with clock.fail_after(timeout):
            while last is None or not done(last):
                if pause:
                    await clock.sleep(pause if interval is None else interval)
                last = await read()
                pause = min(max(pause * GROWTH, FIRST), LONGEST)
            return last
    except TimeoutError:
        pass
    seen = f"last seen: {last!r}" if last is not None else "it was never read"
    raise WaitTimeoutError(f"{what} was not done within {timeout:g} s; {seen}", last=last)
