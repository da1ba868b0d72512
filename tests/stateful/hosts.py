"""Event loops that stand still between two steps of a state machine, with everything that runs on them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

import trio

T = TypeVar("T")


class Host(Protocol):
    """An event loop that runs only within `run` and `close`."""

    def run(self, step: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a step to its end; what was spawned goes on meanwhile. Raises what it raises."""
        ...

    def spawn(self, call: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], object]:
        """Let something run beside the steps. Returns what cancels it, to be called within a step."""
        ...

    def close(self) -> None:
        """End the loop, and whatever still runs on it."""
        ...


class AsyncioHost:
    """asyncio, and its own way to cancel: `Task.cancel`."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._tasks: list[asyncio.Task[None]] = []

    def run(self, step: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return self._runner.run(step())

    def spawn(self, call: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], object]:
        task = self._runner.get_loop().create_task(call())
        self._tasks.append(task)  # the loop keeps none alive
        return task.cancel

    def close(self) -> None:
        self._runner.close()


class TrioHost:
    """trio as a guest of this thread, which gives it its turns."""

    def __init__(self) -> None:
        self._turns: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._nursery: trio.Nursery | None = None
        self._token: trio.lowlevel.TrioToken | None = None
        self._has_ended = False
        trio.lowlevel.start_guest_run(
            self._main,
            run_sync_soon_threadsafe=self._turns.put,
            done_callback=self._ended,
            restrict_keyboard_interrupt_to_checkpoints=True,
        )
        self._turn_until(lambda: self._nursery is not None)

    async def _main(self) -> None:
        self._closing = trio.Event()
        async with trio.open_nursery() as nursery:
            self._token, self._nursery = trio.lowlevel.current_trio_token(), nursery
            await self._closing.wait()

    def _ended(self, outcome: Any) -> None:
        self._has_ended = True
        outcome.unwrap()

    def _turn_until(self, done: Callable[[], bool]) -> None:
        while not done():
            self._turns.get()()

    def run(self, step: Callable[[], Coroutine[Any, Any, T]]) -> T:
        results: list[T] = []
        errors: list[BaseException] = []

        async def to_its_end() -> None:
            try:
                results.append(await step())
            except Exception as error:  # noqa: BLE001 -- raised again, in the thread that asked for it
                errors.append(error)

        self._start(to_its_end)
        self._turn_until(lambda: bool(results or errors))
        if errors:
            raise errors[0]
        return results[0]

    def spawn(self, call: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], object]:
        scope = trio.CancelScope()

        async def cancellable() -> None:
            with scope:
                await call()

        self._start(cancellable)
        return scope.cancel

    def _start(self, function: Callable[[], Awaitable[None]]) -> None:
        assert self._token is not None
        assert self._nursery is not None
        self._token.run_sync_soon(self._nursery.start_soon, function)

    def close(self) -> None:
        assert self._nursery is not None
        assert self._token is not None
        self._token.run_sync_soon(self._closing.set)
        self._token.run_sync_soon(self._nursery.cancel_scope.cancel)
        self._turn_until(lambda: self._has_ended)


HOSTS: dict[str, Callable[[], Host]] = {"asyncio": AsyncioHost, "trio": TrioHost}
