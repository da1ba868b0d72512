"""What the client hands to its resources: the chain that sends, and how a request is made for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from .._codec import files_in, is_about, is_created, is_json, query_string
from .._runtime.threads import in_thread
from .._wire import (
    Body,
    Clock,
    Effect,
    Identity,
    LookFirst,
    Lookup,
    Observer,
    RandomSource,
    Request,
    Response,
    Send,
    Timeout,
)
from ..downloads import Downloads
from ..errors import ParameterError
from ..middleware.idempotency import draw_identity
from ..models.parameters.scalars import a, as_text, shown
from ..waiting import Watches

_EFFECTS = {"GET": Effect.READ, "HEAD": Effect.READ, "DELETE": Effect.DELETE, "POST": Effect.CREATE}


@frozen(kw_only=True)
class Core:
    """What the client hands to its resources.

    `settled_in` is after how many seconds a lost create is looked for; `who` tells the account's id, and the service's
    time. `watches` look at what is waited for; `why_slow` says what holds the client up, `observer` is told of events;
    `saw` is given each page of a list that they read, for the look-ups.
    """

    send: Send
    base_url: str
    timeout: Timeout
    headers: Mapping[str, str]
    clock: Clock
    random: RandomSource
    downloads: Downloads
    max_bytes: int
    settled_in: float
    who: Callable[[], Awaitable[tuple[int, datetime]]]
    watches: Watches
    why_slow: Callable[[], str]
    saw: Callable[[str, list[dict[str, Any]]], None]
    observer: Observer | None = None
    validate: bool = True
    workspace_id: int | str | None = None

    def request(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        effect: Effect = Effect.READ,
        query: Mapping[str, Any] | None = None,
        accepts: Callable[[Response, Request], bool] | None = is_json,
        **rest: Any,
    ) -> Request:
        """A request to the API, at `path` below its base URL. `accepts=None` where the answer's body says nothing."""
        return Request(
            method=method,
            url=self.base_url + path + (query_string(query) if query else ""),
            operation=operation,
            effect=effect,
            timeout=self.timeout,
            headers=self.headers,
            accepts=accepts,
            max_bytes=self.max_bytes,
            **rest,
        )

    def about(self, method: str, path: str, number: int, *, operation: str, **rest: Any) -> Request:
        """A request whose answer has to be the object of this id."""
        return self.request(method, path, operation=operation, accepts=is_about, about=number, **rest)

    def create(
        self,
        path: str,
        *,
        operation: str,
        body: Body | None,
        lookup: Lookup | None = None,
        identity: Identity | None = None,
        intent: str | None = None,
        drawn: bool = False,
        look_first: LookFirst | None = None,
        accepts: Callable[[Response, Request], bool] | None = is_created,
    ) -> Request:
        """A request that makes an object which costs money. `intent` names the order that it belongs to; `drawn` says
        that its title or seed was made for that order alone. What is missing is drawn here: a create has its identity
        before its first byte, and each attempt carries the same.
        """
        if identity is not None and body is not None and (named := draw_identity(identity, body, self.random)):
            body, drawn = named, True
        return Request(
            method="POST",
            url=self.base_url + path,
            operation=operation,
            effect=Effect.CREATE,
            timeout=self.timeout,
            headers=self.headers,
            max_bytes=self.max_bytes,
            body=body,
            lookup=lookup,
            identity=identity,
            identity_drawn=drawn,
            intent=intent,
            look_first=look_first,
            accepts=accepts,
        )

    def elsewhere(
        self, method: str, url: str, *, operation: str, effect: Effect, headers: Mapping[str, str], body: Body
    ) -> Request:
        """A request to another host, without credentials."""
        return Request(
            method=method,
            url=url,
            operation=operation,
            effect=effect,
            body=body,
            timeout=self.timeout,
            headers={**self.headers, **headers},
            credentials=False,
        )


async def own_request(core: Core, method: object, path: object, params: Any, json: Any, effect: Any) -> Request:
    """A request that the user put together: see `AsyncAstria.request`. Raises ParameterError."""
    if not isinstance(path, str) or not path.startswith("/") or "://" in path:
        raise ParameterError(f"path: {shown(path)} is not a path below the base URL; begin it with a slash")
    verb = as_text(method, "method").upper()
    if not verb.isalpha():
        raise ParameterError(f"method: {shown(method)} is not an HTTP method; give one such as GET")
    for name, value, kind, remedy in (
        ("params", params, Mapping, "a dict"), ("json", json, Mapping, "a dict"), ("effect", effect, Effect, "such as Effect.READ"),
    ):  # fmt: skip
        if value is not None and not isinstance(value, kind):
            raise ParameterError(f"{name}: {shown(value)} is not {a(kind.__name__)}; pass {remedy}, or leave it out")
    tree = None if json is None else await in_thread(files_in, json)
    return core.request(
        verb,
        path,
        operation=f"{verb} {path}",
        effect=effect or _EFFECTS.get(verb, Effect.UPDATE),
        query=params,
        accepts=None,
        body=None if tree is None else Body(tree),
    )
