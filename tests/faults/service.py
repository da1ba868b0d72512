"""A service of the matrix's own: it makes objects, lists them, and meets what a row says that goes wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import count
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attrs import evolve, frozen

from astria_async import Clock, Request, Response, TransportError
from astria_async._codec import encode
from astria_async.testing._server.rails_params import parse_body

from .script import FINE, End, Fault, Row

#: What was there before: a tune, a prompt of it, a pack; and a base model.
TUNE, PROMPT, PACK, BASE = 1, 7, 5, 1504944
_AGE = timedelta(hours=1)
_RESETS = (End.RESET_BEFORE, End.RESET_DURING, End.RESET_AFTER, End.RESET_IN_ANSWER)


@frozen
class Call:
    """A request as it arrives."""

    method: str
    target: str
    content_type: str = ""
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @classmethod
    async def of(cls, request: Request) -> Call:
        """As a transport would have put it on the wire."""
        url = urlsplit(request.url)
        target = f"{url.path}?{url.query}"
        if request.body is None:
            return cls(request.method, target)
        encoded = encode(request.body, Random(0))
        body = b"".join([chunk async for chunk in encoded.chunks()])
        return cls(request.method, target, encoded.content_type, body)


class Service:
    """What is on the server, by its own clock, and the script of one row.

    `is_operation` tells the requests that the row is about; every other GET of a list counts as a look-up.
    """

    def __init__(
        self, row: Row, is_operation: Callable[[str, str], bool], *, clock: Clock, idempotency: bool, origin: str
    ) -> None:
        self.row, self.clock, self.idempotency, self.origin = row, clock, idempotency, origin
        self._is_operation = is_operation
        self._left = {True: list(row.faults), False: list(row.look_ups)}
        self._lasts = {True: row.lasts, False: row.look_ups_last}
        self._pending: list[tuple[datetime, Call]] = []
        self._ids = count(100)
        old = (clock.now() - _AGE).isoformat()
        self.tunes: list[dict[str, Any]] = [{"id": TUNE, "title": "old", "created_at": old}]
        self.prompts: list[dict[str, Any]] = [{"id": PROMPT, "tune_id": TUNE, "created_at": old, "seed": 1}]
        self.others: dict[str, list[int]] = {"runs": [], "packs": [], "themes": [], "likes": [], "places": []}
        self.blobs: dict[str, bytes] = {}
        self.last_was_look_up = self.was_mixed_up = False

    # --- The script

    def meets(self, method: str, target: str, *, is_peek: bool = False) -> Fault:
        """What befalls this request. It is used up by asking, unless one only peeks."""
        path = urlsplit(target).path
        is_operation = self._is_operation(method, path)
        is_look_up = not is_operation and method == "GET" and path not in ("/warm", "/users")
        if not (is_operation or is_look_up):
            return FINE
        if not is_peek:
            self.last_was_look_up = is_look_up
        left = self._left[is_operation]
        if not left:
            return FINE
        is_used_up = not is_peek and (len(left) > 1 or not self._lasts[is_operation])
        return left.pop(0) if is_used_up else left[0]

    def answer(self, call: Call, fault: Fault) -> Response:
        """Act as the fault says, now or later, and give the answer that it leaves."""
        self.catch_up(self.clock.now())
        own = Response(status=200)
        if fault.acts == 0:
            own = self._acts(call, self.clock.now())
        elif fault.acts is not None:
            self._pending.append((self.clock.now() + timedelta(seconds=fault.acts), call))
        if fault.end is End.MIXED_UP:
            self.was_mixed_up = True
            own = self._anothers(own, call)
        return fault.answer or own

    def _anothers(self, own: Response, call: Call) -> Response:
        """What the same call of another client would have been answered; of a list, what is no list."""
        other = {
            "id": 99, "title": "another's", "seed": 3, "tune_id": 4, "orig_prompt_id": 8,
            "created_at": self.clock.now().isoformat(),
        }  # fmt: skip
        return own if "direct_uploads" in call.path else Response.from_json(own.status, other)

    def finished(self, response: Response, fault: Fault) -> Response:
        """The answer as it leaves: dated, and halved where that is the fault."""
        now = self.clock.now()
        headers = {"date": format_datetime(now, usegmt=True), **response.headers}
        if fault.date_in is not None:
            headers["retry-after"] = format_datetime(now + timedelta(seconds=fault.date_in), usegmt=True)
        body = response.body[: len(response.body) // 2] if fault.end is End.HALVED else response.body
        return evolve(response, headers=headers, body=body)

    def catch_up(self, now: datetime | None = None) -> None:
        """Act on what was put off, as far as it is due; None is the end of time."""
        due = [one for one in self._pending if now is None or one[0] <= now]
        self._pending = [one for one in self._pending if one not in due]
        for moment, call in due:
            self._acts(call, moment)

    async def __call__(self, request: Request) -> Response:
        """In memory: the handler of a `MockTransport`. It fails as a real transport would."""
        call = await Call.of(request)
        fault = self.meets(call.method, call.target)
        if fault.end is End.REFUSED:
            raise TransportError("refused", request_was_sent=False)
        response = self.answer(call, fault)
        if fault.after:
            await self.clock.sleep(fault.after)
        if fault.end in _RESETS:
            raise TransportError(f"reset: {fault.end.value}", request_was_sent=True)
        return self.finished(response, fault)

    # --- What it does

    def _acts(self, call: Call, now: datetime) -> Response:
        params = parse_body(call.content_type, call.body)
        new = next(self._ids)
        at: dict[str, Any] = {"id": new, "created_at": now.isoformat()}
        match (call.method, *call.path.strip("/").split("/")):
            case ("GET", "tunes"):
                return _listed(self.tunes, call)
            case ("GET", "prompts"):
                return _listed(self.prompts, call)
            case ("GET", "users"):
                return Response.from_json(200, {"id": 3, "email": "a@example.com"})
            case ("POST", "tunes"):
                return self._tune(params, at)
            case ("POST", "tunes", number, "prompts"):
                return self._prompt(params["prompt"], {**at, "tune_id": int(number)})
            case ("POST", "prompts", number, "duplicate"):
                return self._added(self.prompts, {**at, "tune_id": TUNE, "seed": 5, "orig_prompt_id": int(number)})
            case ("POST", "prompts", number, "likes"):
                self.others["likes"] = [int(number)]  # one's like is there, or it is not [I]
                return Response(status=201)
            case ("POST", "p", number, "tunes") if "tune_ids" in params["tune"]:
                self.others["runs"].append(new)
                of_pack = {"tune_id": TUNE, "seed": 5, "base_pack_id": int(number), "order_id": new}
                self._added(self.prompts, {**at, **of_pack})
                return Response.from_json(201, {"status": 201, "message": "Prompts created"})
            case ("POST", "p", _, "tunes"):
                return self._tune(params, at)
            case ("POST", "packs"):
                self.others["packs"].append(new)
                return Response.from_json(201, {**at, **params["pack"]})
            case ("POST", "themes"):
                self.others["themes"].append(new)
                return Response(status=201)
            case ("POST", "api", "direct_uploads"):
                return self._place(new)
            case ("PUT", "blobs", number):
                self.blobs[number] = call.body
                return Response(status=200)
            case (method, "tunes", number):
                return self._one_tune(method, int(number), params)
        return Response.from_json(200, {})

    def _one_tune(self, method: str, number: int, params: dict[str, Any]) -> Response:
        found = [tune for tune in self.tunes if tune["id"] == number]
        if not found:
            return Response.from_json(404, {"status": 404, "error": "Not Found"})
        if method == "DELETE":
            self.tunes.remove(found[0])
        if method == "PATCH":
            found[0].update(params["tune"])
        return Response.from_json(200, found[0])

    def _tune(self, params: dict[str, Any], at: dict[str, Any]) -> Response:
        """With idempotency the one of the same title [D]; for a pack's tune likewise [I]."""
        title = params["tune"]["title"]
        same = [tune for tune in self.tunes if self.idempotency and tune["title"] == title]
        return Response.from_json(201, same[0]) if same else self._added(self.tunes, {**at, "title": title})

    def _prompt(self, params: dict[str, Any], at: dict[str, Any]) -> Response:
        """With idempotency the one that agrees in the documented attributes [D]: here only a text and a seed differ."""
        fields = {"text": params["text"], "seed": params["seed"]}
        same = [one for one in self.prompts if self.idempotency and {**one, **fields} == one]
        return Response.from_json(201, same[0]) if same else self._added(self.prompts, {**at, **fields})

    def _place(self, number: int) -> Response:
        self.others["places"].append(number)
        url = f"{self.origin}/blobs/{number}"
        target = {"url": url, "headers": {"content-type": "image/jpeg"}}
        return Response.from_json(200, {"signed_id": f"s{number}", "public_url": url, "direct_upload": target})

    @staticmethod
    def _added(shelf: list[dict[str, Any]], item: dict[str, Any]) -> Response:
        shelf.append(item)
        return Response.from_json(201, item)


def _listed(items: list[dict[str, Any]], call: Call) -> Response:
    """A page, newest first."""
    query = parse_qs(urlsplit(call.target).query)
    before, limit = int(query.get("before_id", ["1000000"])[0]), int(query.get("limit", ["20"])[0])
    for name in ("orig_prompt_id", "base_pack_id"):
        items = [item for item in items if name not in query or str(item.get(name)) == query[name][0]]
    newest = sorted(items, key=lambda item: -int(item["id"]))
    return Response.from_json(200, [item for item in newest if item["id"] < before][:limit])


def matcher(method: str, pattern: str) -> Callable[[str, str], bool]:
    """Whether a request is of this method, and of a path that fits the pattern."""
    compiled = re.compile(pattern)
    return lambda its_method, path: its_method == method and compiled.fullmatch(path) is not None
