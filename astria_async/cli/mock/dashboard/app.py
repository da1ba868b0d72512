"""An ASGI application: the page and its buttons, before the fake's own routes."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs

from ...._wire import Response
from ..callback_queue import TREATMENTS, CallbackQueue
from ..fault_file import Rule
from ..fault_words import InvalidFaultError, parse_fault
from ..loopback import is_loopback_url
from .html import PREFIX, fragment, page
from .snapshot import Snapshot, snapshot

if TYPE_CHECKING:
    from ....testing import FakeAstria, ScaledClock

#: The buttons put the clock forward by at most so many seconds: ten years.
MAX_ADVANCE = 10 * 365 * 86400
#: The longest form that the page sends, in bytes.
MAX_FORM = 10_000

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Form: TypeAlias = Mapping[str, str]


class Dashboard:
    """The page at `/` and its parts below `/_mock/`; the fake answers everything else.

    Args:
        fake: what the page shows.
        clock: the fake's clock.
        queue: what delivers the fake's callbacks.
        rules: faults without an end that the fake was given before, by pattern.
        on_change: called after every request that can have changed the fake's tunes and prompts.
    """

    def __init__(
        self,
        fake: FakeAstria,
        clock: ScaledClock,
        queue: CallbackQueue,
        *,
        rules: Iterable[tuple[str, Rule]] = (),
        on_change: Callable[[], object] = lambda: None,
    ) -> None:
        self._fake = fake
        self._fake_app = fake.asgi()
        self._clock = clock
        self._queue = queue
        self._rules = [*rules]
        self._on_change = on_change

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._fake_app(scope, receive, send)
            return
        path, is_read = scope["path"], scope["method"] in ("GET", "HEAD")
        if path == "/favicon.ico" and is_read:  # a browser asks for it after every answer that is not our page
            await _respond(scope, send, Response(status=204))
        elif (path == "/" and is_read) or path.startswith(PREFIX):
            await _respond(scope, send, await self._answer(scope, receive))
        else:
            try:
                await self._fake_app(scope, receive, send)
            finally:
                if not is_read:
                    self._on_change()

    async def _answer(self, scope: Message, receive: Receive) -> Response:
        """The answer for the page itself. Nothing of it is in the fake's log, and no fault hits it."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        base_url = f"http://{headers.get('host', '')}"
        if not is_loopback_url(base_url):  # a page elsewhere could make its own name lead here (DNS rebinding)
            return _text(403, "This page is only for this machine.")
        if scope["method"] in ("GET", "HEAD"):
            return self._read(scope["path"], base_url)
        action = self._actions().get(scope["path"])
        if scope["method"] != "POST" or action is None:
            return _text(404, "This page does not exist.")
        if headers.get("origin") != base_url:
            return _text(403, "Only the buttons of this page can do that.")
        try:
            action(_parse_form(await _read_body(receive)))
        except ValueError as error:
            return _text(400, str(error))
        return Response(status=303, headers={"location": "/", "cache-control": "no-store"})

    # --- What is shown

    def snapshot(self) -> Snapshot:
        """What the page shows now."""
        return snapshot(self._fake, self._queue, self._clock.now(), time_scale=self._clock.factor, rules=self._rules)

    def _read(self, path: str, base_url: str) -> Response:
        if path == "/":
            nonce = secrets.token_urlsafe(16)
            return _html(page(self.snapshot(), base_url=base_url, nonce=nonce), nonce)
        if path == f"{PREFIX}parts":
            return _html(fragment(self.snapshot(), base_url=base_url))
        if path.startswith(f"{PREFIX}images/"):
            return self._image(path.removeprefix(f"{PREFIX}images/"))
        return _text(404, "This page does not exist.")

    def _image(self, name: str) -> Response:
        image = self._fake.image(name)
        if image is None:
            return _text(404, "This image does not exist.")
        content, content_type = image
        # Not "immutable", nor kept for long: after 30 days by the fake's clock an image is gone.
        headers = {
            "content-type": content_type,
            "cache-control": "private, max-age=3600",
            "x-content-type-options": "nosniff",
        }
        return Response(status=200, headers=headers, body=content)

    # --- What the buttons do

    def _actions(self) -> Mapping[str, Callable[[Form], None]]:
        return {
            f"{PREFIX}fault": self._plan_fault,
            f"{PREFIX}clear": self._clear_faults,
            f"{PREFIX}idempotency": self._set_idempotency,
            f"{PREFIX}advance": self._advance,
            f"{PREFIX}callback": self._treat_callback,
        }

    def _plan_fault(self, form: Form) -> None:
        fault, pattern, times = parse_fault(_field(form, "fault")), _field(form, "pattern"), _field(form, "times")
        if times == "always":
            self._fake.rule(pattern, fault)
            self._rules.append((pattern, Rule(fault, 1.0, 0)))
        elif times in ("1", "3"):
            self._fake.script(pattern, *[fault] * int(times))
        else:
            raise InvalidFaultError(f"times={times!r}: give 1, 3 or always")

    def _clear_faults(self, _: Form) -> None:
        self._fake.clear_faults()
        self._rules.clear()

    def _set_idempotency(self, form: Form) -> None:
        self._fake.account_idempotency = _field(form, "idempotency") == "on"

    def _treat_callback(self, form: Form) -> None:
        name = _field(form, "next")
        if name == "none":
            self._queue.treatments.clear()
            return
        treatment = TREATMENTS.get(name)
        if treatment is None:
            raise ValueError(f"next={name!r}: give {', '.join(TREATMENTS)} or none")
        self._queue.treatments.append(treatment)

    def _advance(self, form: Form) -> None:
        seconds = float(_field(form, "seconds"))
        if not 0 <= seconds <= MAX_ADVANCE:
            raise ValueError(f"seconds={seconds!r}: give 0 to {MAX_ADVANCE}")
        self._clock.advance(seconds)
        self._on_change()


def _field(form: Form, name: str) -> str:
    if name not in form:
        raise ValueError(f"{name} is missing")
    return form[name]


def _parse_form(body: bytes) -> Form:
    """The fields of a form; of a field that occurs twice, the last."""
    return {name: values[-1] for name, values in parse_qs(body.decode("ascii"), keep_blank_values=True).items()}


async def _read_body(receive: Receive) -> bytes:
    """The request's body. Raises ValueError if it is longer than a form of the page can be."""
    body, is_whole = bytearray(), False
    while not is_whole:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_FORM:
            raise ValueError("the form is too long")
        is_whole = not message.get("more_body", False)
    return bytes(body)


async def _respond(scope: Message, send: Send, response: Response) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    if response.status != 204:  # which has none (RFC 9110, 8.6)
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else response.body})


def _html(text: str, nonce: str | None = None) -> Response:
    inline = "" if nonce is None else f"style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
    headers = {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": f"default-src 'none'; {inline}img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }
    return Response(status=200, headers=headers, body=text.encode("utf-8", "replace"))


def _text(status: int, text: str) -> Response:
    headers = {"content-type": "text/plain; charset=utf-8"}
    return Response(status=status, headers=headers, body=f"{text}\n".encode("utf-8", "replace"))
