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
from .._values.spelling import explain_misspelt
from .._wire import Clock, Request, Response
from ..errors import TransportError
from ._api import uploads
from ._api._table import ROUTER
from ._controls import Controls
from ._images import image_store
from ._routing.context import RouteContext
from ._server.asgi import MAX_BODY, App, app_of
from ._server.coerce import as_integer
from ._server.http import (
    Abort,
    HttpRequest,
    bad_request,
    not_found,
    unauthorized,
)
from ._server.multipart import MalformedError
from ._server.rails_params import Params, parse_body, parse_query
from ._store.base_packs import packs
from ._store.base_tunes import gallery
from ._store.store import IMAGES_PREFIX, Store
from ._store.timestamps import later
from ._store.timings import Timings
from .callbacks import Callbacks, Receiver, Style
from .faults import Fault, Faults
from .request_log import RequestLog, RequestRecord

#: Hosts that may serve the API and the images alike: over HTTP, all of the fake is behind one port.
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
#: How long before the fake the gallery's tunes were trained, in seconds: a year.
_GALLERY_AGE = 365 * 24 * 3600


class FakeAstria(Controls):
    """A fake for the service: it behaves as the service is known to, whoever calls it.

    In memory it is the handler of a `MockTransport`; `asgi()` is the same for a real server. Any key that begins with
    `sd_` is an account of its own. Nothing runs in the background: where a tune or prompt is in its life follows, at
    each look, from `clock` (real time by default; hand the same `VirtualClock` to it and to the client) and `timings`.

    Args:
        clock: Where time comes from; None means real time.
        timings: How long things take; None means the usual times.
        balance_mc: What each account can spend, in mc; None never runs out.
        account_idempotency: The account's setting of that name [D].
        images_origin: Where images lie: another host than the API's.
        failure_marker: A prompt whose text contains it fails.
        keep_requests: How many requests the log holds; None keeps all.
        callback_receiver: Who takes what the service posts when something is done; None makes no calls.
        callback_style: How the body of a callback is built: see `Callbacks`.
    """

    @explain_misspelt
    def __init__(
        self,
        *,
        clock: Clock | None = None,
        timings: Timings | None = None,
        balance_mc: int | None = None,
        account_idempotency: bool = False,
        images_origin: str = "https://mp.astria.ai",
        failure_marker: str = "[[fail]]",
        keep_requests: int | None = None,
        callback_receiver: Receiver | None = None,
        callback_style: Style = "wrapped",
    ) -> None:
        self._clock = clock or SystemClock()
        self._store = Store(timings or Timings(), balance_mc, account_idempotency, images_origin, failure_marker)
        born = self._now() - _GALLERY_AGE * 1_000_000
        self._store.gallery, self._store.packs = gallery(born), packs(born)
        for pack in self._store.packs.values():
            self._store.templates.update((template.id, template) for template in pack.templates)
        self._callbacks = Callbacks(self._store, callback_receiver, callback_style)
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
        return await self.handle(HttpRequest.of(request.method, request.url, headers, body))

    def asgi(self, *, max_body: int = MAX_BODY) -> App:
        """The same as an ASGI application. Bodies above `max_body` bytes are answered with 413.

        Behind a server in a thread of its own, leave it on real time: a `VirtualClock` belongs to one event loop. With
        `callback_receiver`, a server that has a startup and a shutdown delivers them in between when they become due.

        Args:
            max_body: The largest body that is taken, in bytes.
        """
        return app_of(self.handle, max_body, self._run_if_there_are_callbacks)

    async def deliver_callbacks(self) -> None:
        """Make the calls that have become due; those of a `handle` that is under way are left to it."""
        self._store.schedule.run_until(self._now())
        await self._callbacks.deliver()

    async def run(self) -> None:
        """Deliver callbacks when they become due, until cancelled: beside a server, which has nobody to call for them."""
        schedule = self._store.schedule
        try:
            while True:
                await self.deliver_callbacks()
                changed = anyio.Event()
                schedule.when_added, due = changed.set, schedule.next
                async with anyio.create_task_group() as tasks:
                    if due is not None:
                        tasks.start_soon(self._sleep_until, due, changed)
                    await changed.wait()
                    tasks.cancel_scope.cancel()
        finally:
            schedule.when_added = None

    async def _run_if_there_are_callbacks(self) -> None:
        if self._callbacks.receiver is not None:
            await self.run()

    async def _sleep_until(self, moment: int, awake: anyio.Event) -> None:
        await self._clock.sleep((moment - self._now()) / 1_000_000)
        awake.set()

    async def handle(self, http: HttpRequest) -> Response:
        """Answer a request. Raises TransportError where a fault drops the answer."""
        now = self._now()
        self._store.schedule.run_until(now)
        fault = self._faults.next(http.method, http.path)
        params = _params_or_none(http)
        response: Response | None = None
        if fault is None or fault.is_processed:
            response = self._answer(http, params, now)
        elif fault.acts_after is not None:
            self._store.schedule.add(
                later(now, fault.acts_after), lambda due: self._answer(http, _params_or_none(http), due)
            )
        if fault is not None:
            response = _spoilt(response, fault)
        record = self._record(http, params, now, response, fault)
        try:
            await self._callbacks.deliver()
            if fault is not None and fault.after:
                await self._clock.sleep(fault.after)
        finally:  # a client that went away while it waited has its record, too
            self._log.finish(record, self._now())
        if response is None:
            raise TransportError("the fake dropped the answer", request_was_sent=_was_sent(fault))
        headers = {
            "date": _http_date(int(self._clock.now().timestamp())),
            "x-request-id": f"{next(self._count):032x}",
            **response.headers,
        }
        return Response(status=response.status, headers=headers, body=response.body)

    # --- What happens to a request

    def _is_for_the_store(self, http: HttpRequest) -> bool:
        """For images and uploads: by its path; or by its host, where that serves nothing else."""
        if http.path.startswith((IMAGES_PREFIX, uploads.PREFIX)):
            return True
        origin = urlsplit(self._store.images_origin)
        return http.host == origin.netloc and not http.host.startswith(_LOOPBACK)

    def _answer(self, http: HttpRequest, params: Params | None, now: int) -> Response:
        if self._is_for_the_store(http):
            if http.path.startswith(uploads.PREFIX):
                return uploads.serve(self._store, http)
            return image_store.serve(self._store, http, now)
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
        account = self._store.account("" if route.open else key)
        selected = http.headers.get("x-workspace-id")
        workspace = as_integer(selected)
        context = RouteContext(
            account=account,
            names=names,
            query=query,
            params=params,
            now=now,
            workspace_id=workspace if workspace in account.workspaces else None,
            everywhere=selected == "all" or not account.workspaces,
        )
        try:
            return route.handler(self._store, context)
        except Abort as refusal:
            return refusal.response

    def _record(
        self, http: HttpRequest, params: Params | None, now: int, response: Response | None, fault: Fault | None
    ) -> RequestRecord:
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
        return record


@lru_cache(maxsize=16)
def _http_date(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)


def _params_or_none(http: HttpRequest) -> Params | None:
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
