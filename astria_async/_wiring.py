"""What a client is put together from, and the chain of a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from attrs import Factory, evolve, field, frozen

from ._options import flag_of, observer_of, retry_of, timeout_of, waits_of
from ._settings import Settings, workspace_of
from ._values.urls import is_loopback
from ._wire import (
    SERVER_TIMEOUT,
    USER_AGENT,
    Clock,
    Headers,
    Middleware,
    Observer,
    RandomSource,
    Timeout,
    Transport,
    Waits,
)
from .downloads import Downloads
from .errors import ConfigurationError
from .middleware import AttemptTimeout, Auth, Idempotency, Limiter, Retry, RetryBudget, RetryPolicy
from .middleware.compose import compose
from .middleware.creates_in_flight import CreatesInFlight
from .middleware.raw_response import capture
from .middleware.recovery.lost_creates import LostCreates
from .middleware.witness import seen_from_both_sides
from .resources._core import Core
from .resources._creates import sending
from .telemetry import Explanation, Pauses, Tracing
from .telemetry.explanation import explain
from .waiting import Watches

#: Downloads at a time. They come from other hosts than the API, with limits of their own; each holds up to 2 MB. A
#: transport that holds more says how many it should be let have, as `downloads_at_once`.
DOWNLOADS = 16


@frozen(kw_only=True)
class ClientParts:
    """What a client is put together from; a view has the same but for what it changes."""

    settings: Settings
    transport: Transport
    middleware: tuple[Middleware, ...]
    retry: RetryPolicy
    account_idempotency: bool
    timeout: Timeout
    validate: bool
    clock: Clock
    random: RandomSource
    budget: RetryBudget
    lost_creates: LostCreates
    creates: CreatesInFlight
    account: sending.Account
    max_response_bytes: int
    limiter: Limiter
    download_limiter: Limiter
    observer: Observer | None
    pauses: Pauses = field(default=Factory(lambda self: Pauses(self.clock), takes_self=True))
    watches: Watches = field(default=Factory(lambda self: Watches(self.clock), takes_self=True))
    waits: Waits = Waits.ALL
    is_view: bool = field(default=False)

    def explain(self) -> Explanation:
        """What holds the client up, on the running event loop."""
        limiter = self.limiter.statistics()
        return explain(
            in_flight=limiter.in_flight,
            limit=limiter.limit,
            waiting=limiter.waiting,
            cooling_down=limiter.cooling_down,
            pauses=self.pauses.now(),
            now=self.clock.monotonic(),
            polls=self.watches.here().state(),
        )

    def core(self) -> Core:
        """The chain of a call, composed once."""
        lost_creates = self.lost_creates.within(self.settings.workspace_id)
        retry = Retry(
            self.retry,
            clock=self.clock,
            random=self.random,
            budget=self.budget,
            lost_creates=lost_creates,
            creates=self.creates,
            pauses=self.pauses,
            account_idempotency=self.account_idempotency,
            has_layers=bool(self.middleware),
            is_told_when_sent=True,
            waits=self.waits,
        )
        auth = Auth(self.settings.api_key, base_url=self.settings.base_url, workspace_id=self.settings.workspace_id)
        tracing = None if self.observer is None else Tracing(self.observer, self.clock, self.settings.base_url)
        layers: list[Middleware] = [
            *((tracing.calls,) if tracing else ()),
            capture,
            *([Idempotency(self.random, account_idempotency=True)] if self.account_idempotency else ()),
            retry,
            self.limiter,
            *((tracing.attempts,) if tracing else ()),
            *(seen_from_both_sides(self.middleware) if self.middleware else ()),
            auth,
            AttemptTimeout(self.clock),
        ]
        core = Core(
            send=compose(layers, self.transport.send),
            base_url=self.settings.base_url,
            timeout=self.timeout,
            headers=Headers({"accept": "application/json", "user-agent": USER_AGENT}),
            clock=self.clock,
            random=self.random,
            validate=self.validate,
            max_bytes=self.max_response_bytes,
            settled_in=max(self.retry.unknown_wait, SERVER_TIMEOUT * self.retry.scale),
            who=lambda: self.account.who(core),
            workspace_id=self.settings.workspace_id,
            watches=self.watches,
            saw=lost_creates.saw,
            why_slow=lambda: next(iter(self.explain().reasons), ""),
            observer=self.observer,
            downloads=Downloads(
                transport=self.transport,
                layers=[retry, self.download_limiter, *self.middleware],
                clock=self.clock,
                observer=self.observer,
                headers=Headers({"user-agent": USER_AGENT}),
                base_url=self.settings.base_url,
                max_elapsed=self.retry.max_elapsed,
            ),
        )
        return core


def changed_options(parts: ClientParts, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a view changes of the parts, from what `with_options` was given. Raises ConfigurationError."""
    changes: dict[str, Any] = {}
    readers: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "timeout": ("timeout", timeout_of),
        "account_idempotency": ("account_idempotency", partial(flag_of, "account_idempotency")),
        "validate": ("validate", partial(flag_of, "validate")),
        "on_event": ("observer", observer_of),
        "waits": ("waits", waits_of),
    }
    for name, (part, read) in readers.items():
        if given[name] is not None:
            changes[part] = read(given[name])
    if given["workspace_id"] is not None:
        changes["settings"] = evolve(parts.settings, workspace_id=workspace_of(given["workspace_id"]))
    retry, max_retries = given["retry"], given["max_retries"]
    if retry is not None or max_retries is not None:
        changes["retry"] = retry_of(parts.retry if retry is None else retry, max_retries, base=parts.retry)
        check_scale(changes["retry"], parts.transport, parts.settings)
    return changes


def check_scale(policy: RetryPolicy, transport: Transport, settings: Settings) -> None:
    """A policy whose waits are shorter than the service's own 30 s would pay twice."""
    is_fake = getattr(transport, "is_in_memory", False) or is_loopback(urlsplit(settings.base_url).hostname or "")
    if policy.scale != 1 and not is_fake:
        raise ConfigurationError(
            "retry: a scaled policy is for fakes: the service works on a request for 30 s, and would be paid twice; "
            "use RetryPolicy() with its own waits, a MockTransport, or a base_url on this machine"
        )
