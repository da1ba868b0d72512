"""How a call ends that did not go well: with its last answer, or with the exception that says what is known."""

from __future__ import annotations

from typing import NoReturn

from .._codec.responses import error_of, is_about, is_json, is_short_of_balance
from .._wire import Effect, Response
from ..errors import SHOWN, AstriaError, DecodeError, RequestTimeoutError, TransportError, UnexpectedError
from .policy import is_page
from .record import CallRecord, Result, name_of


def end(result: Result, record: CallRecord) -> Response:
    """Stop at the last result: an answer is returned as it is, and a create's unknown outcome is said aloud."""
    request, outcome = record.request, record.outcome
    if (
        isinstance(result, Response)
        and request.effect is Effect.DELETE
        and result.status == 404
        and outcome == "unknown"
    ):
        return Response(status=200, attempts=record.attempts)  # the lost attempt has done it
    if request.effect is Effect.CREATE and outcome == "unknown":
        failure = record.unknown_outcome(f"({name_of(result)})")
        raise failure from (result if isinstance(result, AstriaError) else None)
    if isinstance(result, AstriaError):
        raise record.mark(result)
    if result.status < 300 and is_short_of_balance(result, request):
        raise record.mark(error_of(result, request))
    if result.status < 300 and request.about is not None and is_json(result) and not is_about(result, request):
        # Another request's answer, which would be taken for ours.
        raise record.mark(_undecodable(result, record, f"id: the answer is not about {request.about}"))
    if is_page(result):
        raise record.mark(_undecodable(result, record, "a page of HTML"))
    return result.with_attempts(record.attempts)


def give_up(result: Result, record: CallRecord) -> Response:
    """The create certainly made nothing, and neither an attempt nor time is left for another one."""
    if isinstance(result, Response) and result.status >= 300:
        return result.with_attempts(record.attempts)
    kind = RequestTimeoutError if isinstance(result, RequestTimeoutError) else TransportError
    error = kind(
        f"no usable answer ({name_of(result)}); its object was looked for, and does not exist", request_was_sent=True
    )
    error.__cause__ = result if isinstance(result, UnexpectedError) else None
    raise record.mark(error)


def park(result: Result, record: CallRecord, seconds: float) -> NoReturn:
    """Stop at a result after which others would wait: the error says in how many seconds it may be done again."""
    try:
        response = end(result, record)
        error: AstriaError = record.mark(error_of(response, record.request))
    except AstriaError as ended:
        error = ended
    error.retry_in = seconds if error.retry_in is None else error.retry_in
    raise error


def foreign(error: Exception, record: CallRecord) -> UnexpectedError:
    """The SDK's exception for one that a layer raised which is not the SDK's."""
    unexpected = UnexpectedError(
        f"{type(error).__name__}: {error} (raised by a middleware or a transport, which is not the SDK's)",
        request_was_sent=record.reached,
    )
    unexpected.__cause__ = error
    return unexpected


def _undecodable(response: Response, record: CallRecord, problem: str) -> DecodeError:
    body = response.body[: 4 * SHOWN].decode(errors="replace")[:SHOWN]
    return DecodeError(f"{record.request.method} {record.request.path}", problems=[problem], body=body)
