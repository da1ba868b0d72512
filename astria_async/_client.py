"""The client: settings, wiring and closing. The only file that knows every room below it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from random import SystemRandom
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from attrs import evolve

from ._clock import SystemClock
from ._codec import check
from ._insight import Insight
from ._options import (
    DEFAULT_RETRY,
    UserClient,
    clock_of,
    flag_of,
    limits_of,
    middleware_of,
    most_bytes_of,
    observer_of,
    random_of,
    retry_of,
    timeout_of,
    transport_of,
)
from ._settings import settings_from
from ._values.spelling import explain_misspelt
from ._wire import (
    MAX_RESPONSE_BYTES,
    Clock,
    Effect,
    Middleware,
    Observer,
    RandomSource,
    Response,
    Timeout,
    Transport,
)
from ._wiring import DOWNLOADS, ClientParts, changed_options, check_scale
from .errors import ParameterError
from .middleware import Limiter, Limits, RetryBudget, RetryPolicy
from .middleware.creates_in_flight import CreatesInFlight
from .middleware.recovery.lost_creates import LostCreates
from .models import PackRun, Prompt, Tune
from .models.parameters.scalars import shown
from .resources import Account, Gallery, Images, Packs, Prompts, Themes, Tunes, Videos
from .resources._core import Core, own_request
from .resources._creates import sending
from .resources._creates.prepared import Prepared
from .resources.raw import RawResources
from .transports import TransportName

R = TypeVar("R", Tune, Prompt, PackRun)


class AsyncAstria(Insight):
    """The Astria API, for asyncio and trio.

        async with AsyncAstria() as astria:
            tune = await astria.tunes.create(name="woman", images=[...])

    Make one and keep it: it holds the connections, and what it found out about the account's limits. It may be used by
    any number of tasks, and on more than one event loop, one after the other.

    A client cannot be pickled or copied: make one in each process.

    Args:
        api_key: The key. None reads the environment (ASTRIA_API_KEY), then the vendor's configuration file.
        base_url: Where the API is. None reads ASTRIA_BASE_URL, then the file, and else is the service.
        workspace_id: The number of a workspace, "personal" or "all". None reads ASTRIA_WORKSPACE_ID, then the file.
        profile: The file of this name is read as one unit, and the environment is not. None uses no profile.
        transport: What carries the requests: one of your own, an `httpx.AsyncClient`, or a name: "httpx" (None means
            this); "aiohttp" or "pyreqwest", which are faster, run on asyncio only, and need the extra of that name.
        middleware: Layers of your own, the first one outermost. Each sees each attempt as it goes out, without the key.
        max_retries: How often a call is tried again after its first attempt, 0 or more. None means 5, or what `retry`
            says. To look for a create whose response was lost is not a retry: it is done with 0, too, and what it finds
            is returned. Only sending the create again counts. Each request of a look-up is a read, with as many retries.
        retry: How patiently a call is tried again. Give `max_retries` or `retry`, not both.
        limits: How much is sent at once. A number means `max_in_flight`.
        account_idempotency: True if this account's setting of that name is on.
        timeout: How long a call may take. A number of seconds means `total`.
        on_event: A function that is told of each call, attempt and wait: see `astria_async.telemetry`. None costs nothing.
        clock: For tests. None means real time.
        random: For tests. None means the system's randomness.
        max_response_bytes: The most bytes that a response may have once it is decoded, above 0.
        allow_http: True permits an http base URL that is not on this machine.

    Raises:
        ConfigurationError: An option is of another kind or out of its range. The text says what to do.
        TypeError: An option does not exist. The text names the nearest one.
    """

    @explain_misspelt
    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        workspace_id: int | str | None = None,
        profile: str | None = None,
        transport: Transport | TransportName | UserClient | None = None,
        middleware: Sequence[Middleware] = (),
        max_retries: int | None = None,
        retry: RetryPolicy = DEFAULT_RETRY,
        limits: Limits | int = Limits(),
        account_idempotency: bool = False,
        timeout: Timeout | float = Timeout(),
        on_event: Observer | None = None,
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
            retry=retry_of(retry, max_retries),
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
            observer=observer_of(on_event),
        )
        check_scale(parts.retry, carrier, settings)
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

    @explain_misspelt
    def with_options(
        self,
        *,
        workspace_id: int | str | None = None,
        timeout: Timeout | float | None = None,
        max_retries: int | None = None,
        retry: RetryPolicy | None = None,
        account_idempotency: bool | None = None,
        validate: bool | None = None,
        on_event: Observer | None = None,
        waits: Literal["all", "slot", "nothing"] | None = None,
    ) -> AsyncAstria:
        """A view of this client with other settings, on the same connections and limits: closing it closes nothing. None leaves
        a setting as it is.

        Args:
            workspace_id: The workspace's id; "personal" for the personal scope, "all" to ask across all.
            timeout: A `Timeout`, or seconds for the whole call.
            max_retries: How many times a call is sent again by the client's own policy, 0 or more.
            retry: A policy instead of the client's. Give it or `max_retries`.
            account_idempotency: Whether the account's idempotency is on.
            validate: False sends parameters that the SDK would refuse.
            on_event: Who is told of the view's calls instead of the client's observer.
            waits: What a call waits for. "all" is usual. With "slot" it makes one attempt, once a slot is free; with
                "nothing" at once, or not at all. What others would wait for is an error then, whose `retry_in` says in
                how many seconds the same may be done again. For queues, which park a call themselves.
        """
        changes = changed_options(self._parts, {
            "workspace_id": workspace_id, "timeout": timeout, "max_retries": max_retries, "retry": retry,
            "account_idempotency": account_idempotency, "validate": validate, "on_event": on_event, "waits": waits,
        })  # fmt: skip
        view = object.__new__(AsyncAstria)
        view._put_together(evolve(self._parts, is_view=True, **changes))
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

        Only 60 s after the last attempt, None means that it made nothing. Raises UnknownOutcomeError if it cannot be told.

        Args:
            prepared: What a `prepare` returned, or `Prepared.from_json` read.
            since: An aware time, before which it cannot have been made; None is the time at which it was
                prepared.
        """
        found: R | None = await self._sending.recover(prepared, since)
        return found

    @property
    def with_raw_response(self) -> RawResources:
        """The same methods, each of which returns a `RawResponse`: what the method returns, with status and headers.

            raw = await astria.with_raw_response.tunes.retrieve(1)
            raw.parsed, raw.status, raw.headers["x-request-id"]

        `await astria.with_raw_response(call)` does the same for any call. See `RawResources` for what has no raw form.
        """
        return RawResources(self)

    @explain_misspelt
    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        effect: Effect | None = None,
    ) -> Response:
        """Call what has no method of its own, through the same middleware.

        Args:
            method: The HTTP method, such as "GET".
            path: The path below the base URL. It begins with a slash.
            params: The query. A list becomes `name[]=...` for each item. None values are left out.
            json: The body, as JSON. If a `Path`, bytes or a binary file object is in it, it is sent as a Rails form. None
                sends no body.
            effect: What may be done about a lost response. None follows from the method; a POST is a create then: if its
                response is lost, it is not sent again, and ends in UnknownOutcomeError.

        Raises:
            APIError: The response is not a 2xx.
            ParameterError: An argument is of another kind. Nothing was sent.
        """
        request = await own_request(self._core, method, path, params, json, effect)
        response = await self._core.send(request)
        check(response, request)
        return response

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
