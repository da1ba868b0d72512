"""The client: settings, wiring and closing. The only file that knows every room below it."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from random import SystemRandom
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

from attrs import evolve

from ._codec import check, files_in
from ._options import (
    UserClient,
    clock_of,
    flag_of,
    limits_of,
    middleware_of,
    most_bytes_of,
    random_of,
    retry_of,
    timeout_of,
    transport_of,
)
from ._runtime.clock import SystemClock
from ._runtime.threads import in_thread
from ._settings import settings_from, workspace_of
from ._wire import (
    MAX_RESPONSE_BYTES,
    Body,
    Clock,
    Effect,
    Middleware,
    RandomSource,
    Response,
    Timeout,
    Transport,
)
from ._wiring import DOWNLOADS, ClientParts, check_scale
from .errors import ParameterError
from .middleware import Limiter, Limits, RawResponse, RetryBudget, RetryPolicy
from .middleware.creates_in_flight import CreatesInFlight
from .middleware.limits import LimiterStatistics
from .middleware.raw_response import with_response
from .middleware.recovery.lost_creates import LostCreates
from .models import PackRun, Prompt, Tune
from .models.parameters.scalars import a, as_text, shown
from .resources import Account, Gallery, Images, Packs, Prompts, Themes, Tunes, Videos, sending
from .resources._core import Core
from .resources.prepared import Prepared
from .transports import TransportName

T = TypeVar("T")
R = TypeVar("R", Tune, Prompt, PackRun)

_EFFECTS = {"GET": Effect.READ, "HEAD": Effect.READ, "DELETE": Effect.DELETE, "POST": Effect.CREATE}


class AsyncAstria:
    """The Astria API, for asyncio and trio.

        async with AsyncAstria() as astria:
            tune = await astria.tunes.create(name="woman", images=[...])

    Make one and keep it: it holds the connections, and what it found out about the account's limits. It may be used by
    any number of tasks, and on more than one event loop, one after the other.

    `api_key`, `base_url`, `workspace_id`: argument, else environment (ASTRIA_API_KEY, ASTRIA_BASE_URL,
    ASTRIA_WORKSPACE_ID), else the vendor's configuration file. A `profile` is read as one unit: its file alone, and not
    the environment. `transport` carries the requests: one of your own, an `httpx.AsyncClient`, or a name: "httpx" (None
    means this); "aiohttp" or "pyreqwest", which are faster, run on asyncio only, and need the extra of that name.
    `middleware` is a list; each sees each attempt as it goes out, without the key. `retry`, `limits` (a number means
    `max_in_flight`) and `timeout` (a number of seconds means `total`) say how patiently, how much at once and how long.
    A client cannot be pickled or copied: make one in each process. `account_idempotency` says that
    this account's setting of that name is on. `clock` and `random` are for tests. `allow_http` permits an http base URL
    beyond loopback.

    Raises ConfigurationError, with what to do.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        workspace_id: int | str | None = None,
        profile: str | None = None,
        transport: Transport | TransportName | UserClient | None = None,
        middleware: Sequence[Middleware] = (),
        retry: RetryPolicy = RetryPolicy(),
        limits: Limits | int = Limits(),
        account_idempotency: bool = False,
        timeout: Timeout | float = Timeout(),
        clock: Clock | None = None,
        random: RandomSource | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        allow_http: bool = False,
    ) -> None:
        allow_http = flag_of("allow_http", allow_http)
        settings = settings_from(api_key, base_url, workspace_id, profile, allow_http=allow_http)
        clock = SystemClock() if clock is None else clock_of(clock)
        random = SystemRandom() if random is None else random_of(random)
        carrier = transport_of(transport, clock, random)
        at_once: int = getattr(carrier, "downloads_at_once", DOWNLOADS)
        parts = ClientParts(
            settings=settings,
            transport=carrier,
            middleware=middleware_of(middleware),
            retry=retry_of(retry),
            account_idempotency=flag_of("account_idempotency", account_idempotency),
            timeout=timeout_of(timeout),
            validate=True,
            clock=clock,
            random=random,
            budget=RetryBudget(clock),
            lost_creates=LostCreates(clock),
            creates=CreatesInFlight(clock),
            account=sending.Account(),
            max_response_bytes=most_bytes_of(max_response_bytes),
            limiter=Limiter(limits_of(limits), clock=clock, base_url=settings.base_url),
            download_limiter=Limiter(Limits(max_in_flight=at_once, adaptive=False), clock=clock),
        )
        check_scale(retry, carrier, settings)
        self._put_together(parts)

    def _put_together(self, parts: ClientParts) -> None:
        self._parts: ClientParts = parts
        self._core: Core = parts.core()
        core = self._core
        self.tunes: Tunes = Tunes(core)
        self.prompts: Prompts = Prompts(core)
        self.packs: Packs = Packs(core)
        self.gallery: Gallery = Gallery(core)
        self.images: Images = Images(core)
        self.videos: Videos = Videos(core)
        self.themes: Themes = Themes(core)
        self.account: Account = Account(core)
        self._sending = sending.Sending(core)

    def with_options(
        self,
        *,
        workspace_id: int | str | None = None,
        timeout: Timeout | float | None = None,
        retry: RetryPolicy | None = None,
        account_idempotency: bool | None = None,
        validate: bool | None = None,
    ) -> AsyncAstria:
        """A view of this client with other settings, on the same connections and limits. None leaves one as it is.

        `workspace_id="personal"` goes back to the personal scope, "all" asks across all. `validate=False` sends
        parameters that the SDK would refuse. Closing a view closes nothing.
        """
        parts, settings = self._parts, self._parts.settings
        if workspace_id is not None:
            settings = evolve(settings, workspace_id=workspace_of(workspace_id))
        changes: dict[str, Any] = {}
        if timeout is not None:
            changes["timeout"] = timeout_of(timeout)
        if retry is not None:
            changes["retry"] = retry_of(retry)
            check_scale(changes["retry"], parts.transport, settings)
        for name, flag in (("account_idempotency", account_idempotency), ("validate", validate)):
            if flag is not None:
                changes[name] = flag_of(name, flag)
        view = object.__new__(AsyncAstria)
        view._put_together(evolve(parts, settings=settings, is_view=True, **changes))
        return view

    async def send(self, prepared: Prepared[R], *, fresh: bool = True, last_attempt: datetime | None = None) -> R:
        """Send a create that was prepared, and return what it made.

        Args:
            prepared: What `tunes.prepare`, `prompts.prepare` or `packs.prepare` returned, or `Prepared.from_json` read.
            fresh: False for one that may have been sent before, by this process or by another one: it is looked for
                first, and is sent only if it certainly made nothing. If it is there, that takes one request; if it is
                not, it takes until 60 s after the last attempt, and some seconds.
            last_attempt: When it was last sent, at the latest: an aware time. None means that this is not known, and may
                have been just now. Used with `fresh=False` only.

        Raises what the create raises; ParameterError if it belongs to another account, workspace or service, or if one
        of its files has changed.
        """
        if not isinstance(fresh, bool):
            raise ParameterError(f"fresh: {shown(fresh)} is not True or False; give fresh=False to look for it first")
        result: R = await self._sending.send(prepared, fresh=fresh, last_attempt=last_attempt)
        return result

    async def recover(self, prepared: Prepared[R], *, since: datetime | None = None) -> R | None:
        """Look for what a create that was prepared has made, and send nothing. None if it is not there now.

        Only 60 s after the last attempt, None means that it made nothing. `since` is an aware time, before which it
        cannot have been made; None is the time at which it was prepared. Raises UnknownOutcomeError if it cannot be told.
        """
        found: R | None = await self._sending.recover(prepared, since)
        return found

    async def with_raw_response(self, call: Awaitable[T]) -> RawResponse[T]:
        """Await a call, and return what it returned together with the answer: status, headers, attempts.

        raw = await astria.with_raw_response(astria.tunes.retrieve(1))
        raw.parsed, raw.response.status, raw.response.headers["x-request-id"]
        """
        return await with_response(call)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        effect: Effect | None = None,
    ) -> Response:
        """Call what has no method of its own, through the same middleware. Raises APIError for all but a 2xx.

        `path` begins with a slash. `body` is sent as JSON, or as a Rails form where a `Path`, bytes or a binary file
        object is in it. `effect` says what may be done about a lost answer; None takes it from the method, a POST being
        a create: it is then never sent again, and ends in UnknownOutcomeError.
        """
        if not isinstance(path, str) or not path.startswith("/") or "://" in path:
            raise ParameterError(f"path: {shown(path)} is not a path below the base URL; begin it with a slash")
        method = as_text(method, "method")
        if not method.isalpha():
            raise ParameterError(f"method: {shown(method)} is not an HTTP method; give one such as GET")
        for name, value, kind, remedy in (
            ("query", query, Mapping, "a dict"), ("body", body, Mapping, "a dict"), ("effect", effect, Effect, "such as Effect.READ"),
        ):  # fmt: skip
            if value is not None and not isinstance(value, kind):
                raise ParameterError(
                    f"{name}: {shown(value)} is not {a(kind.__name__)}; pass {remedy}, or leave it out"
                )
        tree = None if body is None else await in_thread(files_in, body)
        request = self._core.request(
            method.upper(),
            path,
            operation=f"{method.upper()} {path}",
            effect=effect or _EFFECTS.get(method.upper(), Effect.UPDATE),
            query=query,
            accepts=None,
            body=None if tree is None else Body(tree),
        )
        response = await self._core.send(request)
        check(response, request)
        return response

    def statistics(self) -> LimiterStatistics:
        """How many attempts are in flight, may be, and wait, on the running event loop."""
        return self._parts.limiter.statistics()

    async def aclose(self) -> None:
        """Let the creates in flight end, for 30 s at the most, and close the connections.

        A create that is cut off may have been paid, and nobody would know its object. Nothing is waited for while a
        cancellation or another end of the program, such as Ctrl-C, is under way. Closing a view does nothing. The client
        cannot be used afterwards.
        """
        if self._parts.is_view:
            return
        reason = sys.exc_info()[1]  # of the `async with`, `except` or `finally` that this is called from
        try:
            # asyncio tells a task of its cancellation once only: nothing would end a wait that begins after it.
            if reason is None or isinstance(reason, Exception):
                await self._parts.creates.wait()
        finally:
            await self._parts.transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        await self.aclose()

    def __reduce_ex__(self, protocol: object, /) -> NoReturn:
        raise TypeError("an AsyncAstria client cannot be pickled or copied: make a new one in each process")

    def __repr__(self) -> str:
        return f"<AsyncAstria {self._parts.settings.base_url}>"
