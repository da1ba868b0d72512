"""Finding out whether a create whose answer was lost took place.

The service has finished with a request after 30 s [D], so some time later its object is there or will never be. It is
looked for newest first, down to the first attempt, by the *server's* clock: the Date of the look-up's own answer, less
the time that has passed since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from .._codec import http_date, is_json, parsed, query_string
from .._wire import Effect, Identity, LostCreate, Recover, Request, Response, Send
from ..errors import AstriaError, UnknownOutcomeError
from ..middleware.idempotency import has_uuid
from ..middleware.retry import unknown_outcome
from ._resource import MARGIN
from .listing import MAX_PAGE

#: Pages read before the look-up gives up: 1,200 objects newer than the create.
MAX_PAGES = 10

Matches = Callable[[Mapping[str, Any], LostCreate], bool | None]
"""Whether an object is the lost one; None: it could be, but also another's."""


def recover_by(list_url: str, matches: Matches) -> Recover:
    """Recover by looking through the list at `list_url`."""

    async def recover(lost: LostCreate, send: Send) -> Response | None:
        before, age = None, lost.age
        for _ in range(MAX_PAGES):
            response, page = await _page(lost.request, send, list_url, before)
            age += sum(attempt.seconds for attempt in response.attempts)  # looking may take longer than `MARGIN`
            begun = _first_attempt(response, age)
            for item in page:
                created = _created(item)
                if begun is not None and created is not None and created < begun:
                    return None
                match = matches(item, lost)
                if match is None:
                    raise unknown_outcome(lost.request, f"as {item.get('id')}, which could be another's")
                if match:
                    return Response.of_json(201, item, {"date": response.headers.get("date", "")})
            if not page:  # an empty page ends a list [D]; a short one proves less than a second payment costs
                return None
            before = min(item["id"] for item in page)
        raise unknown_outcome(lost.request, f"and is not among the newest {MAX_PAGES * MAX_PAGE}")

    return recover


def tune_matches(item: Mapping[str, Any], lost: LostCreate) -> bool | None:
    """A tune is told by its title; one without a UUID could be an earlier tune's."""
    title = _identity(lost, Identity.TUNE_TITLE)
    if item.get("title") != title:
        return False
    return True if has_uuid(str(title)) else None


def prompt_matches(item: Mapping[str, Any], lost: LostCreate) -> bool | None:
    """A prompt is told by its seed, within its tune: alone where the SDK made it, else together with its text.

    Without a seed any prompt since then could be the lost one, as the service may rewrite texts.
    """
    seed = _identity(lost, Identity.PROMPT_SEED)
    if seed is None:
        return None
    if item.get("seed") != seed:
        return False
    if lost.request.identity_drawn or item.get("text") == _text(lost):
        return True
    return None  # the service may have rewritten the text


async def _page(
    create: Request, send: Send, list_url: str, before: int | None
) -> tuple[Response, list[Mapping[str, Any]]]:
    query = query_string({"limit": MAX_PAGE, "before_id": before})
    request = create.but(
        method="GET", url=list_url + query, operation=f"{create.operation} (looking for it)",
        effect=Effect.READ, body=None, identity=None, recover=None, accepts=is_json,
    )  # fmt: skip
    problem: UnknownOutcomeError
    try:
        response = await send(request)
        page = parsed(response, request)
        if isinstance(page, list) and all(isinstance(item, dict) and isinstance(item.get("id"), int) for item in page):
            return response, page
        problem = unknown_outcome(create, "and looking for it gave no list")
    except AstriaError as error:
        problem = unknown_outcome(create, f"and looking for it failed: {error}")
    raise problem


def _first_attempt(response: Response, age: float) -> datetime | None:
    """The earliest that the object can have been made, by the server's clock; None where it does not tell its time."""
    now = http_date(response.headers.get("date", ""))
    return None if now is None else now - timedelta(seconds=age + MARGIN)


def _created(item: Mapping[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(item["created_at"])
    except (KeyError, TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def _identity(lost: LostCreate, identity: Identity) -> Any:
    return None if lost.request.body is None else lost.request.body.get(identity.value)


def _text(lost: LostCreate) -> Any:
    return None if lost.request.body is None else lost.request.body.get(("prompt", "text"))
