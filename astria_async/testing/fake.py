"""FakeAstria: the service in memory."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from datetime import UTC
from email.utils import format_datetime
from itertools import count
from random import Random
from urllib.parse import urlsplit

from .. import _codec
from .._clock import SystemClock
from .._wire import Clock, Request, Response
from ..errors import TransportError
from . import pictures
from .asgi import MAX_BODY, App, app_of
from .bodies import Params, parse_body, parse_query
from .calls import HttpCall, Refused, bad_request, not_found, unauthorized
from .faults import Fault, Faults
from .journal import RequestLog, RequestRecord
from .moments import later, moment_of
from .multipart import MalformedError
from .routes import ROUTER
from .routing import Call
from .state import Account, StoredPrompt, StoredTune, World
from .timings import Timings
from .tunes import base_tunes

#: Hosts that may serve the API and the pictures alike: over HTTP, all of the stand-in is behind one port.
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
#: How long before the stand-in the base tunes were trained, in seconds: a year.
_BASE_TUNES_AGE = 365 * 24 * 3600


class FakeAstria:
    """A stand-in for the service: it behaves as the service is known to, whoever calls it.

    In memory it is the handler of a `MockTransport`; `asgi()` is the same for a real server. Any key that begins with
    `sd_` is an account of its own. Nothing runs in the background: where a tune or prompt is in its life follows, at
    each look, from `clock` (real time by default; hand the same `VirtualClock` to it and to the client) and `timings`.

    `balance_mc` is what each account can spend, in mc; None never runs out. `account_idempotency` is the account setting
    of that name. A prompt whose text contains `failure_marker` fails. `pictures_origin` is where pictures lie, another
    host than the API's. `keep_requests` bounds the log of requests; None keeps all.
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
    ) -> None:
        self._clock = clock or SystemClock()
        self._world = World(timings or Timings(), balance_mc, account_idempotency, pictures_origin, failure_marker)
        self._world.base_tunes = base_tunes(self._now() - _BASE_TUNES_AGE * 1_000_000)
        self._faults = Faults()
        self._count = count(1)
        self._pending: list[tuple[int, int, HttpCall]] = []
        self._random = Random(0)
        self._log = RequestLog(keep_requests)
        self._leaks = RequestLog(keep_requests)

    # --- What a test may set and look at

    @property
    def timings(self) -> Timings:
        """How long things take; a change concerns what is created from then on."""
        return self._world.timings

    @timings.setter
    def timings(self, timings: Timings) -> None:
        self._world.timings = timings

    @property
    def account_idempotency(self) -> bool:
        """The account setting: creates that agree return what is there [D]."""
        return self._world.account_idempotency

    @account_idempotency.setter
    def account_idempotency(self, on: bool) -> None:
        self._world.account_idempotency = on

    @property
    def pictures_origin(self) -> str:
        """Where pictures lie: scheme, host, port."""
        return self._world.pictures_origin

    @pictures_origin.setter
    def pictures_origin(self, origin: str) -> None:
        self._world.pictures_origin = origin.rstrip("/")

    @property
    def failure_marker(self) -> str:
        """What makes a prompt fail if its text contains it; "" for none."""
        return self._world.failure_marker

    @failure_marker.setter
    def failure_marker(self, marker: str) -> None:
        self._world.failure_marker = marker

    @property
    def tunes(self) -> tuple[StoredTune, ...]:
        """Every tune there is, of all accounts, oldest first."""
        self._catch_up(self._now())
        return tuple(self._world.tunes.values())

    @property
    def prompts(self) -> tuple[StoredPrompt, ...]:
        """Every prompt there is, of all accounts, oldest first."""
        self._catch_up(self._now())
        return tuple(self._world.prompts.values())

    @property
    def requests(self) -> RequestLog:
        """What arrived, in order."""
        return self._log

    @property
    def leaks(self) -> RequestLog:
        """Requests for pictures that carried a key: there should be none."""
        return self._leaks

    def account(self, key: str) -> Account:
        """What a key owns. Its `balance_mc` may be set."""
        return self._world.account(key)

    def fail_prompt(self, prompt_id: int, message: str = "The prompt was made to fail") -> None:
        """Let a prompt end with this `user_error`. Raises KeyError where there is none of this id."""
        self._world.prompts[prompt_id].error = message

    def script(self, pattern: str, *faults: Fault) -> None:
        """One fault for each of the next requests that match `POST /tunes/:id/prompts`, `GET *`, `* *`; then all is well."""
        self._faults.script(pattern, *faults)

    def rule(self, pattern: str, fault: Fault, *, probability: float = 1.0, seed: int = 0) -> None:
        """A fault for each matching request, with this probability, in a sequence that `seed` fixes."""
        self._faults.rule(pattern, fault, probability=probability, seed=seed)

    def clear_faults(self) -> None:
        """Forget every script and rule."""
        self._faults.clear()

    @property
    def faults_left(self) -> Mapping[str, list[Fault]]:
        """The scripted faults that no request has met yet, by pattern."""
        return self._faults.left

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

        Behind a server in a thread of its own, leave it on real time: a `VirtualClock` belongs to one event loop.
        """
        return app_of(self.handle, max_body)

    async def handle(self, http: HttpCall) -> Response:
        """Answer a request. Raises TransportError where a fault drops the answer."""
        now = self._now()
        self._catch_up(now)
        fault = self._faults.next(http.method, http.path)
        params = _params_or_none(http)
        response: Response | None = None
        if fault is None or fault.is_processed:
            response = self._answer(http, params, now)
        elif fault.acts_after is not None:
            heapq.heappush(self._pending, (later(now, fault.acts_after), next(self._count), http))
        if fault is not None:
            response = _spoilt(response, fault)
        self._record(http, params, now, response, fault)
        if fault is not None and fault.after:
            await self._clock.sleep(fault.after)
        if response is None:
            raise TransportError("the stand-in dropped the answer", request_was_sent=_was_sent(fault))
        headers = {
            "date": format_datetime(self._clock.now().astimezone(UTC), usegmt=True),
            "x-request-id": f"{next(self._count):032x}",
            **response.headers,
        }
        return Response(status=response.status, headers=headers, body=response.body)

    # --- What happens to a request

    def _now(self) -> int:
        return moment_of(self._clock.now())

    def _catch_up(self, now: int) -> None:
        """Act on the requests whose answers went out before their effect, as far as they are due."""
        while self._pending and self._pending[0][0] <= now:
            due, _, http = heapq.heappop(self._pending)
            self._answer(http, _params_or_none(http), due)

    def _is_for_pictures(self, http: HttpCall) -> bool:
        """By its path; or by its host, where that serves nothing else."""
        if http.path.startswith(pictures.PREFIX):
            return True
        origin = urlsplit(self._world.pictures_origin)
        return http.host == origin.netloc and not http.host.startswith(_LOOPBACK)

    def _answer(self, http: HttpCall, params: Params | None, now: int) -> Response:
        if self._is_for_pictures(http):
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
        call = Call(account=self._world.account(key), names=names, query=query, params=params, now=now)
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
        if "authorization" in http.headers and self._is_for_pictures(http):
            self._leaks.add(record)


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
