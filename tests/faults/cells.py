"""One cell of the matrix: an operation met by a fault, what came of it, and whether that is honest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from random import Random

from attrs import evolve, frozen

from astria_async import (
    APIError,
    AstriaError,
    AsyncAstria,
    Clock,
    DecodeError,
    Middleware,
    Request,
    Response,
    RetryPolicy,
    Send,
    Transport,
    UnknownOutcomeError,
)
from astria_async.testing import MockTransport, VirtualClock

from .operations import Operation
from .script import End, Row
from .service import Service


@frozen
class Cell:
    """Objects on the server (None: it makes none), what the caller got, attempts, and the seconds that it took.

    `complaints` are what breaks the promises: there should be none.
    """

    objects: int | None
    got: str
    attempts: int
    seconds: float
    complaints: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{'–' if self.objects is None else self.objects} · {self.got} · {self.attempts}"


class Attempts:
    """A middleware that counts the operation's attempts, sends a refused one to where nobody listens, and raises where a
    row says so.
    """

    def __init__(self, operation: Operation, service: Service, nowhere: str | None) -> None:
        self.count = 0
        self._operation, self._service, self._nowhere = operation, service, nowhere

    async def __call__(self, request: Request, call_next: Send, /) -> Response:
        self.count += self._operation.is_operation(request.method, request.path)
        fault = self._service.meets(request.method, request.path, is_peek=True)
        if fault.end is End.RAISED_BEFORE:
            self._service.meets(request.method, request.path)
            raise KeyError("a mistake in a middleware")
        if self._nowhere is not None and fault.end is End.REFUSED:
            self._service.meets(request.method, request.path)
            request = evolve(request, url=self._nowhere + request.path)
        response = await call_next(request)
        if fault.end is End.RAISED_AFTER:
            raise KeyError("a mistake in a middleware")
        return response


async def in_memory(operation: Operation, row: Row, *, idempotency: bool) -> Cell:
    """The cell, played without a network, in virtual time, with the waits of the default policy."""
    clock = VirtualClock()
    service = Service(
        row, operation.is_operation, clock=clock, idempotency=idempotency, origin="https://storage.example.com"
    )
    return await played(operation, service, transport=MockTransport(service), clock=clock)


async def played(
    operation: Operation,
    service: Service,
    *,
    transport: Transport,
    clock: Clock,
    base_url: str = "https://api.astria.ai",
    nowhere: str | None = None,
    after_warming: Callable[[], Awaitable[None]] | None = None,
) -> Cell:
    """Let a client do it, and look at both sides. The transport stays open."""
    attempts = Attempts(operation, service, nowhere)
    middleware: list[Middleware] = [attempts]
    astria = AsyncAstria(
        "sd_test", base_url=base_url, transport=transport, clock=clock, random=Random(7), middleware=middleware,
        retry=RetryPolicy(jitter=0.0), account_idempotency=service.idempotency,
    )  # fmt: skip
    if service.row.idle:
        await astria.request("GET", "/warm")
        if after_warming is not None:
            await after_warming()
    began, error, number = clock.monotonic(), None, None
    try:
        number = await operation.call(astria)
    except AstriaError as caught:
        error = caught
    seconds = clock.monotonic() - began
    service.catch_up()
    complaints = [*_dishonesties(operation, service, error, number)]
    told = attempts.count if error is None else len(error.attempts)
    if told != attempts.count and not (isinstance(error, DecodeError) and attempts.count == 1):
        complaints.append(f"{attempts.count} attempts, but the error tells of {told}")
    left = astria.statistics()
    if left.in_flight or left.waiting:
        complaints.append(f"left over: {left}")
    return Cell(
        objects=None if operation.count is None else operation.count(service),
        got=_told(error, is_found=service.last_was_look_up),
        attempts=attempts.count,
        seconds=seconds,
        complaints=tuple(complaints),
    )


def _told(error: AstriaError | None, *, is_found: bool) -> str:
    if error is None:
        return "found" if is_found else "ok"
    if isinstance(error, UnknownOutcomeError):
        return f"unknown ({', '.join(error.looked_for)})" if error.looked_for else "unknown"
    if isinstance(error, APIError):
        return str(error.status)
    if isinstance(error, DecodeError):
        return "unreadable"
    return "not sent" if error.outcome == "not_sent" else "no answer"


def _dishonesties(
    operation: Operation, service: Service, error: AstriaError | None, number: int | None
) -> Iterator[str]:
    """What the caller was told, held against what is there."""
    objects = operation.goal if operation.count is None else operation.count(service)
    if objects > 1:
        yield f"{objects} objects for one call"
    if error is None:
        if objects != operation.goal and not (operation.is_mute and service.was_mixed_up):
            yield f"said to be done, but there are {objects} objects"
        if operation.ids is not None and operation.ids(service) != [number]:
            yield f"the caller was given {number}; there is {operation.ids(service)}"
    elif error.outcome in ("not_sent", "rejected"):
        if operation.count is not None and objects == operation.goal:
            yield f"said to have made nothing ({error.outcome}), but it did: {error}"
    elif error.outcome != "unknown":
        yield f"nothing is said of the outcome: {error!r}"
    elif operation.makes:
        yield from _unhelpful(operation, error)


def _unhelpful(operation: Operation, error: AstriaError) -> Iterator[str]:
    """A create whose outcome is unknown has to say so by its type, and what to look for."""
    if not isinstance(error, UnknownOutcomeError):
        yield f"an unknown outcome of a create, but no UnknownOutcomeError: {error!r}"
    elif (*error.looked_for,) != operation.looked_for:
        yield f"says to look for {error.looked_for}"
