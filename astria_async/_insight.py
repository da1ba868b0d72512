"""What a client tells of itself: how much it has under way, and why it is slow now; and who wakes its waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NoReturn, Protocol

from ._wire import Clock, Observer
from ._wiring import ClientParts
from .errors import ParameterError
from .middleware.limits import LimiterStatistics
from .models.parameters.scalars import shown
from .resources._core import Core
from .telemetry import Explanation


class Notice(Protocol):
    """What `notify` takes: the kind of an object, "tune" or "prompt", and its id."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> int | None: ...


class Notices(Protocol):
    """The same for several objects of one kind, such as a callback that was parsed: `kind` may be "prompts", too."""

    @property
    def kind(self) -> str: ...
    @property
    def ids(self) -> Sequence[int]: ...


class Insight:
    """The methods of a client that ask for nothing and send nothing."""

    _parts: ClientParts
    _core: Core

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
        return self._parts.explain()

    @property
    def clock(self) -> Clock:
        """The client's time: the one that it was given, or real time."""
        return self._parts.clock

    @property
    def settled_in(self) -> float:
        """In how many seconds after an attempt began the service is certainly done with a create: 60 [D]."""
        return self._core.settled_in

    async def service_time(self) -> datetime:
        """A time that the service's clock has passed, aware, in UTC. The first call of a client asks for it.

        Raises APIError or TransportError if the service cannot be asked.
        """
        return (await self._core.who())[1]

    @property
    def observer(self) -> Observer | None:
        """Who is told of events: `on_event`, which fails nothing by raising. None for nobody."""
        return self._parts.observer

    def notify(self, event: Notice | Notices) -> None:
        """Wake the waits for what an event names: `astria.notify(event)`, from any thread.

        The object is read before anything is believed, together with others that were named in the same second. Whatever
        nobody waits for is ignored, so it costs nothing to pass every callback on.

        Args:
            event: Anything with `kind`, "tune", "prompt" or "prompts", and `id` or `ids`, such as a callback that was parsed.

        Raises:
            ParameterError: It has another kind, or no id.
        """
        kind, ids = getattr(event, "kind", None), getattr(event, "ids", None)
        numbers: list[Any] = [getattr(event, "id", None)] if ids is None else [*ids]
        if kind not in ("tune", "prompt", "prompts") or not all(type(number) is int for number in numbers):
            raise ParameterError(
                f"event: {shown(event)} does not name an object; give one with kind 'tune' or 'prompt', and an id"
            )
        for number in numbers:
            self._parts.watches.notify("tune" if kind == "tune" else "prompt", number)

    def __reduce_ex__(self, protocol: object, /) -> NoReturn:
        raise TypeError("an AsyncAstria client cannot be pickled or copied: make a new one in each process")

    def __repr__(self) -> str:
        return f"<AsyncAstria {self._parts.settings.base_url}>"
