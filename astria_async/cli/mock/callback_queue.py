"""Callbacks of the mock: to addresses on this machine only, one after the other, while the mock goes on answering."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

import anyio
from anyio.abc import TaskGroup
from attrs import define

from ...errors import TransportError
from .loopback import hide_secrets, is_loopback_url

if TYPE_CHECKING:
    from ..._wire import Transport
    from ...testing import Callback

#: Called with a callback's URL, without its query, and why it was not delivered.
OnFailure = Callable[[str, str], object]
Treatment: TypeAlias = Literal["lose", "double", "delay"]
"""What can be done to a callback: never send it, send it twice, or send it later."""
TREATMENTS: Final[Mapping[str, Treatment]] = {name: name for name in get_args(Treatment)}
#: How much later a delayed callback is sent, in seconds of the mock's clock.
DELAY = 60.0
#: How many deliveries are remembered: the last ones.
REMEMBERED = 50


@define(eq=False, kw_only=True)
class Delivery:
    """One callback, and what became of it.

    Args:
        number: counts the deliveries of this mock.
        kind: "tune", "prompt" or "prompts".
        ids: what it says is done.
        url: whom it is for, without user name and query: these may be secret.
        at: when its objects were done, by the mock's clock.
        state: "waiting", "delayed", "sending", "lost", "answered" or "failed".
        outcome: the status of an answer, or why there is none; "" before that.
    """

    number: int
    kind: str
    ids: tuple[int, ...]
    url: str
    at: datetime
    state: str = "waiting"
    outcome: str = ""


class CallbackQueue:
    """Takes callbacks at once, and delivers them beside the server: `receive` is for the fake, `run` for the server.

    So a receiver may call the mock while the mock calls it. As with the service, a callback that fails is not tried again
    [D]. `deliveries` are the last ones, the oldest first; `treatments` is what happens to the next ones.

    Args:
        transport: sends the callbacks. It is closed when `run` ends.
        on_failure: called for each callback that no receiver accepted.
        sleep: waits so many seconds, by the mock's clock.
    """

    def __init__(
        self,
        transport: Transport,
        on_failure: OnFailure = lambda url, reason: None,
        sleep: Callable[[float], Awaitable[object]] = anyio.sleep,
    ) -> None:
        from ...testing import http_receiver

        self._transport = transport
        self._send = http_receiver(transport)
        self._on_failure = on_failure
        self._sleep = sleep
        self._waiting: deque[tuple[Callback, Delivery]] = deque()
        self._arrived: anyio.Event | None = None
        self._numbers = count(1)
        self.deliveries: deque[Delivery] = deque(maxlen=REMEMBERED)
        self.treatments: deque[Treatment] = deque()

    async def receive(self, callback: Callback) -> int | None:
        """Take one. A callback that would leave this machine is not delivered."""
        if not is_loopback_url(callback.url):
            self._fail(self._remember(callback), "the mock calls only addresses on this machine")
            return None
        treatment = self.treatments.popleft() if self.treatments else None
        for state in _states(treatment):
            delivery = self._remember(callback, state)
            if state != "lost":
                self._waiting.append((callback, delivery))
        if self._arrived is not None:
            self._arrived.set()
        return None

    async def run(self) -> None:
        """Deliver, until cancelled."""
        try:
            async with anyio.create_task_group() as tasks:
                while True:
                    while self._waiting:
                        await self._begin(tasks, *self._waiting.popleft())
                    self._arrived = anyio.Event()
                    await self._arrived.wait()
        finally:
            with anyio.CancelScope(shield=True):
                await self._transport.aclose()

    async def _begin(self, tasks: TaskGroup, callback: Callback, delivery: Delivery) -> None:
        if delivery.state == "delayed":
            tasks.start_soon(self._deliver_later, callback, delivery)
        else:
            await self._deliver(callback, delivery)

    async def _deliver_later(self, callback: Callback, delivery: Delivery) -> None:
        await self._sleep(DELAY)
        await self._deliver(callback, delivery)

    async def _deliver(self, callback: Callback, delivery: Delivery) -> None:
        delivery.state = "sending"
        answer = self._send(callback)
        try:
            status = None if answer is None else await answer
        except TransportError as error:
            self._fail(delivery, str(error))
            return
        if status is not None and not 200 <= status < 300:
            self._fail(delivery, f"the receiver answered {status}")
            return
        delivery.state, delivery.outcome = "answered", "" if status is None else str(status)

    def _remember(self, callback: Callback, state: str = "waiting") -> Delivery:
        delivery = Delivery(
            number=next(self._numbers), kind=callback.kind, ids=callback.ids, url=hide_secrets(callback.url), at=callback.at,
            state=state,
        )  # fmt: skip
        self.deliveries.append(delivery)
        return delivery

    def _fail(self, delivery: Delivery, reason: str) -> None:
        delivery.state, delivery.outcome = "failed", reason
        self._on_failure(delivery.url, reason)


def _states(treatment: Treatment | None) -> Iterator[str]:
    """The state in which each of the callback's deliveries begins."""
    yield {"lose": "lost", "delay": "delayed"}.get(treatment or "", "waiting")
    if treatment == "double":
        yield "waiting"
