"""Leaf: everything that can go wrong.

AstriaError
├── ConfigurationError           the client cannot be built like this
├── ParameterError               an argument is wrong; nothing was sent (also a ValueError)
├── ImmutableError               a value was changed in place; nothing was sent (also a TypeError)
├── TransportError               no answer came (.request_was_sent)
│   ├── RequestTimeoutError      a time limit of the attempt, of its connection or of the call was over
│   ├── NameResolutionError      the host's name is not known here (also a ConfigurationError)
│   └── UnexpectedError          a middleware or a transport raised an exception of its own (.__cause__)
├── APIError                     the service answered with an error (.status, .method, .path, .body, .request_id, ...)
│   ├── RedirectError            3xx: no call of the API is redirected (.location)
│   ├── BadRequestError          400, 405, 409, 413, 426 and other 4xx
│   ├── AuthenticationError      401
│   ├── PermissionDeniedError    403
│   ├── NotFoundError            404
│   ├── ValidationError          422 (.fields)
│   ├── InsufficientBalanceError any status whose text says "not enough balance"
│   ├── RateLimitError           429 (.retry_after)
│   └── ServerError              5xx
│       └── GatewayTimeoutError  504
├── UnknownOutcomeError          a create that may have taken place (.looked_for)
├── WaitTimeoutError             not done in time (.last: the state last seen)
├── GenerationFailedError        the prompt ended without images (.prompt)
├── InspectionFailedError        the service could not inspect the video (.inspection)
├── DownloadError                an image could not be fetched whole (.url)
├── BatchStoppedError            a batch ended before its rows did, and can go on (.reason)
├── CallbackError                a request is not a callback of Astria, or is forged
└── DecodeError                  an answer that is not what was documented (.problems, .body)

Each can be pickled and copied. None holds a header, a request object or the key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._values.attempts import Attempt as Attempt  # noqa: PLC0414 -- a re-export
from ._values.attempts import Outcome as Outcome  # noqa: PLC0414 -- a re-export

if TYPE_CHECKING:
    from .models import Prompt, Tune, VideoInspection

#: The first characters of a body that an error shows.
SHOWN = 500


def _rebuilt(cls: type[BaseException], args: tuple[object, ...], state: dict[str, object]) -> BaseException:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


class AstriaError(Exception):
    """The root of them all.

    `attempts` tells what was tried; `outcome` what is known of the request's effect. `created` is the tune or prompt that
    a `create_and_wait` had created before its wait failed; None for every other call. `results` is what a `wait_all` had
    when it raised, in the given order: prompts, errors, and None for what was still waited for; None for other calls.
    `retry_in` is set by a client that does not wait (`waits=`): in how many seconds the same may be done again; else None.
    """

    attempts: tuple[Attempt, ...] = ()
    outcome: Outcome | None = None
    retry_in: float | None = None
    created: Tune | Prompt | None = None
    results: Sequence[Prompt | AstriaError | None] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.args, self.__dict__.copy())


class ConfigurationError(AstriaError):
    """The client cannot be built from what it was given: no key, a bad base URL, a policy that makes no sense."""

    outcome: Outcome | None = "not_sent"


class ParameterError(AstriaError, ValueError):
    """An argument is wrong, and nothing was sent. `problems` has one line for each, all of them at once."""

    outcome: Outcome | None = "not_sent"

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems: tuple[str, ...] = problems


class ImmutableError(AstriaError, TypeError):
    """A value of the SDK was changed in place, such as a request's headers. The text says how to make a changed copy."""


class TransportError(AstriaError):
    """No answer came. `request_was_sent` is False only where it is certain that the server saw nothing of it."""

    def __init__(self, message: str, *, request_was_sent: bool) -> None:
        super().__init__(message)
        self.request_was_sent = request_was_sent
        self.outcome: Outcome | None = "unknown" if request_was_sent else "not_sent"


class RequestTimeoutError(TransportError):
    """A time limit ended the request: `Timeout.connect`, `attempt` or `total`, or the retry policy's `max_elapsed`.

    `request_was_sent` and `outcome` say whether the service may have acted on it.
    """


class NameResolutionError(TransportError, ConfigurationError):
    """The host's name could not be resolved, so nothing was sent: check base_url, the network, and the proxy settings."""


class UnexpectedError(TransportError):
    """A middleware of yours, or a transport, raised an exception that is not the SDK's. It is the `__cause__`."""


class UnknownOutcomeError(AstriaError):
    """A create may have taken place, and no look-up could tell. Do not simply send it again: it may be paid twice.

    `looked_for` names what the object would be found by, such as `{"title": ...}` or `{"tune_id": ..., "seed": ...}`;
    it is empty if nothing tells the object from others.
    """

    def __init__(self, message: str, *, looked_for: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.looked_for: dict[str, object] = dict(looked_for or {})
        self.outcome: Outcome | None = "unknown"


class WaitTimeoutError(AstriaError):
    """What was waited for was not done in time. `last` is the tune, prompt or inspection as last seen."""

    def __init__(self, message: str, *, last: Tune | Prompt | VideoInspection | None = None) -> None:
        super().__init__(message)
        self.last = last


class GenerationFailedError(AstriaError):
    """The service ended the prompt without images. `prompt` is the prompt; its `user_error` says why, if the service did."""

    def __init__(self, message: str, *, prompt: Prompt) -> None:
        super().__init__(message)
        self.prompt = prompt


class InspectionFailedError(AstriaError):
    """The service could not inspect a video. `inspection` is the inspection; its `error` says why, if the service did."""

    def __init__(self, message: str, *, inspection: VideoInspection) -> None:
        super().__init__(message)
        self.inspection = inspection


class BatchStoppedError(AstriaError):
    """A batch ended before all rows did: the same batch goes on. `reason`: "budget", "outage", "balance" or "stopped"."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class DownloadError(AstriaError):
    """A picture could not be fetched whole; nothing was left under its final name. `url` is where it lies."""

    def __init__(self, message: str, *, url: str, status: int | None = None) -> None:
        super().__init__(message)
        self.url = url
        self.status = status


class DecodeError(AstriaError):
    """An answer that is not JSON, or not of the documented shape.

    `problems` names each field that is wrong ("images[2]: expected str, got int"); `body` is the body's first 500
    characters.
    """

    outcome: Outcome | None = "unknown"

    def __init__(self, what: str, *, problems: Sequence[str], body: str) -> None:
        shown = "; ".join(problems[:5]) + (f"; and {len(problems) - 5} more" if len(problems) > 5 else "")
        super().__init__(f"{what}: {shown}. The body began: {body!r}" if body else f"{what}: {shown}")
        self.problems: tuple[str, ...] = tuple(problems)
        self.body = body


class APIError(AstriaError):
    """The service answered with an error.

    `status` is the HTTP status, and `status_code` is the same; `method` and `path` say of what; `body` is what it said, as text; `request_id` is its
    name for the request (None where it gave none); `retry_after` is in seconds, None where it gave none.
    """

    advice: str = "see .body"

    def __init__(
        self,
        status: int,
        message: str,
        *,
        method: str = "",
        path: str = "",
        body: str = "",
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        said = f": {message}" if message else ""
        super().__init__(f"{status} on {method} {path}{said} ({self.advice})")
        self.status: int = status
        self.status_code: int = status  # as httpx and openai call it: nobody should learn that in an error's path
        self.message = message
        self.method = method
        self.path = path
        self.body = body
        self.request_id = request_id
        self.retry_after = retry_after
        self.outcome: Outcome | None = "unknown" if status >= 500 else "rejected"


class RedirectError(APIError):
    """The answer sends the client elsewhere, which no call of the API does. Nothing was followed.

    `location` is where to, without its query; None if the answer does not say.
    """

    advice: str = "correct base_url: the API itself redirects nowhere"
    location: str | None = None


class BadRequestError(APIError):
    """The service does not take the request as it is; sending it again will not help."""

    advice: str = "change the request; sending it again will not help"


class AuthenticationError(APIError):
    """The key is wrong."""

    advice: str = "check the API key: argument api_key, or ASTRIA_API_KEY"


class PermissionDeniedError(APIError):
    """The key may not do this; or a proxy in front of the service refused the client."""

    advice: str = "the key may not do this, or a proxy in front of the service refused it"


class NotFoundError(APIError):
    """The object does not exist, or not for this key and workspace."""

    advice: str = "check the id, and that the key and the workspace are the object's"


class ValidationError(APIError):
    """The service refused the parameters. `fields` maps a parameter to what is wrong with it; "" is the whole."""

    advice: str = "correct the parameters; never retry"
    fields: Mapping[str, tuple[str, ...]] = {}


class InsufficientBalanceError(APIError):
    """The account cannot pay for this."""

    advice: str = "add credits to the account, or turn on its auto top-off"


class RateLimitError(APIError):
    """Too many requests. `retry_after` is in seconds; None where the service gave none."""

    advice: str = "slow down; for waiting, callbacks need no polling"


class ServerError(APIError):
    """The service failed. For a create it is not known whether it took place."""

    advice: str = "the service failed; it is worth trying again later"


class GatewayTimeoutError(ServerError):
    """The service took more than 30 s. The request was probably processed nevertheless [D]."""

    advice: str = "the request was probably processed: look for its object before sending it again"


class CallbackError(AstriaError):
    """A request is not a callback of Astria: its URL was not signed here, or its body cannot be read. It shows neither."""


class AstriaWarning(UserWarning):
    """Something looks wrong. The request was sent anyway."""


class WorkspaceMismatchWarning(AstriaWarning):
    """The service used another workspace than was asked for: the key cannot reach that one [V]."""
