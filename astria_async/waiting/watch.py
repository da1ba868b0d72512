"""One watch for all that a client waits for on one event loop. It has no task of its own: one waiter leads, others follow.

The leader plans what is looked at, reads pages for all, and tells each what it waits for. A single object is read by who waits
for it. When the leader goes (it has what it wants, is cancelled, or its time is over), the next one leads: what is due stays
due, so nothing is missed, and nobody else notices.
"""

from __future__ import annotations

from contextlib import suppress
from copy import copy

import anyio
from anyio.abc import TaskGroup
from anyio.lowlevel import EventLoopToken, checkpoint, current_token
from attrs import define, field

from .._runtime.loops import PerLoop, run_soon
from .._wire import Clock
from ..errors import AstriaError
from .board import Board
from .entry import Entry, Order, Seat
from .rounds import Round

#: Waiters woken between two turns of the event loop: each does some work of its own then.
WOKEN_AT_ONCE = 200
#: Seconds that a leader which has what it wants gives to looks under way, whose answers others wait for.
GRACE = 1.0
#: Requests for single objects at a time. The limiter has its own mind about how many of them are sent.
SINGLE_AT_ONCE = 32


@define(eq=False, repr=False)
class Watch(Board):
    """Looks at what is on the board, as long as somebody waits."""

    token: EventLoopToken = field(factory=current_token)
    followers: dict[Seat, None] = field(factory=dict)
    leader: Seat | None = None
    quiet: anyio.Event = field(factory=anyio.Event)
    turn: anyio.Lock = field(factory=anyio.Lock)
    singles: anyio.CapacityLimiter = field(factory=lambda: anyio.CapacityLimiter(SINGLE_AT_ONCE))
    under_way: int = 0
    is_leaving: bool = False
    _woken: int = 0

    async def until_enough(self, seat: Seat) -> None:
        """Wait until the seat has news; lead meanwhile, if nobody else does. Raises what its `tell` raises."""
        while not seat.is_enough(seat):
            if self.leader is None:
                await self._lead(seat)
                continue
            await self._follow(seat)
            seat.report()

    async def _follow(self, seat: Seat) -> None:
        """Wait until there is something to do: news, to lead, or a look at one's own object."""
        event = seat.event = anyio.Event()
        self.followers[seat] = None
        try:
            await event.wait()
        except BaseException:  # cancelled, maybe with an order in its hands
            if seat.order is not None:
                seat.order.drop()
            raise
        finally:
            order, seat.order, seat.event = seat.order, None, None
            self.followers.pop(seat, None)
            if self.leader is None:
                self._pass_on(but=seat)
        if order is not None:
            await order.carry_out()

    async def hand_out(self, entry: Entry, order: Order) -> bool:
        """Have a look made by somebody who waits for just this object, so that no change of the leader cuts it off. False
        if nobody does.
        """
        for seat in entry.seats:
            is_free = seat.event is not None and not seat.event.is_set() and seat.order is None
            if is_free and len(seat.pending) == 1:
                seat.order = order
                self._wake(seat)
                if self._woken >= WOKEN_AT_ONCE:
                    await self._breathe()
                return True
        return False

    async def _lead(self, seat: Seat) -> None:
        failure: Exception | None = None
        self.leader, self.is_leaving = seat, False
        try:
            await checkpoint()  # whoever begins to wait in the same turn is looked at together with this one
            async with anyio.create_task_group() as tasks:
                while True:
                    self.take_note()
                    self._begin_rounds(tasks)
                    if self.to_deliver:
                        await self.deliver()
                    try:
                        seat.report()
                    except Exception as error:  # noqa: BLE001 -- of the user's on_progress: raised below
                        failure = error
                    if failure is not None or seat.is_enough(seat):
                        break
                    await self._rest()
                self.is_leaving = True
                if self.under_way and failure is None:
                    self.quiet = anyio.Event()
                    with suppress(TimeoutError), self.clock.fail_after(GRACE):
                        await self.quiet.wait()
                tasks.cancel_scope.cancel()
        finally:
            self.leader = None
            self._pass_on(but=seat)
        if failure is not None:
            raise failure
        seat.report()

    def _pass_on(self, but: Seat) -> None:
        """Have the next follower lead that has not been woken for news."""
        for seat in self.followers:
            if seat is not but and seat.event is not None and not seat.event.is_set():
                seat.event.set()
                return

    async def _rest(self) -> None:
        """Wait until something is due, or has changed."""
        seconds = self.wake_at - self.clock.monotonic()
        with suppress(TimeoutError), self.clock.fail_after(None if seconds == float("inf") else max(seconds, 0.0)):
            await self.changed.wait()

    def _begin_rounds(self, tasks: TaskGroup) -> None:
        for space, due in self.take_due():
            tasks.start_soon(Round(self, space, due, tasks).run)

    # --- Telling the waiters

    async def deliver(self) -> None:
        """Tell the waiters what has come, and let the others have their turn before the next look."""
        async with self.turn:
            await self.deliver_in_turn()

    async def deliver_in_turn(self) -> None:
        """`deliver`, for who holds `turn`."""
        while self.to_deliver:
            seat, entry, outcome = self.to_deliver.popleft()
            if seat.pending.get(entry.number) is not entry:
                continue  # it waits no longer
            if outcome is not None:
                del seat.pending[entry.number]
                mine = copy(outcome) if isinstance(outcome, AstriaError) else outcome  # each has a traceback of its own
                seat.news.append((entry.number, mine))
            if seat.tell is not None:
                seat.looks[entry] = None
            self._wake(seat)
            if self._woken >= WOKEN_AT_ONCE:
                await self._breathe()
        await self._breathe()

    def _wake(self, seat: Seat) -> None:
        if seat is self.leader:
            self.changed.set()
        elif seat.event is not None and not seat.event.is_set():
            seat.event.set()
            self._woken += 1

    async def _breathe(self) -> None:
        self._woken = 0
        await checkpoint()


class Watches:
    """The watches of a client, one for each event loop."""

    def __init__(self, clock: Clock) -> None:
        self._of_loop = PerLoop(lambda: Watch(clock))

    def here(self) -> Watch:
        """The watch of the running loop."""
        return self._of_loop.get()

    def notify(self, kind: str, number: int) -> None:
        """Tell the watches of all loops, from any thread."""
        for watch in self._of_loop.values():
            run_soon(watch.token, watch.told, kind, number)
