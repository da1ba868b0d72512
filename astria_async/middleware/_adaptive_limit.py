"""The slots of one event loop: who may start, who waits, and whose turn it is."""

from __future__ import annotations

from collections import deque
from math import ceil

import anyio
from attrs import define, field

from .._wire import Clock
from ._limit_estimate import Ending, LimitEstimate


@define(eq=False)
class Lease:
    """Permission for one attempt. Give it back to the limit that it came from, with how the attempt ended."""

    is_poll: bool
    began: float


@define(eq=False, kw_only=True)
class AdaptiveLimit:
    """Slots for attempts, and two queues for them: calls, and polls. First come, first served within a queue.

    Only the first task of each queue checks whether it may start. The others wait for it. Every method that can free a
    slot, or change whose turn it is, wakes the task whose turn it is. There is no background task.

    Args:
        clock: Where time comes from.
        slots: Attempts at once to begin with.
        estimate: Changes `slots` by how attempts end; None keeps them.
        spacing: Seconds between the beginnings of two attempts; 0 for none.
        polling_share: The share of polls if both kinds wait, above 0 and below 1.
    """

    clock: Clock
    slots: int
    estimate: LimitEstimate | None = None
    spacing: float = 0.0
    polling_share: float
    resume_at: float = float("-inf")  # nothing is sent before this moment
    in_flight: int = field(default=0, init=False)
    _polls_in_flight: int = field(default=0, init=False)
    _calls: deque[anyio.Event] = field(factory=deque, init=False)
    _polls: deque[anyio.Event] = field(factory=deque, init=False)
    # What polls have sent less than their share of late; between -1 and 1, so that neither kind saves up for long.
    _owed_to_polls: float = field(default=0.0, init=False)
    _answers: int = field(default=0, init=False)

    @property
    def waiting(self) -> int:
        """How many tasks stand in the queues."""
        return len(self._calls) + len(self._polls)

    def acquire_nowait(self, is_poll: bool) -> Lease | None:
        """A lease if there is room now and nobody waits; else None, and `acquire` waits for one."""
        # This is the way of nearly every attempt: it calls as little as possible.
        if self._calls or self._polls or self.in_flight >= self.slots:
            return None
        now = self.clock.monotonic()
        return None if self.resume_at > now else self._take(is_poll, now)

    async def acquire(self, is_poll: bool) -> Lease:
        """Wait in the queue of this kind until there is room."""
        queue, turn = self._polls if is_poll else self._calls, anyio.Event()
        queue.append(turn)
        try:
            while True:
                if queue[0] is turn and self._may_start(is_poll):
                    now = self.clock.monotonic()
                    if self.resume_at <= now:
                        return self._take(is_poll, now)
                    # If somebody else gets ahead in the meantime, this is found out after the sleep.
                    await self.clock.sleep(self.resume_at - now)
                else:
                    if turn.is_set():  # woken in vain; only the first of a queue is ever woken
                        queue[0] = turn = anyio.Event()
                    await turn.wait()
        finally:
            queue.remove(turn)
            self._wake_first()

    def release(self, lease: Lease, ending: Ending, pause: float = 0.0) -> None:
        """An attempt ended. After a 429 nothing is sent for `pause` seconds."""
        was_full = self.in_flight >= self.slots
        self.in_flight -= 1
        self._polls_in_flight -= lease.is_poll
        self._answers += ending != "silent"
        if ending == "answered":
            # Room that was not used proves nothing. It is used if all slots are taken, or if tasks wait for no more than
            # their turn.
            if was_full or self._calls or self._polls:
                self._grow(was_full)
        elif ending not in ("failed", "silent"):
            self._shrink(lease.began, ending, pause)
        if self._calls or self._polls:
            self._wake_first()

    def _take(self, is_poll: bool, now: float) -> Lease:
        self.in_flight += 1
        self._polls_in_flight += is_poll
        if self.spacing:
            self.resume_at = max(self.resume_at, now) + self.spacing
        owed = self._owed_to_polls + self.polling_share - is_poll
        self._owed_to_polls = 1.0 if owed > 1 else -1.0 if owed < -1 else owed
        return Lease(is_poll, now)

    def _grow(self, was_full: bool) -> None:
        now, estimate = self.clock.monotonic(), self.estimate
        if estimate is not None and (was_full or self.resume_at <= now):
            estimate.grow(now)
            self.slots = int(estimate.limit)

    def _shrink(self, began: float, ending: Ending, pause: float) -> None:
        now, estimate, in_flight = self.clock.monotonic(), self.estimate, self.in_flight + 1
        if ending == "refused":
            # Also with fixed slots: the service asks to be left alone.
            self.resume_at = max(self.resume_at, now + pause)
        if estimate is None:
            return
        if ending == "refused":
            estimate.refuse(began=began, in_flight=in_flight, now=now, pause=pause)
        elif ending == "overloaded":
            estimate.overload(began=began, in_flight=in_flight, now=now)
        else:
            estimate.lose(began=began, in_flight=in_flight, now=now, number=self._answers)
        self.slots = int(estimate.limit)

    def _may_start(self, is_poll: bool) -> bool:
        """A slot is free; and if the other kind waits too, it is this one's turn."""
        if self.in_flight >= self.slots:
            return False
        if not (self._calls if is_poll else self._polls):
            return True
        return self._is_turn_of_polls() == is_poll

    def _is_turn_of_polls(self) -> bool:
        """Whose turn it is if both kinds wait. Exactly one kind has it, so neither waits for the other."""
        # Slow attempts of one kind must not fill the other's slots, however few were sent lately. (Rounded up for both
        # kinds: with few slots the shares overlap, and the next rule decides.)
        if self._polls_in_flight >= ceil(self.slots * self.polling_share):
            return False
        if self.in_flight - self._polls_in_flight >= ceil(self.slots * (1 - self.polling_share)):
            return True
        # With one slot, or under a rate limit, slots say nothing: the kind goes first that is behind by what was sent.
        return self._owed_to_polls + self.polling_share >= 0.5

    def _wake_first(self) -> None:
        """Wake the task that may start, if there is one. Having started, it wakes the next."""
        if self.in_flight >= self.slots:
            return
        queue = self._calls or self._polls
        if self._calls and self._polls:
            queue = self._polls if self._is_turn_of_polls() else self._calls
        if queue:
            queue[0].set()
