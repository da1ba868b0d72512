"""What a client tells of itself: how much it has under way, and why it is slow now."""

from __future__ import annotations

from ._wiring import ClientParts
from .middleware.limits import LimiterStatistics
from .telemetry import Explanation
from .telemetry.explanation import PollState, explain


class Insight:
    """The methods of a client that ask for nothing and send nothing."""

    _parts: ClientParts

    def statistics(self) -> LimiterStatistics:
        """How many attempts are in flight, may be, and wait, on the running event loop."""
        return self._parts.limiter.statistics()

    def explain(self) -> Explanation:
        """Why this client is slow now: `print(astria.explain())`.

        It names what holds calls up: the limit of attempts at once, the pause after a 429, calls that wait to be sent
        again or to be looked for, and polls that fail. It needs no `on_event`. Slots and polls are those of the running
        event loop; calls that pause are those of all loops.

        Raises:
            ConfigurationError: No event loop is running.
        """
        parts, limiter = self._parts, self._parts.limiter.statistics()
        return explain(
            in_flight=limiter.in_flight,
            limit=limiter.limit,
            waiting=limiter.waiting,
            cooling_down=limiter.cooling_down,
            pauses=parts.pauses.now(),
            now=parts.clock.monotonic(),
            polls=PollState(),
        )
