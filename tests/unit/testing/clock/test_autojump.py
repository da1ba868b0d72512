"""VirtualClock and event loops: one at a time, asyncio's executor, sockets, and plain asyncio tests."""

from __future__ import annotations

import asyncio
import functools
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import pytest

from astria_async.testing import VirtualClock
from astria_async.testing.clock import _autojump

BACKENDS = ["asyncio", "trio"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_clock_may_go_from_one_loop_to_the_next(backend: str) -> None:
    clock = VirtualClock()
    for other in (backend, "asyncio", "trio"):
        anyio.run(clock.sleep, 10, backend=other)
    assert clock.monotonic() == 30


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_loop_left_behind_when_it_ended_is_forgotten(backend: str) -> None:
    clock = VirtualClock()

    async def leave_a_timer() -> None:
        clock._add(1000, 0, lambda: None)

    anyio.run(leave_a_timer, backend=backend)
    anyio.run(clock.sleep, 10, backend=backend)
    assert (clock.monotonic(), clock.waiting) == (10, 0)


def test_loop_taken_up_again_has_lost_its_clock_to_other() -> None:
    clock = VirtualClock()
    first = asyncio.new_event_loop()
    sleeper = first.create_task(clock.sleep(1000))
    first.run_until_complete(asyncio.sleep(0))
    asyncio.run(clock.sleep(10))
    for _ in range(5):
        first.run_until_complete(asyncio.sleep(0))
    assert (clock.monotonic(), sleeper.done()) == (10, False)
    sleeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        first.run_until_complete(sleeper)
    first.close()


@pytest.mark.parametrize("backend", BACKENDS)
def test_two_loops_at_once_cannot_share_a_clock(backend: str) -> None:
    clock = VirtualClock(auto=False)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(clock.sleep, 10)
            await clock.advance(1)
            with pytest.raises(RuntimeError, match="in use by another event loop"):
                await anyio.to_thread.run_sync(functools.partial(anyio.run, clock.sleep, 5))
            await clock.advance(9)

    anyio.run(main, backend=backend)
    assert clock.monotonic() == 10


def test_outside_an_event_loop_there_is_no_sleep() -> None:
    with pytest.raises(RuntimeError):
        VirtualClock()._add(1, 0, lambda: None)


# --- asyncio


def asyncio_test(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A test that runs as a plain asyncio program, with no plugin."""

    def run() -> None:
        asyncio.run(test())

    return run


@asyncio_test
async def test_work_in_asyncios_own_threads_holds_the_clock() -> None:
    clock, gate = VirtualClock(), threading.Event()
    seen: list[float] = []

    def work() -> None:
        gate.wait(0.02)
        seen.append(clock.monotonic())

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(20):  # more than the executor has threads
                group.create_task(asyncio.to_thread(work))
            group.create_task(clock.sleep(60))

    await main()
    assert seen == [0.0] * 20
    await clock.sleep(60)
    assert clock.monotonic() == 120


@asyncio_test
async def test_asyncios_own_timeout_is_no_timeout_of_the_clock() -> None:
    clock = VirtualClock(auto=False)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            with clock.fail_after(60):
                await clock.sleep(30)
    assert clock.waiting == 0


@asyncio_test
async def test_a_task_cancelled_the_asyncio_way_is_cancelled() -> None:
    clock = VirtualClock(auto=False)

    async def bounded() -> None:
        with clock.fail_after(60):
            await clock.sleep(30)

    task = asyncio.create_task(bounded())
    await clock.advance(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert clock.waiting == 0


class LoopThatHidesItsQueue:
    """What the running loop shows of itself, without `_ready`: as uvloop's does."""

    def __init__(self, tasks: list[Any]) -> None:
        self.tasks = tasks


class TaskThat:
    def __init__(self, waits_for: Any) -> None:
        self._fut_waiter = waits_for


@asyncio_test
async def test_loop_that_hides_its_queue_is_judged_by_its_tasks() -> None:
    loop = asyncio.get_running_loop()
    waiting, done = loop.create_future(), loop.create_future()
    done.set_result(None)
    for waits_for, is_ready in ((waiting, False), (done, True), (None, True)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(asyncio, "all_tasks", lambda hidden: hidden.tasks)
            hidden: Any = LoopThatHidesItsQueue([TaskThat(waiting), TaskThat(waits_for)])
            assert _autojump._others_are_ready(hidden) is is_ready
            assert not _autojump._sockets_in_use(hidden)


# --- Sockets


@pytest.mark.network
@pytest.mark.parametrize("backend", BACKENDS)
def test_traffic_on_a_socket_holds_the_clock(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is in another thread, of which the clock knows nothing, and takes its time."""
    monkeypatch.setattr(_autojump, "SETTLE", 10.0)  # so that a busy machine does not make it too slow

    def serve(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer:
            for _ in range(5):
                peer.recv(1)
                threading.Event().wait(0.01)
                peer.send(b"x")

    async def main(port: int) -> None:
        clock = VirtualClock()
        with clock.fail_after(60):
            async with await anyio.connect_tcp("127.0.0.1", port) as stream:
                for _ in range(5):
                    await stream.send(b"?")
                    assert await stream.receive(1) == b"x"
        assert clock.monotonic() == 0

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        anyio.run(main, listener.getsockname()[1], backend=backend)
        thread.join()


@pytest.mark.network
@pytest.mark.parametrize("backend", BACKENDS)
def test_silent_sockets_do_not_hold_it_for_long(backend: str) -> None:
    async def main(port: int) -> None:
        clock = VirtualClock()
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            with pytest.raises(TimeoutError), clock.fail_after(60):
                await stream.receive(1)
        assert clock.monotonic() == 60

    with socket.create_server(("127.0.0.1", 0)) as listener:
        anyio.run(main, listener.getsockname()[1], backend=backend)


@pytest.mark.network
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_server_that_listens_holds_nothing(backend: str) -> None:
    async def main() -> None:
        clock = VirtualClock()
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        async with listener, anyio.create_task_group() as group:
            group.start_soon(listener.serve, lambda stream: stream.aclose())
            await clock.sleep(3600)
            group.cancel_scope.cancel()
        assert clock.monotonic() == 3600

    anyio.run(main, backend=backend)
