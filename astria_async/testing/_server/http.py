"""What reaches the fake, and how it answers: raw HTTP as values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from attrs import field, frozen

from ..._wire import Response

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


def _lower_case_names(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@frozen(kw_only=True)
class HttpRequest:
    """One HTTP request as it arrives: `host` with its port, `path` unquoted, `query` as it stands in the URL."""

    method: str
    host: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(factory=dict, converter=_lower_case_names, repr=False)
    body: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> HttpRequest:
        """From a whole URL."""
        parts = urlsplit(url)
        path = unquote(parts.path) or "/"
        return cls(method=method, host=parts.netloc, path=path, query=parts.query, headers=headers or {}, body=body)

    @property
    def key(self) -> str | None:
        """The API key that it carries; None where it carries none."""
        scheme, _, key = self.headers.get("authorization", "").partition(" ")
        return key.strip() if scheme.lower() == "bearer" and key.strip() else None


class Abort(Exception):
    """Raised by whatever handles a call, to answer with `response` instead."""

    def __init__(self, response: Response) -> None:
        super().__init__(response)
        self.response = response


_JSON = json.JSONEncoder(separators=(",", ":"), default=str)


def answer(status: int, data: object) -> Response:
    """An answer of JSON. It is ASCII, since a text that came in may hold what UTF-8 cannot say (half a surrogate)."""
    body = _JSON.encode(data).encode("ascii")
    return Response(status=status, headers={"content-type": JSON}, body=body)


def not_found() -> Response:
    """The answer if there is no such object, or no such route [V]."""
    return answer(404, {"status": 404, "error": "Not Found"})


def bad_request(message: str = "Bad Request") -> Response:
    """What cannot be read as a request [I]."""
    return answer(400, {"status": 400, "error": message})


def unauthorized() -> Response:
    """A key that nobody has: text, not JSON [V]."""
    return Response(status=401, headers={"content-type": TEXT}, body=b"HTTP Token: Access denied.\n")


def invalid(errors: Mapping[str, list[str]]) -> Response:
    """Parameters that are refused: each with what is wrong with it [D]."""
    return answer(422, errors)


_REASONS = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Time-out",
    520: "Web server is returning an unknown error",
    521: "Web server is down",
    522: "Connection timed out",
    523: "Origin is unreachable",
    524: "A timeout occurred",
}


def usual_answer(status: int) -> Response:
    """What a call that ended with this status usually looks like: a proxy's page for 5xx [D], else the shapes above."""
    known: dict[int, Any] = {400: bad_request, 401: unauthorized, 404: not_found}
    if status in known:
        made: Response = known[status]()
        return made
    if status == 422:
        return invalid({"base": ["is invalid"]})
    if status == 429:
        return Response(status=429, headers={"content-type": TEXT}, body=b"Retry later\n")
    if status >= 500 or status == 403:
        title = f"{status} {_REASONS.get(status, 'Forbidden' if status == 403 else 'Error')}"
        page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        return Response(status=status, headers={"content-type": HTML}, body=f"{page}</body>\r\n</html>\r\n".encode())
    return answer(status, {"status": status, "error": "Error"} if status >= 400 else {})


def empty(status: int) -> Response:
    """An answer without a body."""
    return Response(status=status, headers={"content-type": HTML})
