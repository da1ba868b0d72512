"""What can go wrong with a request, as values: the rows of the matrix. Played in memory and on sockets alike."""

from __future__ import annotations

from enum import Enum
from math import inf
from typing import Literal

from attrs import frozen

from astria_async import Response


class End(Enum):
    """How a request ends."""

    ANSWERED = "with an answer"
    REFUSED = "nobody listens"
    RESET_BEFORE = "a reset once its head has been read"
    RESET_DURING = "a reset when half of its body has been read"
    RESET_AFTER = "a reset once all of it has been read"
    RESET_IN_ANSWER = "a reset in the middle of the answer"
    HALVED = "with a whole answer that holds half of its JSON"
    MIXED_UP = "with the answer to another request"
    RAISED_BEFORE = "with an exception of a middleware's, before it is sent"
    RAISED_AFTER = "with an exception of a middleware's, once it has been answered"


@frozen(kw_only=True)
class Fault:
    """What befalls one request.

    The service acts on it `acts` seconds after it arrived (None: never), and the end comes `after` so many (infinity:
    never). `answer` replaces the service's own; `date_in` gives it a Retry-After: the date so many seconds ahead.
    """

    end: End = End.ANSWERED
    acts: float | None = None
    after: float = 0.0
    answer: Response | None = None
    date_in: float | None = None


FINE = Fault(acts=0.0)


@frozen(kw_only=True)
class Row:
    """What goes wrong with one call: `faults` one attempt after the other, and then no more (`lasts`: the last one, for
    ever); `look_ups` likewise with the requests that look for a lost create. `idle`: a request went well before, and
    then its connection is dropped, which the client can see (`dropped`), or only by its next request (`unseen`).
    """

    name: str
    faults: tuple[Fault, ...]
    lasts: bool = False
    look_ups: tuple[Fault, ...] = ()
    look_ups_last: bool = False
    idle: Literal["dropped", "unseen"] | None = None


def page(status: int) -> Response:
    """A proxy's page."""
    html = f"<html><head><title>{status}</title></head><body>so says the proxy</body></html>".encode()
    return Response(status=status, headers={"content-type": "text/html"}, body=html)


def status(code: int, *, acts: float | None = None) -> Fault:
    """An answer of this status. A 504 comes when the service's 30 s are over [D]."""
    return Fault(answer=page(code), acts=acts, after=30.0 if code == 504 else 0.0)


def limited(retry_after: str | None = None, *, date_in: float | None = None) -> Fault:
    """429, with a Retry-After or without."""
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return Fault(answer=Response(status=429, headers=headers), date_in=date_in)


def _rows_of_statuses() -> tuple[Row, ...]:
    when = {"not processed": None, "processed": 0.0, "processed 20 s later": 20.0}
    return tuple(
        Row(name=f"{code}, {how}", faults=(status(code, acts=acts),))
        for code in (500, 502, 503, 504)
        for how, acts in when.items()
    )


def redirected(code: int, *, acts: float | None = None) -> Fault:
    """An answer that sends the client elsewhere."""
    return Fault(answer=Response(status=code, headers={"location": "https://elsewhere.example.com/"}), acts=acts)


def unpaid(code: int) -> Fault:
    """An answer that says that the account cannot pay: its status is not known [V]."""
    return Fault(answer=Response.from_json(code, {"error": "Not enough balance"}))


_LOST = status(504, acts=0.0)
_EMPTY = Response(status=201)
_REFUSED = Fault(answer=Response.from_json(422, {"base": ["is refused"]}))

ROWS = (
    Row(name="refused", faults=(Fault(end=End.REFUSED),)),
    Row(name="refused, every time", faults=(Fault(end=End.REFUSED),), lasts=True),
    Row(name="reset before the body", faults=(Fault(end=End.RESET_BEFORE),)),
    Row(name="reset during the body", faults=(Fault(end=End.RESET_DURING),)),
    Row(name="reset after the body, not processed", faults=(Fault(end=End.RESET_AFTER),)),
    Row(name="reset after the body, processed", faults=(Fault(end=End.RESET_AFTER, acts=0.0),)),
    Row(name="reset after the body, processed, every time", faults=(Fault(end=End.RESET_AFTER, acts=0.0),), lasts=True),
    Row(name="reset after the body, not processed, every time", faults=(Fault(end=End.RESET_AFTER),), lasts=True),
    Row(name="reset in the middle of the answer", faults=(Fault(end=End.RESET_IN_ANSWER, acts=0.0),)),
    Row(name="half a JSON body", faults=(Fault(end=End.HALVED, acts=0.0),)),
    Row(name="half a JSON body, every time", faults=(Fault(end=End.HALVED, acts=0.0),), lasts=True),
    Row(name="30 s of silence, then the answer", faults=(Fault(acts=0.0, after=30.0),)),
    Row(name="silence beyond the attempt's time, not processed", faults=(Fault(after=inf),)),
    Row(name="silence beyond the attempt's time, processed", faults=(Fault(acts=0.0, after=inf),)),
    *_rows_of_statuses(),
    Row(name="504, not processed, every time", faults=(status(504),), lasts=True),
    Row(name="504, processed, every time", faults=(_LOST,), lasts=True),
    Row(name="504, processed; look-up 403", faults=(_LOST,), look_ups=(status(403),)),
    Row(name="504, not processed; look-up 403", faults=(status(504),), look_ups=(status(403),)),
    Row(name="504, processed; look-up 500 once", faults=(_LOST,), look_ups=(status(500),)),
    Row(name="504, processed; look-up 500, three times", faults=(_LOST,), look_ups=(status(500),) * 3),
    Row(name="504, processed; look-up 500, every time", faults=(_LOST,), look_ups=(status(500),), look_ups_last=True),
    Row(
        name="504, processed; look-up reset, every time",
        faults=(_LOST,), look_ups=(Fault(end=End.RESET_AFTER),), look_ups_last=True,
    ),
    Row(name="504, processed; look-up a page of HTML", faults=(_LOST,), look_ups=(Fault(answer=page(200)),)),
    Row(
        name="504, processed, every time; look-up 403, every time",
        faults=(_LOST,), lasts=True, look_ups=(status(403),), look_ups_last=True,
    ),
    Row(name="504, processed; look-up 403; then 422", faults=(_LOST, _REFUSED), look_ups=(status(403),)),
    Row(
        name="504, processed; look-up 403; then 429, Retry-After: 100000",
        faults=(_LOST, limited("100000")), look_ups=(status(403),),
    ),
    Row(
        name="504, processed; look-up 403; then refused, every time",
        faults=(_LOST, Fault(end=End.REFUSED)), lasts=True, look_ups=(status(403),),
    ),
    Row(name="429", faults=(limited(),)),
    Row(name="429, Retry-After: 7", faults=(limited("7"),)),
    Row(name="429, Retry-After: a date in 7 s", faults=(limited(date_in=7.0),)),
    Row(name="429, Retry-After: soon", faults=(limited("soon"),)),
    Row(name="429, Retry-After: 100000", faults=(limited("100000"),)),
    Row(name="429, every time", faults=(limited(),), lasts=True),
    Row(name="403, a page of HTML", faults=(Fault(answer=page(403)),)),
    Row(name="200, a page of HTML, processed", faults=(Fault(answer=page(200), acts=0.0),)),
    Row(name="200, a page of HTML, not processed", faults=(Fault(answer=page(200)),)),
    Row(name="200, a page of HTML, every time", faults=(Fault(answer=page(200)),), lasts=True),
    Row(name="2xx with an empty body, processed", faults=(Fault(answer=_EMPTY, acts=0.0),)),
    Row(name="301 elsewhere", faults=(redirected(301),)),
    Row(name="303 elsewhere, processed", faults=(redirected(303, acts=0.0),)),
    Row(name="303 elsewhere, not processed", faults=(redirected(303),)),
    Row(name="307 elsewhere, every time", faults=(redirected(307),), lasts=True),
    Row(name="another request's answer, processed", faults=(Fault(end=End.MIXED_UP, acts=0.0),)),
    Row(name="another request's answer, not processed", faults=(Fault(end=End.MIXED_UP),)),
    Row(name="another request's answer, processed, every time", faults=(Fault(end=End.MIXED_UP, acts=0.0),), lasts=True),
    Row(name="a middleware raises before it is sent", faults=(Fault(end=End.RAISED_BEFORE),)),
    Row(name="a middleware raises once it is answered", faults=(Fault(end=End.RAISED_AFTER, acts=0.0),)),
    Row(name="408", faults=(Fault(answer=page(408)),)),
    Row(name="425", faults=(Fault(answer=page(425)),)),
    Row(name="402, not enough balance", faults=(unpaid(402),), lasts=True),
    Row(name="429, not enough balance", faults=(unpaid(429),), lasts=True),
    Row(name="500, not enough balance", faults=(unpaid(500),), lasts=True),
    Row(name="connection dropped while idle", faults=(FINE,), idle="dropped"),
    Row(name="connection dropped while idle, unseen", faults=(Fault(end=End.RESET_BEFORE),), idle="unseen"),
)  # fmt: skip
