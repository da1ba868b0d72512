"""A request on its way out, and the response to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from attrs import evolve, field, frozen

from .._values.json import decode_json
from .._values.spelling import unknown_name
from ..errors import Attempt
from .body import Body
from .headers import Headers, lower_case_names, parameter_of
from .lookup import Identity, LookFirst, Lookup
from .timing import Progress, Timeout

if TYPE_CHECKING:
    from .protocols import CallRecord, Trace

#: The largest answer that is taken, in bytes after decoding [I]: a page of 1,000 prompts with 40 fields has 2 MB.
MAX_RESPONSE_BYTES = 32 * 1024**2


class Effect(Enum):
    """What sending a request does to the service: all that a retry needs to know of it."""

    READ = "read"  # changes nothing: may be sent again at will
    UPDATE = "update"  # sets what it names: sent twice, the same as once
    DELETE = "delete"  # sent twice, the second answer is 404, which counts as done
    CREATE = "create"  # makes an object that costs money: sent again only once it is known that it made none


@frozen(kw_only=True, slots=False)  # without slots it is copied, by `replace`, in one step
class Request:
    """One HTTP request, ready but for its credentials, with what the middleware needs to know about it.

    Args:
        method: The HTTP method.
        url: The absolute URL.
        operation: The method of the SDK that was called, such as "tunes.create".
        effect: What sending it does to the service.
        body: What it carries; None for nothing.
        headers: The headers; their names become lower case.
        timeout: How long the call and each attempt may take.
        deadline: When the whole call ends, by the client's `Clock.monotonic`; None means never.
        identity: What makes a create findable; None if nothing does.
        identity_drawn: The identity was made for this intent, so that no other object can have it.
        intent: The order that it belongs to: calls that are one order share an idempotency key. None: this call is an
            order of its own.
        lookup: Where a lost create is looked for; None if it cannot be.
        look_first: It may have been sent before: look for it before it is sent. None: it is new.
        accepts: `accepts(response, request)` tells an answer from half of one, and from another request's. None: any
            2xx is an answer.
        about: The id that the answer must have; None for any.
        max_bytes: How large an answer may be once it is decoded. `stream` does not look at it.
        credentials: False for a request that must not carry the key.
        is_poll: It is one of many that only wait for something, or look for it: new creates do not keep it waiting.
        waits: False: if there is no slot for it now, it ends at once, as not sent.
        record: What is known of the call so far: Retry keeps it.
        progress: Who is told of every movement while an attempt runs, and gives it more time.
        trace: Who takes the events of the call; None if nobody listens.
    """

    method: str
    url: str
    operation: str = ""
    effect: Effect = Effect.READ
    body: Body | None = None
    headers: Mapping[str, str] = field(factory=Headers, converter=lower_case_names, repr=False)
    timeout: Timeout = field(default=Timeout())
    deadline: float | None = None
    identity: Identity | None = None
    identity_drawn: bool = False
    intent: str | None = None
    lookup: Lookup | None = field(default=None, repr=False)
    look_first: LookFirst | None = field(default=None, repr=False)
    accepts: Callable[[Response, Request], bool] | None = field(default=None, repr=False)
    about: int | None = None
    max_bytes: int = MAX_RESPONSE_BYTES
    credentials: bool = True
    is_poll: bool = False
    waits: bool = True
    record: CallRecord | None = field(default=None, eq=False, repr=False)
    progress: Progress | None = field(default=None, eq=False, repr=False)
    trace: Trace | None = field(default=None, eq=False, repr=False)

    @property
    def path(self) -> str:
        """The path of the URL, without its query."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """The query of the URL; of a name that stands there twice, the last."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    def replace(self, **changes: Any) -> Request:
        """A copy with other values. Raises TypeError for a field that does not exist."""
        # Each call makes several copies, and `attrs.evolve` takes many times as long.
        fields = self.__dict__ | changes
        if len(fields) > len(self.__dict__):
            wrong = next(name for name in changes if name not in self.__dict__)
            raise TypeError(unknown_name("Request", "field", wrong, self.__dict__))
        if type(fields["headers"]) is not Headers:
            fields["headers"] = lower_case_names(fields["headers"])
        copy = object.__new__(Request)
        object.__setattr__(copy, "__dict__", fields)
        return copy

    __replace__ = replace  # for `copy.replace` of Python 3.13

    @property
    def sendable_again(self) -> bool:
        """False if a file in the body can be read only once."""
        return self.body is None or all(part.rewindable for part in self.body.files())


@frozen(kw_only=True)
class Response:
    """One HTTP answer of any status, read to its end. Header names are lower case.

    Args:
        status: The HTTP status.
        headers: The headers; their names become lower case.
        body: The bytes, unpacked.
        attempts: The attempts that it took; empty for one.
    """

    status: int
    headers: Mapping[str, str] = field(factory=Headers, converter=lower_case_names)
    body: bytes = field(default=b"", repr=False)
    attempts: tuple[Attempt, ...] = field(default=(), repr=False)
    _parsed: tuple[Any] | None = field(default=None, init=False, eq=False, repr=False)

    @classmethod
    def from_json(cls, status: int, data: object, headers: Mapping[str, str] | None = None) -> Response:
        """A response whose body is `data` as JSON: for handlers of a `MockTransport`.

        Args:
            status: The HTTP status.
            data: What the body says, ready for JSON.
            headers: More headers; None for none.
        """
        body = json.dumps(data, ensure_ascii=False).encode()
        return cls(status=status, headers={"content-type": "application/json", **(headers or {})}, body=body)

    #: The name that `from_json` had first. Programs that were written against the development versions use it.
    of_json = from_json

    def json(self) -> Any:
        """The body parsed as JSON, once. Raises ValueError (or RecursionError) if it is not JSON."""
        parsed = self._parsed
        if parsed is None:
            parsed = (decode_json(self.body),)
            object.__setattr__(self, "_parsed", parsed)
        return parsed[0]

    @property
    def text(self) -> str:
        """The body as text, by the charset of its Content-Type, else UTF-8. What cannot be read is replaced."""
        charset = parameter_of(self.headers.get("content-type", ""), "charset") or "utf-8"
        try:
            return self.body.decode(charset, errors="replace")
        except (LookupError, ValueError):  # a charset that Python does not know, or that is not for texts
            return self.body.decode(errors="replace")

    def with_attempts(self, attempts: tuple[Attempt, ...]) -> Response:
        """A copy that holds the attempts that it took."""
        return evolve(self, attempts=attempts)
