"""FakeAstria: the service in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from itertools import count
from random import Random
from urllib.parse import urlsplit

import anyio

from .. import _codec
from .._clock import SystemClock
from .._wire import Clock, Request, Response
from ..errors import TransportError
from . import pictures, uploads
from .asgi import MAX_BODY, App, app_of
from .bodies import Params, parse_body, parse_query
from .callbacks import Callbacks, Sink, Style
from .calls import HttpCall, Refused, bad_request, not_found, unauthorized
from .casts import as_integer
from .controls import Controls
from .faults import Fault, Faults
from .gallery import gallery
from .journal import RequestLog, RequestRecord
from .moments import later
from .multipart import MalformedError
from .routes import ROUTER
from .routing import Call
from .state import World
from .timings import Timings

#: Hosts that may serve the API and the pictures alike: over HTTP, all of the stand-in is behind one port.
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
#: How long before the stand-in the gallery's tunes were trained, in seconds: a year.
_GALLERY_AGE = 365 * 24 * 3600


class FakeAstria(Controls):
    """A stand-in for the service: it behaves as the service is known to, whoever calls it.

    In memory it is the handler of a `MockTransport`; `asgi()` is the same for a real server. Any key that begins with
    `sd_` is an account of its own. Nothing runs in the background: where a tune or prompt is in its life follows, at
    each look, from `clock` (real time by default; hand the same `VirtualClock` to it and to the client) and `timings`.

    `balance_mc` is what each account can spend, in mc; None never runs out. `account_idempotency` is the account setting
    of that name. A prompt whose text contains `failure_marker` fails. `pictures_origin` is where pictures lie, another
    host than the API's. `keep_requests` bounds the log of requests; None keeps all. `callbacks` takes what the service
    posts when something is done, in a body of `callback_style`; None makes no calls. See `Callbacks`.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        timings: Timings | None = None,
        balance_mc: int | None = None,
        account_idempotency: bool = False,
        pictures_origin: str = "https://mp.astria.ai",
        failure_marker: str = "[[fail]]",
        keep_requests: int | None = None,
        callbacks: Sink | None = None,
        callback_style: Style = "wrapped",
    ) -> None:
        self._clock = clock or SystemClock()
        self._world = World(timings or Timings(), balance_mc, account_idempotency, pictures_origin, failure_marker)
        self._world.gallery = gallery(self._now() - _GALLERY_AGE * 1_000_000)
        self._callbacks = Callbacks(self._world, callbacks, callback_style)
        self._faults = Faults()
        self._count = count(1)
        self._random = Random(0)
        self._log = RequestLog(keep_requests)
        self._leaks = RequestLog(keep_requests)

    # --- The ways in

    async def __call__(self, request: Request, /) -> Response:
        """Answer a request of a `MockTransport`: its body is encoded as for a real one, its files are read."""
        headers, body = dict(request.headers), b""
        if request.body is not None:
            encoded = _codec.encode(request.body, self._random)
            headers["content-type"] = encoded.content_type
            body = b"".join([chunk async for chunk in encoded.chunks()])
        return await self.handle(HttpCall.of(request.method, request.url, headers, body))

    def asgi(self, *, max_body: int = MAX_BODY) -> App:
        """The same as an ASGI application. Bodies above `max_body` bytes are answered with 413.

        Behind a server in a thread of its own, leave it on real time: a `VirtualClock` belongs to one event loop. With
        `callbacks`, a server that has a startup and a shutdown delivers them in between when they become due.
        """
        return app_of(self.handle, max_body, self._run_if_there_are_callbacks)

    async def deliver_callbacks(self) -> None:
        """Make the calls that have become due; those of a `handle` that is under way are left to it."""
        self._world.agenda.run_until(self._now())
        await self._callbacks.deliver()

    async def run(self) -> None:
        """Deliver callbacks when they become due, until cancelled: beside a server, which has nobody to call for them."""
        agenda = self._world.agenda
        try:
            while True:
                await self.deliver_callbacks()
                changed = anyio.Event()
                agenda.when_added, due = changed.set, agenda.next
                async with anyio.create_task_group() as tasks:
                    if due is not None:
                        tasks.start_soon(self._sleep_until, due, changed)
                    await changed.wait()
                    tasks.cancel_scope.cancel()
        finally:
            agenda.when_added = None

    async def _run_if_there_are_callbacks(self) -> None:
        if self._callbacks.sink is not None:
            await self.run()

    async def _sleep_until(self, moment: int, awake: anyio.Event) -> None:
        await self._clock.sleep((moment - self._now()) / 1_000_000)
        awake.set()

    async def handle(self, http: HttpCall) -> Response:
        """Answer a request. Raises TransportError where a fault drops the answer."""
        now = self._now()
        self._world.agenda.run_until(now)
        fault = self._faults.next(http.method, http.path)
        params = _params_or_none(http)
        response: Response | None = None
        if fault is None or fault.is_processed:
            response = self._answer(http, params, now)
        elif fault.acts_after is not None:
            self._world.agenda.add(
                later(now, fault.acts_after), lambda due: self._answer(http, _params_or_none(http), due)
            )
        if fault is not None:
            response = _spoilt(response, fault)
        self._record(http, params, now, response, fault)
        await self._callbacks.deliver()
        if fault is not None and fault.after:
            await self._clock.sleep(fault.after)
        if response is None:
            raise TransportError("the stand-in dropped the answer", request_was_sent=_was_sent(fault))
        headers = {
            "date": _http_date(int(self._clock.now().timestamp())),
            "x-request-id": f"{next(self._count):032x}",
            **response.headers,
        }
        return Response(status=response.status, headers=headers, body=response.body)

    # --- What happens to a request

    def _is_for_the_store(self, http: HttpCall) -> bool:
        """For pictures and uploads: by its path; or by its host, where that serves nothing else."""
        if http.path.startswith((pictures.PREFIX, uploads.PREFIX)):
            return True
        origin = urlsplit(self._world.pictures_origin)
        return http.host == origin.netloc and not http.host.startswith(_LOOPBACK)

    def _answer(self, http: HttpCall, params: Params | None, now: int) -> Response:
        if self._is_for_the_store(http):
            if http.path.startswith(uploads.PREFIX):
                return uploads.serve(self._world, http)
            return pictures.serve(self._world, http, now)
        found = ROUTER.find(http.method, http.path)
        if found is None:
            return not_found()
        route, names = found
        key = http.key or ""
        if not (route.open or key.startswith("sd_")):
            return unauthorized()
        try:
            query = parse_query(http.query)
        except MalformedError as error:
            return bad_request(str(error))
        if params is None:
            return bad_request("the body cannot be read")
        account = self._world.account("" if route.open else key)
        selected = http.headers.get("x-workspace-id")
        workspace = as_integer(selected)
        call = Call(
            account=account,
            names=names,
            query=query,
            params=params,
            now=now,
            workspace_id=workspace if workspace in account.workspaces else None,
            everywhere=selected == "all" or not account.workspaces,
        )
        try:
            return route.handler(self._world, call)
        except Refused as refusal:
            return refusal.response

    def _record(
        self, http: HttpCall, params: Params | None, now: int, response: Response | None, fault: Fault | None
    ) -> None:
        record = RequestRecord(
            method=http.method,
            path=http.path,
            query=http.query,
            status=None if response is None else response.status,
            is_authorized=(http.key or "").startswith("sd_"),
            fault=None if fault is None else str(fault),
            params=params or None,
            moment=now,
        )
        self._log.add(record)
        if "authorization" in http.headers and self._is_for_the_store(http):
            self._leaks.add(record)


@lru_cache(maxsize=16)
def _http_date(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)


def _params_or_none(http: HttpCall) -> Params | None:
    """The body's parameters; None where it cannot be read."""
    try:
        return parse_body(http.headers.get("content-type", ""), http.body)
    except MalformedError:
        return None


def _spoilt(response: Response | None, fault: Fault) -> Response | None:
    """What a fault leaves of the answer; None for nothing."""
    if fault.is_dropped:
        return None
    if fault.answer is not None:
        return fault.answer
    if fault.is_halved and response is not None:
        return Response(status=response.status, headers=response.headers, body=response.body[: len(response.body) // 2])
    return response


def _was_sent(fault: Fault | None) -> bool:
    return fault is None or fault.request_was_sent
