"""One look at the service: an object by itself, or a page of a list. Whatever may be otherwise next time is "not yet"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from attrs import frozen

from .._codec import decode, parsed, structured
from .._codec.responses import object_in
from .._wire import Clock, Observer, Request, Response, Send
from ..errors import (
    SHOWN,
    APIError,
    AstriaError,
    AuthenticationError,
    InsufficientBalanceError,
    PermissionDeniedError,
    TransportError,
)
from ..models import Prompt, Tune, VideoInspection
from .progress import Progress

#: Seconds after its creation for which a 404 of an object means "not yet": a read may go to a replica that lags [I].
YOUNG = 60.0
#: Seconds that one look may take, its wait for a slot included: others have to be looked at, too.
LOOK = 180.0
#: Statuses that say nothing about the object: the request was too slow, too early, or one too many.
_NOT_YET = (408, 425, 429)


class NotYetError(Exception):
    """A look that says nothing. `retry_after` is in seconds, 0 if the service asked for nothing."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(" ".join(message.split())[:SHOWN])  # in one line
        self.retry_after: float = retry_after or 0.0


class NoPageError(Exception):
    """The list is of no use: it is refused, or is not what it is known to be. Objects are read one by one then."""


@frozen(kw_only=True)
class Source:
    """Where objects of one kind are read, with the options of one view of a client.

    `noun` is "tune", "prompt" or "inspection"; `progress` makes what judges one object; `one` is the request for an id,
    and `page` that for the page below an id, None if there is no list. `why_slow` says what holds the client up;
    `share` is given each page, for those who look for something else in it.
    """

    kind: type[Tune | Prompt | VideoInspection]
    noun: str
    workspace: int | str | None
    progress: Callable[[], Progress[Any]]
    send: Send
    clock: Clock
    one: Callable[[int], Request]
    page: Callable[[int], Request] | None
    why_slow: Callable[[], str]
    share: Callable[[list[dict[str, Any]]], None] | None = None
    observer: Observer | None = None


async def read_one(source: Source, number: int, *, is_young: bool) -> tuple[Any, Response]:
    """The object, and the answer. Raises NotYetError for what may be otherwise next time, and APIError for what will not."""
    request = source.one(number).replace(deadline=source.clock.monotonic() + LOOK)
    response = await _send(source, request, is_young=is_young)
    accepts = request.accepts
    if response.status < 300 and accepts is not None and not accepts(response, request):
        raise NotYetError(f"an answer that cannot be read ({response.status})")
    if response.status < 300 and object_in(response, needs_id=source.kind is not VideoInspection) is None:
        raise NotYetError(f"an answer that is not about {number} ({response.status})")
    seen: Any = _passed(lambda: decode(response, source.kind, request), is_young=is_young)
    if seen.id != number and not _is_nameless_finding(seen):
        raise NotYetError(f"an answer about {seen.id or 'nothing'} instead of {number}")
    return seen, response


async def read_page(source: Source, before: int) -> tuple[list[dict[str, Any]], Response]:
    """The page of objects below the id `before`, and the answer. Raises NotYetError, NoPageError; AuthenticationError and
    PermissionDeniedError, which hold for all objects alike.
    """
    assert source.page is not None
    request = source.page(before).replace(deadline=source.clock.monotonic() + LOOK)
    response = await _send(source, request, is_young=False)
    try:
        items: Any = _passed(lambda: parsed(response, request), is_young=False)
    except (AuthenticationError, PermissionDeniedError):
        raise
    except APIError as error:
        raise NoPageError(str(error)) from None
    except AstriaError as error:  # half a page, or a page of HTML
        raise NotYetError(str(error)) from None
    if not isinstance(items, list) or not all(type(item) is dict and type(item.get("id")) is int for item in items):
        raise NoPageError("the list is not a list of objects with ids")
    if items and max(item["id"] for item in items) >= before:
        raise NoPageError("the list does not begin where it was asked to")
    return items, response


def model_in(source: Source, item: dict[str, Any], response: Response) -> Any:
    """An item of a page as its model. Raises DecodeError."""
    return structured(item, source.kind, response, source.one(item["id"]))


async def _send(source: Source, request: Request, *, is_young: bool) -> Response:
    try:
        return await source.send(request)
    except TransportError as error:
        raise NotYetError(str(error)) from None
    except APIError as error:
        if _may_pass(error, is_young):
            raise NotYetError(str(error), error.retry_after) from None
        raise
    except AstriaError:
        raise
    except Exception as error:  # noqa: BLE001 -- a user's layer may raise anything: no answer came
        raise NotYetError(f"{type(error).__name__}: {error}") from None


def _passed(read: Callable[[], Any], *, is_young: bool) -> Any:
    try:
        return read()
    except APIError as error:
        if not _may_pass(error, is_young):
            raise
        raise NotYetError(str(error), error.retry_after) from None


def _may_pass(error: APIError, is_young: bool) -> bool:
    if isinstance(error, InsufficientBalanceError):
        return False
    return error.status >= 500 or error.status in _NOT_YET or (error.status == 404 and is_young)


def _is_nameless_finding(seen: Tune | Prompt | VideoInspection) -> bool:
    """Whether it is an inspection without its id, which the service leaves out once there is a description [V]."""
    return isinstance(seen, VideoInspection) and seen.id is None and bool(seen.description)


def is_young(seen: Tune | Prompt | VideoInspection | None, now: datetime, waited: float) -> bool:
    """Whether a 404 of it means "not yet". False if its age is not known: then a 404 is probably a wrong id."""
    if isinstance(seen, VideoInspection):  # it does not say its age, but was given out before the wait
        return waited < YOUNG
    return seen is not None and seen.created_at is not None and (now - seen.created_at).total_seconds() < YOUNG
