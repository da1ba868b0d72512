"""What can go wrong on the way, as values: `fake.script("POST /tunes", processed_then(504), ok())`.

Each takes `after=`: the seconds, by the fake's clock, until the answer (or the end of the connection) comes.
Whatever changes in the service's state changes when the request arrives, whether or not the caller waits that long.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from attrs import define, field, frozen

from .._wire import Response
from ._server.http import JSON, TEXT, usual_answer
from ._server.patterns import check_pattern, matches


@frozen(kw_only=True)
class Fault:
    """What happens to one request. `name` is how logs call it.

    `is_processed`: whether the service acts on it, `acts_after` how many seconds later (None: at once). `answer` replaces
    the service's own answer; `is_dropped` leaves the caller without any, `is_halved` with half of its body.
    """

    name: str
    after: float = 0.0
    is_processed: bool = False
    acts_after: float | None = None
    answer: Response | None = field(default=None, repr=False)
    is_dropped: bool = False
    request_was_sent: bool = True
    is_halved: bool = False

    def __attrs_post_init__(self) -> None:
        for seconds in (self.after, self.acts_after or 0.0):
            if not seconds >= 0:
                raise ValueError(f"{seconds!r}: give 0 or more seconds")

    def __str__(self) -> str:
        return f"{self.name} after {self.after:g} s" if self.after else self.name


def ok(*, after: float = 0.0) -> Fault:
    """No fault: the service's own answer.

    Args:
        after: Seconds until the answer, or the end of the connection, comes; 0 or more.
    """
    return Fault(name="ok", is_processed=True, after=after)


def delayed(seconds: float) -> Fault:
    """The service's own answer, after a delay: `ok(after=seconds)`. For the others, use their `after`.

    Args:
        seconds: How late the answer is; 0 or more.
    """
    return ok(after=seconds)


def fail(status: int, body: Any = None, headers: Mapping[str, str] | None = None, *, after: float = 0.0) -> Fault:
    """An answer with this status, and nothing done.

    `body` is text, bytes, or something for JSON; None is what usually comes with the status: a proxy's page for 5xx [D].

    Args:
        status: The HTTP status, 200 to 599.
        body: Text, bytes, or something for JSON; None is what usually comes with the status.
        headers: More headers; None for none.
        after: Seconds until the answer, or the end of the connection, comes; 0 or more.
    """
    return Fault(name=f"fail({status})", answer=_made(status, body, headers), after=after)


def processed_then(
    status: int, body: Any = None, headers: Mapping[str, str] | None = None, *, after: float = 0.0
) -> Fault:
    """The service acts, but the answer is this one: what a 504 usually is [D].

    Args:
        status: The HTTP status, 200 to 599.
        body: Text, bytes, or something for JSON; None is what usually comes with the status.
        headers: More headers; None for none.
        after: Seconds until the answer, or the end of the connection, comes; 0 or more.
    """
    answer = _made(status, body, headers)
    return Fault(name=f"processed_then({status})", is_processed=True, answer=answer, after=after)


def processed_later(status: int, seconds: float, *, after: float = 0.0) -> Fault:
    """This answer at once; the service acts `seconds` after the request arrived. Nothing can be found until then.

    Args:
        status: The HTTP status, 200 to 599.
        seconds: How long after the request the service acts.
        after: Seconds until the answer, or the end of the connection, comes; 0 or more.
    """
    name = f"processed_later({status}, {seconds:g})"
    return Fault(name=name, acts_after=seconds, answer=_made(status, None, None), after=after)


def rate_limited(retry_after: float | None = None, *, after: float = 0.0) -> Fault:
    """429, and nothing done; `retry_after` in seconds, for the header. None sends none, as documented.

    Args:
        retry_after: The header's seconds; None sends no header.
        after: Seconds until the answer, or the end of the connection, comes; 0 or more.
    """
    headers = None if retry_after is None else {"retry-after": f"{retry_after:g}"}
    return Fault(name="rate_limited", answer=_made(429, None, headers), after=after)


def drop(request_was_sent: bool = True, *, processed: bool = False, after: float = 0.0) -> Fault:
    """No answer: the connection ends. In memory that is a `TransportError`, which says what the client can know.

    `processed=True` is a request on which the service acted before; it then was sent, whatever the argument says.

    Args:
        request_was_sent: What the client can know: False if no byte of the request arrived.
        processed: True if the service acted on it before.
        after: Seconds until the answer, or the end of the connection, comes; 0 or more.
    """
    name = "drop(processed=True)" if processed else f"drop({request_was_sent})"
    sent = request_was_sent or processed
    return Fault(name=name, is_processed=processed, is_dropped=True, request_was_sent=sent, after=after)


def truncated(*, after: float = 0.0) -> Fault:
    """The service acts, and half of its answer's body arrives.

    Args:
        after: Seconds until the answer, or the end of the connection, comes; 0 or more.
    """
    return Fault(name="truncated", is_processed=True, is_halved=True, after=after)


def _made(status: int, body: Any, headers: Mapping[str, str] | None) -> Response:
    if not 200 <= status <= 599:
        raise ValueError(f"{status!r} is not a status; give 200 to 599")
    usual = usual_answer(status)
    if body is None:
        return Response(status=status, headers={**usual.headers, **(headers or {})}, body=usual.body)
    if isinstance(body, (str, bytes)):
        raw = body.encode() if isinstance(body, str) else body
        kind = "text/html; charset=utf-8" if raw.lstrip()[:1] == b"<" else TEXT
    else:
        raw, kind = json.dumps(body).encode(), JSON
    return Response(status=status, headers={"content-type": kind, **(headers or {})}, body=raw)


@define
class _Script:
    pattern: str
    left: list[Fault]


@define
class _Rule:
    pattern: str
    fault: Fault
    probability: float
    random: Random


class Faults:
    """What is planned to go wrong: scripts first, in the order in which they were given, then rules."""

    def __init__(self) -> None:
        self._scripts: list[_Script] = []
        self._rules: list[_Rule] = []

    def script(self, pattern: str, *faults: Fault) -> None:
        """One fault for each of the next requests that match; after that, all is well."""
        check_pattern(pattern)
        if faults:
            self._scripts.append(_Script(pattern, list(faults)))

    def rule(self, pattern: str, fault: Fault, *, probability: float, seed: int) -> None:
        """A fault for each matching request, with this probability, in a sequence that `seed` fixes."""
        check_pattern(pattern)
        if not 0 <= probability <= 1:
            raise ValueError(f"probability={probability!r} is outside 0 to 1")
        self._rules.append(_Rule(pattern, fault, probability, Random(seed)))

    def clear(self) -> None:
        """Forget all of them."""
        self._scripts.clear()
        self._rules.clear()

    def next(self, method: str, path: str) -> Fault | None:
        """The fault for this request; None for no fault. It is used up by asking."""
        for script in self._scripts:
            if matches(script.pattern, method, path):
                fault = script.left.pop(0)
                if not script.left:
                    self._scripts.remove(script)
                return fault
        for rule in self._rules:
            if matches(rule.pattern, method, path) and rule.random.random() < rule.probability:
                return rule.fault
        return None

    @property
    def left(self) -> dict[str, list[Fault]]:
        """The scripted faults that no request has met yet, by pattern: empty once a test's plan has been played."""
        found: dict[str, list[Fault]] = {}
        for script in self._scripts:
            found.setdefault(script.pattern, []).extend(script.left)
        return found
