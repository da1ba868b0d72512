"""What an observer is told. Each event is a frozen value; none holds a key, a header, a body or a URL.

def on_event(event):
    if isinstance(event, AttemptEnded):
        print(event.route, event.result, event.seconds)

AsyncAstria(on_event=on_event)
"""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True)
class Event:
    """What all events have.

    `call` is a number that tells the call from all others of this process; 0 for what belongs to no call. `attempt`
    counts the requests of the call, from 1; 0 before the first. `operation` is the method that was called, such as
    "prompts.create". `route` is the path of the request with `{id}` in place of each id, such as
    "/tunes/{id}/prompts". `at` is the client's `Clock.monotonic`, in seconds.
    """

    call: int = 0
    attempt: int = 0
    operation: str = ""
    route: str = ""
    at: float


@frozen(kw_only=True)
class CallBegan(Event):
    """A method of the client begins with a request. `method` is the HTTP method."""

    method: str


@frozen(kw_only=True)
class CallEnded(Event):
    """A call has ended, after `seconds` and `attempt` requests.

    `result` is the status of the answer, or the name of the exception; `is_success` tells a 2xx from all else.
    """

    result: str
    seconds: float
    is_success: bool


@frozen(kw_only=True)
class AttemptBegan(Event):
    """One request goes out: it has its slot. `method` is the HTTP method."""

    method: str


@frozen(kw_only=True)
class AttemptEnded(Event):
    """One request has ended, after `seconds`. `result` and `is_success` are as those of `CallEnded`."""

    result: str
    seconds: float
    is_success: bool


@frozen(kw_only=True)
class SlotAwaited(Event):
    """An attempt has to wait for a slot: the limit is reached, or everything pauses after a 429."""

    is_poll: bool


@frozen(kw_only=True)
class SlotTaken(Event):
    """An attempt that waited for a slot has one, after `seconds`."""

    seconds: float


@frozen(kw_only=True)
class RetryAwaited(Event):
    """A call waits `seconds` before its next attempt. `result` is what came of the last one."""

    seconds: float
    result: str


@frozen(kw_only=True)
class LookUpAwaited(Event):
    """The response to a create was lost. Its object is looked for in `seconds`. `result` is what came instead."""

    seconds: float
    result: str


@frozen(kw_only=True)
class Polled(Event):
    """A wait has looked at the service: one page of a list, or one object.

    `kind` is "tune", "prompt" or "inspection". `seen` is how many objects that are waited for were in the answer, and
    `pending` how many are waited for after it. `problem` says why the answer was of no use; it is empty otherwise.
    """

    kind: str
    is_page: bool
    seen: int
    pending: int
    problem: str


@frozen(kw_only=True)
class DownloadBegan(Event):
    """A file begins to be fetched. `name` is the name that it gets, without folder and extension."""

    name: str


@frozen(kw_only=True)
class DownloadEnded(Event):
    """A file was fetched, or not. `name` has its extension if it is there, `size` is in bytes; `result` is "done", "skipped", or the name of the exception."""

    name: str
    size: int
    seconds: float
    result: str


@frozen(kw_only=True)
class CallbackReceived(Event):
    """The service has called. `kind` is "tune", "prompt" or "prompts", `ids` are those of the objects; `result` is "taken"
    or "doubled". Of a call that was refused nothing is known: `kind` and `ids` are empty, and `result` says why.
    """

    kind: str
    ids: tuple[int, ...]
    result: str


@frozen(kw_only=True)
class CallbackHandled(Event):
    """A handler has run for a callback, for `seconds`. `result` is "done", or the name of the exception; `run` counts from 1."""

    kind: str
    ids: tuple[int, ...]
    run: int
    seconds: float
    result: str
