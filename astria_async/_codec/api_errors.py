"""From an answer of 400 or above to its exception: the service's table of statuses, and its shapes of bodies."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urlsplit

from ..errors import (
    SHOWN,
    APIError,
    AuthenticationError,
    BadRequestError,
    GatewayTimeoutError,
    InsufficientBalanceError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RedirectError,
    ServerError,
    ValidationError,
)

log: logging.Logger = logging.getLogger("astria_async")

_BY_STATUS: dict[int, type[APIError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    422: ValidationError,
    429: RateLimitError,
    504: GatewayTimeoutError,
}
#: [V]; its status is unknown. JSON writes a line's end as two characters.
_NOT_ENOUGH = re.compile(r"\bnot(?:\s|\\[nrt])+enough(?:\s|\\[nrt])+balance\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def api_error(
    status: int, *, method: str, path: str, headers: Mapping[str, str], body: str, retry_after: float | None
) -> APIError:
    """The exception for such an answer. A 422 is logged, with its body: it is a mistake in the calling program."""
    fields = _fields(body, headers.get("content-type", ""))
    said = [f"{name} {text}" for name, texts in fields.items() for text in texts]
    message = "; ".join(" ".join(line.split()) for line in said) or _summary(body)
    kind = _BY_STATUS.get(status, ServerError if status >= 500 else BadRequestError)
    location = None
    if says_balance_is_short(body):  # before all others: it may come with any status
        kind = InsufficientBalanceError
    elif status < 400:
        kind, location = RedirectError, _without_query(headers.get("location", ""))
        message = f"redirected to {location}" if location else "redirected, but the answer does not say where to"
    error = kind(
        status,
        message[:SHOWN],
        method=method,
        path=path,
        body=body,
        request_id=headers.get("x-request-id") or headers.get("cf-ray"),
        retry_after=retry_after,
    )
    if isinstance(error, RedirectError):
        error.location = location
    if isinstance(error, ValidationError):
        error.fields = fields
        log.error("%s; the whole body: %s", error, body)  # "log these errors, specifically the response body" [D]
    return error


def says_balance_is_short(body: str) -> bool:
    """Whether an answer says that the account cannot pay, whatever its status [V]."""
    return _NOT_ENOUGH.search(_TAG.sub("", body)) is not None


def _without_query(url: str) -> str | None:
    """A URL for an error's text: its query may hold a signature."""
    try:
        parts = urlsplit(url.strip())
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return None
    return (f"{parts.scheme}://{host}{parts.path}" if host else parts.path)[:200] or None


def _fields(body: str, content_type: str) -> dict[str, tuple[str, ...]]:
    """`{"text": ["must include ..."]}`, `{"error": "..."}`, a list or a bare string, as parameter -> messages."""
    if "html" in content_type:
        return {}
    try:
        data, found = json.loads(body), dict[str, list[str]]()
        _collect("", data, found)
    except (ValueError, RecursionError):
        return {}
    return {name: tuple(texts) for name, texts in found.items()}


def _collect(name: str, node: object, found: dict[str, list[str]]) -> None:
    if isinstance(node, Mapping):
        for key, child in node.items():
            if key == "status" and isinstance(child, int):
                continue  # {"status": 404, "error": "Not Found"} repeats the status
            whole = key in ("error", "errors", "base", "message")
            _collect(name if whole else str(key), child, found)
    elif isinstance(node, list):
        for child in node:
            _collect(name, child, found)
    elif node is not None:
        found.setdefault(name, []).append(_plain(str(node)))


def _plain(text: str) -> str:
    return " ".join(unescape(_TAG.sub("", text)).split())


def _summary(body: str) -> str:
    """One line of a body that is not JSON: a page's title, else its text."""
    title = _TITLE.search(body)
    return _plain(title.group(1) if title else body)[:200]
