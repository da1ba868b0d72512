"""The slots of one event loop: who may go in, who waits, and how many there are."""

from __future__ import annotations

from collections import deque

import anyio
from attrs import define, field

from .._wire import Clock

#: Within this share of where the last 429 came, growth is slowed down by SLOWER: each 429 costs all calls a cool-down.
NEAR, SLOWER = 0.9, 8


@define(eq=False, kw_only=True)
class Gate:
    """Slots, and two queues for them: calls, and polls. A task that cannot go in at once stands in its queue.

    Only the head of a queue acts: it waits for a slot, or for the moment when something may be sent again. There is no
    task in the background. Every change that may let a head go on wakes both.
    """

    clock: Clock
    limit: float
    most: int
    spacing: float
    polling_share: float
    resume_at: float = float("-inf")
    _busy: list[int] = field(factory=lambda: [0, 0])  # calls, polls
    _queues: tuple[deque[anyio.Event], deque[anyio.Event]] = field(factory=lambda: (deque(), deque()))
    _ceiling: float | None = None  # where the last 429 came; None: there was none, and growth is exponential
    _shrunk_at: float = float("-inf")
    _floor: float = 1.0

    @property
    def in_flight(self) -> int:
        return self._busy[0] + self._busy[1]

    @property
    def waiting(self) -> int:
        return len(self._queues[0]) + len(self._queues[1])

    def enter_at_once(self) -> bool:
        """Whether there is a slot for one more now, and nobody waits. Follow it with `took`."""
        return (
            not self._queues[0]
            and not self._queues[1]
            and self.in_flight < int(self.limit)
            and self.resume_at <= self.clock.monotonic()
        )

    def took(self, is_poll: bool) -> None:
        """Somebody went in."""
        self._busy[is_poll] += 1
        if self.spacing:
            self.resume_at = max(self.resume_at, self.clock.monotonic()) + self.spacing

    def leave(self, is_poll: bool) -> None:
        """Somebody came out."""
        self._busy[is_poll] -= 1
        self._wake_heads()

    async def stand_in_queue(self, is_poll: bool) -> None:
        """Wait until it is this task's turn. Follow it with `took`, without awaiting anything in between."""
        queue, mine = self._queues[is_poll], anyio.Event()
        queue.append(mine)
        try:
            while True:
                pause = self.resume_at - self.clock.monotonic()
                if queue[0] is mine and self._has_room_for(is_poll):
                    if pause <= 0:
                        return
                    await self.clock.sleep(pause)
                else:
                    await mine.wait()
                    fresh = anyio.Event()
                    queue[queue.index(mine)] = mine = fresh
        finally:
            queue.remove(mine)
            self._wake_heads()

    def _has_room_for(self, is_poll: bool) -> bool:
        """A slot is free; and where the other kind waits too, this one has not more than its share."""
        slots = int(self.limit)
        if self.in_flight >= slots:
            return False
        if not self._queues[not is_poll]:
            return True
        for_polls = max(1, int(slots * self.polling_share))
        return self._busy[is_poll] < (for_polls if is_poll else max(1, slots - for_polls))

    def _wake_heads(self) -> None:
        for queue in self._queues:
            if queue:
                queue[0].set()

    # --- How many slots there are.

    def cool_down(self, seconds: float) -> None:
        """Send nothing for so long."""
        self.resume_at = max(self.resume_at, self.clock.monotonic() + seconds)

    def grow(self) -> None:
        """The service answered well. Room that was not used proves nothing."""
        if self.waiting == 0 and self.in_flight + 1 < int(self.limit):
            return
        step = 1.0
        if self._ceiling is not None:
            is_near = self._ceiling * NEAR <= self.limit <= self._ceiling
            step = 1 / self.limit / (SLOWER if is_near else 1)
        self.limit = min(self.limit + step, float(self.most))
        self._wake_heads()

    def shrink_to_fit(self, began: float) -> None:
        """A 429 to an attempt that began then: down to what is in flight beside it, in one round at most by half."""
        self._is_new_round(began)
        self.limit = max(self._floor, min(self.limit, float(self.in_flight)))

    def halve(self, began: float) -> None:
        """A 503 or a lost answer to an attempt that began then: half, but once for all that were in flight together."""
        if self._is_new_round(began):
            self.limit = self._floor

    def _is_new_round(self, began: float) -> bool:
        """Whether an attempt that began then is the first of its round to shrink the limit; its half is then the floor."""
        if began < self._shrunk_at:
            return False
        self._ceiling, self._floor = self.limit, max(1.0, self.limit / 2)
        self._shrunk_at = self.clock.monotonic()
        return True
