"""The ASGI half: a request is checked, its URL before its body, and answered before anything is handled."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import quote

from .._wire import Clock
from ..errors import CallbackError
from .events import MAX_BODY, CallbackEvent, parse_callback
from .signer import CallbackSigner

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

#: Seconds for a body of 1 MB: the service sends it in one piece.
_BODY_TIME = 10.0
#: Seconds between two log lines about forged calls.
_LOG_EVERY = 60.0

log: logging.Logger = logging.getLogger("astria_async")


class RefusedError(Exception):
    """A request that is not a callback, with the status that answers it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class ForgedCalls:
    """Counts calls whose URL was not signed here, and logs one line a minute: each by itself would fill the log."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._logged_at = float("-inf")
        self._since = 0
        self.total = 0

    def add(self) -> None:
        """One more. Nothing of it is logged: its URL and body are the caller's."""
        self.total, self._since = self.total + 1, self._since + 1
        now = self._clock.monotonic()
        if now - self._logged_at >= _LOG_EVERY:
            log.warning("callbacks: %d calls were refused, since their URLs are not signed", self._since)
            self._logged_at, self._since = now, 0


async def read_event(
    scope: Message, receive: Receive, signer: CallbackSigner, clock: Clock
) -> tuple[CallbackEvent, str, dict[str, str]]:
    """(what it says, the path and query that was called, its context). Raises RefusedError."""
    if scope["method"] != "POST":
        raise RefusedError(405, "a callback is a POST")
    url, context = _verified(scope, signer)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    body = await _body(headers, receive, clock)
    try:
        return parse_callback(headers, body), url, context
    except CallbackError as error:
        raise RefusedError(400, str(error)) from None


def _verified(scope: Message, signer: CallbackSigner) -> tuple[str, dict[str, str]]:
    """The path and query as they were signed, and the context. A framework may have cut off where the app is mounted."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    query = scope.get("query_string", b"").decode("latin-1")
    path, root = raw.partition(b"?")[0].decode("latin-1"), scope.get("root_path", "")
    problem: CallbackError | None = None
    for whole in dict.fromkeys((path, root + path)):
        url = f"{whole}?{query}"
        try:
            return url, signer.verify(url)
        except CallbackError as error:
            problem = error
    raise RefusedError(403, str(problem))


async def _body(headers: dict[str, str], receive: Receive, clock: Clock) -> bytes:
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:12]) > MAX_BODY:
        raise RefusedError(413, f"a callback has at most {MAX_BODY:,} bytes")
    parts, size = list[bytes](), 0
    try:
        with clock.fail_after(_BODY_TIME):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RefusedError(400, "the body broke off")
                part = message.get("body", b"")
                size += len(part)
                if size > MAX_BODY:
                    raise RefusedError(413, f"a callback has at most {MAX_BODY:,} bytes")
                parts.append(part)
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        raise RefusedError(408, "the body did not come in time") from None


async def answer(send: Send, status: int, text: str = "") -> None:
    """Answer a request."""
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    if status == 405:
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
