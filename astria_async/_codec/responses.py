"""A response becomes a model here, or an exception, and nowhere else."""

from __future__ import annotations

from typing import Any, TypeVar

from .._wire import Request, Response
from ..errors import SHOWN, APIError, DecodeError
from ..models._base import Model
from .api_errors import api_error, says_balance_is_short
from .headers import retry_after
from .identities import has_uuid, is_another, is_same_identity
from .structure import problems_in, to_model

M = TypeVar("M", bound=Model)

#: The most of an error's body that is kept, in characters: enough for a log, too little to fill one.
_BODY_KEPT = 20_000


def decode(response: Response, kind: type[M], request: Request) -> M:
    """The answer as a model. Raises the status's APIError, or DecodeError for what is not of the documented shape."""
    model: M = _structured(_alone(parsed(response, request)), kind, kind.__name__, response, request)
    return model


def decode_list(response: Response, kind: type[M], request: Request) -> list[M]:
    """The same for an array of models."""
    found: list[M] = _structured(parsed(response, request), list[kind], f"list of {kind.__name__}", response, request)  # type: ignore[valid-type]
    return found


def check(response: Response, request: Request) -> None:
    """Raise the APIError of an answer that is not a 2xx; else do nothing."""
    if not 200 <= response.status < 300:
        raise _with_attempts(error_of(response, request), response)


def error_of(response: Response, request: Request) -> APIError:
    """The exception for an answer that is not a 2xx."""
    return api_error(
        response.status,
        method=request.method,
        path=request.path,
        headers=response.headers,
        body=_text(response, _BODY_KEPT),
        retry_after=retry_after(response.headers),
    )


def parsed(response: Response, request: Request) -> Any:
    """The answer's JSON. Raises the status's APIError, or DecodeError if it is not JSON."""
    if not 200 <= response.status < 300:
        check(response, request)
    try:
        return response.json()
    except (ValueError, RecursionError) as error:
        problem = "nested too deeply" if isinstance(error, RecursionError) else f"not JSON: {error}"
    raise _undecodable("JSON", [f"the body: {problem[:200]}"], response, request)


def is_short_of_balance(response: Response, request: Request) -> bool:
    """Whether an answer that is of no other use says that the account cannot pay: never send that again [V].

    If the request itself has those words, such as in a prompt's text, an answer that repeats them says nothing.
    """
    if not says_balance_is_short(_text(response, _BODY_KEPT)):
        return False
    return request.body is None or not says_balance_is_short(str(request.body.tree))


def is_taken(response: Response, request: Request) -> bool:
    """Whether a 2xx without an object, such as an empty one, says nothing of an error."""
    data = response.json() if response.body and is_json(response) else None
    if isinstance(data, dict):
        status = data.get("status")
        if data.get("error") or data.get("errors") or (type(status) is int and status >= 400):
            return False
    return not is_short_of_balance(response, request)


def is_json(response: Response, request: Request | None = None) -> bool:
    """Whether a 2xx can be read: half a body cannot, and is as good as no answer."""
    del request
    try:
        response.json()
    except (ValueError, RecursionError):
        return False
    return True


def is_about(response: Response, request: Request) -> bool:
    """Whether a 2xx is about the object that was asked for: its id, if `request.about` names one."""
    try:
        data = _alone(response.json())
    except (ValueError, RecursionError):
        return False
    if request.about is None:
        return True
    number = data.get("id") if type(data) is dict else None
    return number == request.about and type(number) is not bool


def object_in(response: Response, *, needs_id: bool = True) -> dict[str, Any] | None:
    """The object that a 2xx has; None if it has none, or has no id and `needs_id`."""
    if not 200 <= response.status < 300:
        return None
    try:
        data = _alone(response.json())
    except (ValueError, RecursionError):
        return None
    return data if type(data) is dict and (not needs_id or type(data.get("id")) is int) else None


def is_created(response: Response, request: Request) -> bool:
    """Whether a 2xx is a create's answer: it has an id, and as far as its title, seed and tune come back, they are
    those that were sent. Half a body, or another request's answer, is as good as none.
    """
    data = object_in(response)
    if data is None:
        return False
    if request.lookup is not None:
        for name, value in request.lookup.expect.items():
            came = data.get(name)
            if came != value and is_another(came, value):
                return False
    if request.identity is None or request.body is None:
        return True
    sent, came = request.body.get(request.identity.at), data.get(request.identity.leaf)
    if sent is None or came is None or is_same_identity(sent, came):
        return True
    # A title without a UUID, in an answer that has not even a time, is nobody's in particular: such as a test's double.
    return isinstance(sent, str) and isinstance(came, str) and not has_uuid(came) and data.get("created_at") is None


def _alone(data: Any) -> Any:
    """The one element of a list of one: the vendor's own client copes with such an answer [D]."""
    return data[0] if type(data) is list and len(data) == 1 else data


def structured(data: Any, kind: type[M], response: Response, request: Request) -> M:
    """Parsed JSON as a model. Raises DecodeError for what is not of the documented shape."""
    model: M = _structured(data, kind, kind.__name__, response, request)
    return model


def _structured(data: Any, kind: Any, what: str, response: Response, request: Request) -> Any:
    try:
        return to_model(data, kind)
    except Exception as error:  # noqa: BLE001 -- cattrs raises groups of whatever the hooks raised
        problems = problems_in(error)
    raise _undecodable(what, problems, response, request)


def _undecodable(what: str, problems: list[str], response: Response, request: Request) -> DecodeError:
    where = f"{request.method} {request.path} answered {response.status} with no {what}"
    return _with_attempts(DecodeError(where, problems=problems, body=_text(response, SHOWN)), response)


def _text(response: Response, length: int) -> str:
    return response.body[: 4 * length].decode(errors="replace")[:length]


E = TypeVar("E", APIError, DecodeError)


def _with_attempts(error: E, response: Response) -> E:
    error.attempts = response.attempts
    if any(attempt.outcome == "unknown" for attempt in response.attempts):
        error.outcome = "unknown"  # of the call, whatever became of its last attempt
    elif response.attempts:  # looking for a lost create may have told more than the status does
        error.outcome = response.attempts[-1].outcome or error.outcome
    return error
