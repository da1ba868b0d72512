"""The page and its actions, before the stand-in's own routes."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from attrs import evolve

from ..._clock import SystemClock
from ..._wire import Clock, Response
from ...testing._images import image_store
from ...testing._server.asgi import MAX_BODY, App, app_of
from ...testing._server.http import HTML, TEXT, HttpRequest
from ...testing._server.multipart import MalformedError
from ...testing._server.rails_params import Params, parse_body
from ...testing._store.store import IMAGES_PREFIX
from ...testing._store.timestamps import moment_of
from .._faults import NoFault, Rule, fault_of
from .._state import world_of
from .html import PREFIX, fragment, page
from .views import REQUESTS, Seen, Snapshot, snapshot

if TYPE_CHECKING:
    from ...testing import FakeAstria
    from ...testing.clock._scaled import ScaledClock

#: Names of this machine, for this machine: a page elsewhere that made its own name lead here is refused.
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: The clock is put forward by that much at once at most, in seconds: ten years.
_FURTHEST = 10 * 365 * 86400


Work: TypeAlias = Callable[[], Coroutine[Any, Any, None]]


async def _nothing() -> None:
    """What there is to do beside."""


class _Own(str):
    """A text that is told from its equals by its identity."""

    __slots__ = ()


class Console:
    """A stand-in with its page at `/`; all else that is not under `/_mock/` is the stand-in's.

    `fake` lives by `clock`. `rules` are the faults without end that it was given before, by pattern; `on_change` is
    called after whatever can have changed its tunes and prompts. `stopwatch` times the requests; None: real time.
    """

    def __init__(
        self,
        fake: FakeAstria,
        clock: ScaledClock,
        *,
        rules: Iterable[tuple[str, Rule]] = (),
        on_change: Callable[[], object] = lambda: None,
        stopwatch: Clock | None = None,
    ) -> None:
        self._fake = fake
        self._clock = clock
        self._rules = [*rules]
        self._on_change = on_change
        self._stopwatch = stopwatch or SystemClock()
        self._seen: deque[Seen] = deque(maxlen=REQUESTS)
        self._count = count(1)

    def asgi(self, beside: Work | None = None) -> App:
        """The same as an ASGI application; `beside` runs from its server's start to its end."""
        return app_of(self.handle, MAX_BODY, beside or _nothing)

    async def handle(self, http: HttpRequest) -> Response:
        """Answer a request. Raises TransportError where a fault drops the answer."""
        reads = http.method in ("GET", "HEAD")
        if http.path == "/favicon.ico" and reads:  # a browser asks for it with every answer that is no page of ours
            return Response(status=204)
        if (http.path == "/" and reads) or http.path.startswith(PREFIX):
            if urlsplit(f"//{http.host}").hostname not in _LOOPBACK:
                return _said(403, "This page is for this machine only.")
            return self._shown(http) if reads else self._done(http)
        return await self._passed_on(http)

    async def _passed_on(self, http: HttpRequest) -> Response:
        """The stand-in's own answer, timed."""
        query = _Own(http.query)
        seen = Seen(next(self._count), self._clock.now(), http.method, http.path, query)
        self._seen.append(seen)
        began = self._stopwatch.monotonic()
        try:
            response = await self._fake.handle(evolve(http, query=query))
            seen.status = response.status
            return response
        finally:
            seen.seconds = self._stopwatch.monotonic() - began
            if http.method not in ("GET", "HEAD"):
                self._on_change()

    # --- What is shown

    def snapshot(self) -> Snapshot:
        """What there is to see."""
        now, scale = self._clock.now(), self._clock.factor
        expire = world_of(self._fake).images_expire
        return snapshot(self._fake, now, time_scale=scale, seen=self._seen, rules=self._rules, expire=expire)

    def _shown(self, http: HttpRequest) -> Response:
        base_url = f"http://{http.host}"
        if http.path == "/":
            nonce = secrets.token_urlsafe(16)
            return _html(page(self.snapshot(), base_url=base_url, nonce=nonce), nonce)
        if http.path == f"{PREFIX}parts":
            return _html(fragment(self.snapshot(), base_url=base_url))
        if http.path.startswith(PREFIX + IMAGES_PREFIX[1:]):
            return self._picture(http)
        return _said(404, "There is nothing here.")

    def _picture(self, http: HttpRequest) -> Response:
        """A picture as the stand-in's store has it, with no part in its faults and its log."""
        asked = evolve(http, path=http.path.removeprefix(PREFIX[:-1]))
        response = image_store.serve(world_of(self._fake), asked, moment_of(self._clock.now()))
        kept = {"cache-control": "private, max-age=3600"} if response.status == 200 else {}
        return evolve(response, headers={**response.headers, **kept, "x-content-type-options": "nosniff"})

    # --- What the buttons do

    def _done(self, http: HttpRequest) -> Response:
        actions: dict[str, Callable[[Params], None]] = {
            f"{PREFIX}fault": self._make_it_fail,
            f"{PREFIX}clear": self._forget_faults,
            f"{PREFIX}idempotency": self._set_idempotency,
            f"{PREFIX}advance": self._advance,
        }
        action = actions.get(http.path)
        if http.method != "POST" or action is None:
            return _said(404, "There is nothing here.")
        if http.headers.get("origin") != f"http://{http.host}":
            return _said(403, "Only this page's own buttons do that.")
        try:
            action(parse_body(http.headers.get("content-type", ""), http.body))
        except (MalformedError, ValueError) as error:
            return _said(400, str(error))
        return Response(status=303, headers={"location": "/", "cache-control": "no-store"})

    def _make_it_fail(self, params: Params) -> None:
        fault, pattern, times = fault_of(_text(params, "fault")), _text(params, "pattern"), _text(params, "times")
        if times == "always":
            self._fake.rule(pattern, fault)
            self._rules.append((pattern, Rule(fault, 1.0, 0)))
        elif times in ("1", "3"):
            self._fake.script(pattern, *[fault] * int(times))
        else:
            raise NoFault(f"{times!r} is no number of times")

    def _forget_faults(self, _: Params) -> None:
        self._fake.clear_faults()
        self._rules.clear()

    def _set_idempotency(self, params: Params) -> None:
        self._fake.account_idempotency = _text(params, "idempotency") == "on"

    def _advance(self, params: Params) -> None:
        seconds = float(_text(params, "seconds"))
        if not 0 <= seconds <= _FURTHEST:
            raise NoFault(f"{seconds!r} is no time to put a clock forward by")
        self._clock.advance(seconds)
        self._on_change()


def _text(params: Params, name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str):
        raise NoFault(f"{name} is missing")
    return value


def _html(text: str, nonce: str | None = None) -> Response:
    inline = "" if nonce is None else f"style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
    headers = {
        "content-type": HTML,
        "cache-control": "no-store",
        "content-security-policy": f"default-src 'none'; {inline}img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }
    return Response(status=200, headers=headers, body=text.encode("utf-8", "replace"))


def _said(status: int, text: str) -> Response:
    return Response(status=status, headers={"content-type": TEXT}, body=f"{text}\n".encode("utf-8", "replace"))
