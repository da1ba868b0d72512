"""How the events of a call come about: two layers that a client has only if somebody listens."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from itertools import count
from urllib.parse import urlsplit

from attrs import define

from .._wire import Clock, Observer, Request, Response, Send
from .events import AttemptBegan, AttemptEnded, CallBegan, CallEnded, Event

log: logging.Logger = logging.getLogger("astria_async")

_numbers = count(1)
#: An id, or what stands for one: a pack's slug.
_IDS = re.compile(r"(?<=/)[0-9]+(?=[/.]|$)|(?<=^/p/)[^/]+")


def listener(on_event: Observer) -> Observer:
    """An observer whose exceptions fail no call: the first is logged with its traceback, and the others are not."""
    has_failed = False

    def tell(event: Event) -> None:
        nonlocal has_failed
        try:
            on_event(event)
        except Exception:  # an observer is the user's, and must not fail what it observes
            if not has_failed:
                has_failed = True
                log.exception("on_event raised for %s; it is called on, and this is logged once", type(event).__name__)

    return tell


def route_of(url: str, base_url: str) -> str:
    """The path of a URL below the base URL, with `{id}` in place of ids: "/tunes/{id}/prompts"."""
    path = urlsplit(url).path.removeprefix(urlsplit(base_url).path.rstrip("/"))
    return _IDS.sub("{id}", path)


@define(eq=False)
class CallTrace:
    """The events of one call: it is carried by the call's requests, and knows whom to tell."""

    observer: Observer
    clock: Clock
    call: int
    operation: str
    route: str
    attempt: int = 0

    def emit(self, kind: Callable[..., Event], /, **fields: object) -> None:
        """Tell of an event of this call, at its attempt of now."""
        event = kind(
            call=self.call, attempt=self.attempt, operation=self.operation, at=self.clock.monotonic(),
            **{"route": self.route, **fields},
        )  # fmt: skip
        self.observer(event)


class Tracing:
    """Two layers: `calls` outside of everything, `attempts` where a request has its slot."""

    def __init__(self, observer: Observer, clock: Clock, base_url: str) -> None:
        self._observer = observer
        self._clock = clock
        self._base_url = base_url

    async def calls(self, request: Request, call_next: Send, /) -> Response:
        """Give the call its number, and tell of its begin and its end."""
        route = route_of(request.url, self._base_url)
        trace = CallTrace(self._observer, self._clock, next(_numbers), request.operation, route)
        began = self._clock.monotonic()
        trace.emit(CallBegan, method=request.method)
        result, is_success = "", False
        try:
            response = await call_next(request.replace(trace=trace))
            result, is_success = str(response.status), 200 <= response.status < 300
            return response
        except BaseException as error:
            result = type(error).__name__
            raise
        finally:
            seconds = self._clock.monotonic() - began
            trace.emit(CallEnded, result=result, seconds=seconds, is_success=is_success)

    async def attempts(self, request: Request, call_next: Send, /) -> Response:
        """Tell of the begin and the end of one request."""
        trace = request.trace
        if not isinstance(trace, CallTrace):
            return await call_next(request)
        trace.attempt += 1
        route, began = route_of(request.url, self._base_url), self._clock.monotonic()
        trace.emit(AttemptBegan, method=request.method, route=route)
        result, is_success = "", False
        try:
            response = await call_next(request)
            result, is_success = str(response.status), 200 <= response.status < 300
            return response
        except BaseException as error:
            result = type(error).__name__
            raise
        finally:
            seconds = self._clock.monotonic() - began
            trace.emit(AttemptEnded, result=result, seconds=seconds, is_success=is_success, route=route)
