"""The client: settings, wiring and closing. The only file that knows every room below it."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from random import SystemRandom
from types import TracebackType
from typing import Self

from ._clock import SystemClock
from ._settings import settings_from
from ._version import __version__
from ._wire import Clock, Middleware, RandomSource, Timeout, Transport
from .middleware import AttemptTimeout, Auth, Idempotency, Limiter, Limits, Retry, RetryPolicy, compose
from .middleware.compose import checked
from .middleware.limits import LimiterStatistics
from .resources import Prompts, Tunes
from .resources._resource import Core
from .transports import HttpxTransport
from .waiting import Downloads

#: Downloads come from other hosts than the API, with limits of their own.
_DOWNLOADS = Limits(max_in_flight=16, adaptive=False)


class AsyncAstria:
    """The Astria API, for asyncio and trio.

        async with AsyncAstria() as astria:
            tune = await astria.tunes.create(name="woman", images=[...])

    Make one and keep it: it holds the connections, and what it found out about the account's limits. It may be used by
    any number of tasks, and on more than one event loop, one after the other.

    `api_key`, `base_url`, `workspace_id`: argument, else environment (ASTRIA_API_KEY, ASTRIA_BASE_URL,
    ASTRIA_WORKSPACE_ID), else the vendor's configuration file, of `profile` where one is named. `transport` carries the
    requests; None is HTTP. `middleware` sees each attempt as it goes out, without the key. `retry`, `limits` and
    `timeout` say how patiently, how much at once and how long. `account_idempotency` says that this account's setting
    of that name is on. `clock` and `random` are for tests. `allow_http` permits an http base URL beyond loopback.

    Raises ConfigurationError, with what to do.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        workspace_id: int | str | None = None,
        profile: str | None = None,
        transport: Transport | None = None,
        middleware: Sequence[Middleware] = (),
        retry: RetryPolicy = RetryPolicy(),
        limits: Limits = Limits(),
        account_idempotency: bool = False,
        timeout: Timeout = Timeout(),
        clock: Clock | None = None,
        random: RandomSource | None = None,
        allow_http: bool = False,
    ) -> None:
        settings = settings_from(api_key, base_url, workspace_id, profile, allow_http=allow_http)
        clock, random = clock or SystemClock(), random or SystemRandom()
        self._base_url = settings.base_url
        self._transport = transport or HttpxTransport(clock=clock, random=random)
        self._limiter = Limiter(limits, clock=clock)
        retrying = Retry(retry, clock=clock, random=random, account_idempotency=account_idempotency)
        send = compose(
            [
                Idempotency(random),
                retrying,
                self._limiter,
                *checked(middleware),
                Auth(settings.api_key, base_url=settings.base_url, workspace_id=settings.workspace_id),
                AttemptTimeout(clock),
            ],
            self._transport.send,
        )
        user_agent = f"astria-async/{__version__} python/{platform.python_version()}"
        core = Core(
            send=send,
            base_url=settings.base_url,
            timeout=timeout,
            headers={"accept": "application/json", "user-agent": user_agent},
            clock=clock,
            downloads=Downloads(
                transport=self._transport,
                layers=[retrying, Limiter(_DOWNLOADS, clock=clock)],
                random=random,
                clock=clock,
                headers={"user-agent": user_agent},
            ),
        )
        self.tunes = Tunes(core)
        self.prompts = Prompts(core)

    def statistics(self) -> LimiterStatistics:
        """How many attempts are in flight, may be, and wait, on the running event loop."""
        return self._limiter.statistics()

    async def aclose(self) -> None:
        """Close the connections. The client cannot be used afterwards."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<AsyncAstria {self._base_url}>"
