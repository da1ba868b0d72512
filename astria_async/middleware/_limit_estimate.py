"""How many attempts the service takes at once, found out from how attempts end. Pure: time is an argument."""

from __future__ import annotations

from collections import deque
from math import inf
from typing import Literal, TypeAlias

from attrs import define, field

Ending: TypeAlias = Literal["answered", "refused", "overloaded", "lost", "failed", "silent"]
"""How an attempt ended, as far as a limit is concerned.

answered: by the service itself, so it had room. refused: 429. overloaded: 503. lost: no answer came, or a gateway said
that none came in time. failed: another error of the service, which shows neither room nor a lack of it. silent: there
was nothing to answer, or nobody to hear it (never sent, cancelled).
"""

#: Statuses of a gateway that had no answer from the service: 502 and 504 [D], 520 to 529 by the service's CDN [I].
_GATEWAY = frozenset((502, 504, *range(520, 530)))
#: A request that arrived too slowly, or too early, is not a sign of room either.
_NO_SIGN_OF_ROOM = frozenset((408, 425))

#: Lost answers shrink the limit if there are more than a tenth of them among so many answers. Single ones are normal: a
#: connection that is reset, a gateway that restarts.
ANSWERS_LOOKED_AT, LOST_AT_MOST = 50, 5
#: After a 429 one more slot is tried when so many cool-downs have passed. Each 429 costs all calls a cool-down, so that
#: probing costs at most about 1/30 of the rate, however short or long the answers are.
PROBE_EVERY = 30
#: If that slot was not refused for so many cool-downs, the service takes more than before: twice as many are added.
PROBE_LASTS = 5


def ending_of(status: int) -> Ending:
    """What an answer of this status says about room."""
    if status < 500:
        return "refused" if status == 429 else "failed" if status in _NO_SIGN_OF_ROOM else "answered"
    # A 500 is a mistake, not a refusal; but a service that makes mistakes has not shown that it has room.
    return "overloaded" if status == 503 else "lost" if status in _GATEWAY else "failed"


@define(eq=False, kw_only=True)
class LimitEstimate:
    """The limit, and what is known about the ceiling above it.

    Until something goes wrong it grows by one for each answer, so it doubles each round. Later it grows by one a round,
    up to the ceiling: the most that the service took when it refused one more. Beyond the ceiling it grows by time.

    A method that shrinks it is told when the attempt began, and how many were in flight when it ended, itself included.
    A round is all that were in flight together when the limit shrank.

    Args:
        limit: Attempts at once to begin with.
        most: It never grows above this.
        cooldown: The usual pause after a 429, in seconds: the price of a probe, and so its measure.
    """

    limit: float
    most: int
    cooldown: float
    ceiling: float = field(default=inf, init=False)
    _probe_at: float = field(default=inf, init=False)
    _step: int = field(default=1, init=False)
    _shrunk_at: float = field(default=-inf, init=False)
    _floor: float = field(default=1.0, init=False)
    _taken: int = field(default=0, init=False)
    _lost: deque[int] = field(factory=lambda: deque(maxlen=LOST_AT_MOST + 1), init=False)

    def grow(self, now: float) -> None:
        """The service answered while all slots were in use."""
        if self.limit < self.ceiling:
            # Before anything went wrong each answer adds one; afterwards each round does.
            more = 1.0 if self._shrunk_at == -inf else 1 / self.limit
            self.limit = min(self.limit + more, self.ceiling, self.most)
        elif now >= self._probe_at and self.limit < self.most:
            self.limit = self.ceiling = min(self.limit + self._step, self.most)
            self._step *= 2
            self._probe_at = now + PROBE_LASTS * self.cooldown

    def refuse(self, *, began: float, in_flight: int, now: float, pause: float) -> None:
        """A 429, which is followed by a pause."""
        self._begin_round(began, in_flight, now)
        # All that were in flight were taken, but for those that are refused. (How many are in flight at the later ones
        # of a round shows less: some were answered by then. Nor does the order of sending show which was too many.)
        self._taken -= 1
        # In one round at most by half: the 429 may be due to something else than attempts at a time.
        self.ceiling = min(self.ceiling, max(self._floor, self._taken))
        self.limit = min(self.limit, self.ceiling)
        self._step = 1
        self._probe_at = now + PROBE_EVERY * max(pause, self.cooldown)

    def overload(self, *, began: float, in_flight: int, now: float) -> None:
        """A 503: half, but once for all that were in flight together."""
        if self._begin_round(began, in_flight, now):
            self.limit = self._floor

    def lose(self, *, began: float, in_flight: int, now: float, number: int) -> None:
        """A lost answer, with its number among all answers: half, but only if too many of the last 50 were lost."""
        if began < self._shrunk_at:
            return  # it was in flight with what shrank the limit, and is part of the same trouble
        lost = self._lost
        lost.append(number)
        if len(lost) > LOST_AT_MOST and number - lost[0] < ANSWERS_LOOKED_AT:
            self._begin_round(began, in_flight, now)
            self.limit = self._floor
            lost.clear()  # they have had their effect; what follows is judged by itself

    def _begin_round(self, began: float, in_flight: int, now: float) -> bool:
        """True for the first of a round that shrinks the limit. Half of what it was is this round's floor.

        An attempt that began before the limit last shrank belongs to that round.
        """
        if began < self._shrunk_at:
            return False
        self._floor = max(1.0, self.limit / 2)
        self._shrunk_at = now
        self._taken = in_flight
        return True
