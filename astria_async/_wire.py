"""Leaf: the values that pass between the rooms, and the protocols at their doors.

Every room below the client speaks in these types and in nothing else: no HTTP library's type, no resource's name. A
`Request` goes down, a `Response` comes back, and `TransportError` is raised only when no answer came.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeAlias, runtime_checkable
from urllib.parse import parse_qsl, urlsplit

from attrs import evolve, field, frozen

from ._headers import Headers as Headers  # noqa: PLC0414 -- one door for all that passes between the rooms
from ._headers import lower_case_names, parameter_of
from ._json import decode_json
from ._spelling import unknown_name
from ._time import Clock as Clock  # noqa: PLC0414
from ._time import Progress as Progress  # noqa: PLC0414
from ._time import RandomSource as RandomSource  # noqa: PLC0414
from ._time import Timeout as Timeout  # noqa: PLC0414
from .errors import Attempt

#: Given by the service [D]: it ends a request itself after 30 s, so every timeout of ours has to be longer.
SERVER_TIMEOUT = 30.0

#: The largest answer that is taken, in bytes after decoding [I]: a page of 1,000 prompts with 40 fields has 2 MB.
MAX_RESPONSE_BYTES = 32 * 1024**2


class Effect(Enum):
    """What sending a request does to the service: all that a retry needs to know of it."""

    READ = "read"  # changes nothing: may be sent again at will
    UPDATE = "update"  # sets what it names: sent twice, the same as once
    DELETE = "delete"  # sent twice, the second answer is 404, which counts as done
    CREATE = "create"  # makes an object that costs money: sent again only once it is known that it made none


class Identity(Enum):
    """Where in a create's body stands what tells its object from every other one: (root, leaf). `at`: the pair, quickly."""

    TUNE_TITLE = ("tune", "title")
    PROMPT_SEED = ("prompt", "seed")

    def __init__(self, root: str, leaf: str) -> None:
        self.at: tuple[str, str] = (root, leaf)
        self.leaf: str = leaf


@frozen(kw_only=True)
class Lookup:
    """How a create whose answer was lost is looked for. Data only: `middleware.lookup` evaluates it.

    `list_url` is the list that holds the object, newest first, narrowed down by `filters`; `workspace` is where it is
    billed, None is the client's own. `expect` are fields that each such object has, such as `{"tune_id": 690204}`.
    `tune_ids` is set for a pack's run over tunes that exist: it makes many prompts, and is told by all of them.
    """

    list_url: str
    root: str
    filters: Mapping[str, Any] = field(factory=dict)
    expect: Mapping[str, Any] = field(factory=dict)
    workspace: int | str | None = None
    tune_ids: tuple[int, ...] | None = None


@frozen(kw_only=True)
class LookFirst:
    """Look for what a create may have made before it is sent. `since` is when it may first have been sent, by the
    server's clock; `settled_in` is in how many seconds the last attempt is certainly over. `only`: never send it.
    """

    since: datetime
    settled_in: float
    only: bool = False


@frozen(kw_only=True)
class FilePart:
    """One file to be uploaded: a name, a type, and where its bytes are. It is read anew for each attempt.

    `source` is a path (opened for each attempt), the bytes themselves, or a binary file object, read from `start`.
    `size` is in bytes; None where it cannot be known beforehand. Where `rewindable` is False the bytes can be read
    only once, so a request that began to send them is never sent again.
    """

    name: str
    content_type: str
    source: Path | bytes | BinaryIO = field(repr=False)
    size: int | None
    start: int = 0
    rewindable: bool = True


Tree: TypeAlias = Mapping[str, Any]
"""A body before it is encoded: leaves are str, int, float, bool, None and FilePart; lists and mappings between."""


@frozen
class Body:
    """What a request carries, as a value. A transport encodes it: as JSON, as a Rails form when it holds a file, or as
    the bytes of a file when it is one.
    """

    tree: Tree | FilePart

    def get(self, path: tuple[str, str]) -> Any:
        """The leaf at (root, name), or None."""
        tree: Any = self.tree  # nearly always a dict: the ABC's check takes three calls
        inner = tree.get(path[0]) if type(tree) is dict or isinstance(tree, Mapping) else None
        return inner.get(path[1]) if type(inner) is dict or isinstance(inner, Mapping) else None

    def set(self, path: tuple[str, str], value: object) -> Body:
        """A copy with the leaf at (root, name) set."""
        root, name = path
        tree = self.tree if type(self.tree) is dict or isinstance(self.tree, Mapping) else {}
        return Body({**tree, root: {**tree.get(root, {}), name: value}})

    def files(self) -> list[FilePart]:
        """Every file in the tree, in the order in which they are sent."""
        return _files_in(self.tree)


def _files_in(node: object) -> list[FilePart]:
    if isinstance(node, FilePart):
        return [node]
    if isinstance(node, Mapping):
        return [part for child in node.values() for part in _files_in(child)]
    if isinstance(node, (list, tuple)):
        return [part for child in node for part in _files_in(child)]
    return []


@frozen(kw_only=True, slots=False)  # without slots it is copied, by `replace`, in one step
class Request:
    """One HTTP request, ready but for its credentials, with what the middleware needs to know about it.

    `url` is absolute. `operation` names the method that was called ("tunes.create"). `deadline` is when the whole call
    ends, by the client's `Clock.monotonic`; None means never. `identity` says what makes a create findable, and
    `identity_drawn` that it was made for this intent, so that no other object can have it. `intent` tells calls that are
    one order (they share an idempotency key); None: this call is an order of its own. `lookup` says where a lost create
    is looked for, `look_first` that this happens before it is sent. `accepts(response, request)` tells an answer from
    half of one, and from another request's; `about` is the id that the answer must have. `max_bytes` is how large an
    answer may be, once it is decoded. `credentials=False` is a request that must not carry the key. `is_poll` is one of
    many that only wait for something, or look for it: new creates do not keep it waiting. `record` is what is known of the call so far: Retry keeps it. `stream` does
    not look at `max_bytes`; `progress` is told of every movement while an attempt runs, and gives it more time.
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
    record: CallRecord | None = field(default=None, eq=False, repr=False)
    progress: Progress | None = field(default=None, eq=False, repr=False)

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
    """One HTTP answer of any status, read to its end. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(factory=Headers, converter=lower_case_names)
    body: bytes = field(default=b"", repr=False)
    attempts: tuple[Attempt, ...] = field(default=(), repr=False)
    _parsed: tuple[Any] | None = field(default=None, init=False, eq=False, repr=False)

    @classmethod
    def from_json(cls, status: int, data: object, headers: Mapping[str, str] | None = None) -> Response:
        """A response whose body is `data` as JSON: for handlers of a `MockTransport`."""
        body = json.dumps(data, ensure_ascii=False).encode()
        return cls(status=status, headers={"content-type": "application/json", **(headers or {})}, body=body)

    #: The name that `from_json` had first. Programs that were written against the development versions use it.
    of_json = from_json

    def json(self) -> Any:
        """The body parsed as JSON, once. Raises ValueError (or RecursionError) where it is none."""
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


class ResponseStream(Protocol):
    """An answer whose body is still on its way: `chunks()` may be iterated once."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    def chunks(self) -> AsyncIterator[bytes]: ...


Send: TypeAlias = Callable[[Request], Awaitable[Response]]
"""Returns a Response for every HTTP answer, 4xx and 5xx included; raises TransportError only when none came."""


@runtime_checkable
class Middleware(Protocol):
    """A layer around `Send`: a function or an object. It may change the request, the answer, or call more than once.

    A create passes a second time only if its first pass certainly made nothing; else the second call raises TransportError,
    and the retry policy looks for what was made. A refusal in place of a lost answer is not believed.
    """

    def __call__(self, request: Request, call_next: Send, /) -> Awaitable[Response]: ...


class Transport(Protocol):
    """Carries requests. Implement these three methods, and everything else of the SDK works on top.

    `send` raises TransportError if no response came, and RequestTimeoutError if a time limit ended the request. Set
    `request_was_sent=False` only if you are sure that no byte of the request reached the server. If in doubt, use True.
    """

    async def send(self, request: Request, /) -> Response: ...
    def stream(self, request: Request, /) -> AbstractAsyncContextManager[ResponseStream]: ...
    async def aclose(self) -> None: ...


class CallRecord(Protocol):
    """What is known of one call: kept by Retry, marked by the layer that hands a request to the transport."""

    reached: bool
