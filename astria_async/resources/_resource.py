"""What every resource stands on: the chain that sends, and how a request is made for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import frozen

from .._codec import check, decode, decode_list, query_string
from .._wire import Clock, Effect, Request, Send, Timeout
from ..errors import ParameterError
from ..models._base import Model
from ..waiting import Downloads

M = TypeVar("M", bound=Model)


@frozen(kw_only=True)
class Core:
    """What the client hands to its resources."""

    send: Send
    base_url: str
    timeout: Timeout
    headers: Mapping[str, str]
    clock: Clock
    downloads: Downloads
    validate: bool = True

    def request(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        effect: Effect = Effect.READ,
        query: Mapping[str, Any] | None = None,
        **rest: Any,
    ) -> Request:
        """A request to the API, at `path` below its base URL."""
        return Request(
            method=method,
            url=self.base_url + path + (query_string(query) if query else ""),
            operation=operation,
            effect=effect,
            timeout=self.timeout,
            headers=self.headers,
            **rest,
        )


class Resource:
    """A part of the API, on a client's core."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def _one(self, request: Request, kind: type[M]) -> M:
        return decode(await self._core.send(request), kind, request)

    async def _many(self, request: Request, kind: type[M]) -> list[M]:
        return decode_list(await self._core.send(request), kind, request)

    async def _nothing(self, request: Request) -> None:
        check(await self._core.send(request), request)


def id_of(value: Any, parameter: str) -> int:
    """The id of a tune or prompt, given as the object or as its id. Raises ParameterError."""
    number = getattr(value, "id", value)
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ParameterError(f"{parameter}: {value!r} is no id; give a positive int, or the object itself")
    return number
