"""Why a client is slow now, read off its own state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from .pauses import Pause


@frozen(kw_only=True)
class PollState:
    """What the waits of a client do: `pending` objects are waited for, `next_look` is in how many seconds they are looked
    at (None: now, or never). `failing_for` is for how many seconds no look has succeeded, `problem` the last failure.
    """

    pending: int = 0
    next_look: float | None = None
    failing_for: float | None = None
    problem: str = ""


@frozen(kw_only=True)
class Explanation:
    """What `astria.explain()` returns: print it.

    `in_flight` attempts of at most `limit` run on this event loop, and `waiting` wait for a slot. After a 429 nothing is
    sent for another `cooling_down` seconds. `retries` and `lookups` are how many calls of the client pause before they are
    sent again, or are looked for; `longest_pause` is in seconds. `polls` says what the waits do. `reasons` are sentences,
    the weightiest first; it is empty if nothing holds the client up.
    """

    in_flight: int
    limit: int
    waiting: int
    cooling_down: float
    retries: int
    lookups: int
    longest_pause: float
    polls: PollState
    reasons: tuple[str, ...]

    @property
    def is_slow(self) -> bool:
        """Whether anything holds the client up."""
        return bool(self.reasons)

    def __str__(self) -> str:
        head = "Nothing holds this client up." if not self.reasons else "This client is held up:"
        lines = [head, *(f"- {reason}" for reason in self.reasons)]
        lines.append(f"{self.in_flight} of {self.limit} slots are in use; {self.polls.pending} objects are waited for.")
        return "\n".join(lines)


def explain(
    *,
    in_flight: int,
    limit: int,
    waiting: int,
    cooling_down: float,
    pauses: Sequence[Pause],
    now: float,
    polls: PollState,
) -> Explanation:
    """Put the reasons into words."""
    retries = [pause for pause in pauses if not pause.is_lookup]
    lookups = [pause for pause in pauses if pause.is_lookup]
    return Explanation(
        in_flight=in_flight,
        limit=limit,
        waiting=waiting,
        cooling_down=cooling_down,
        retries=len(retries),
        lookups=len(lookups),
        longest_pause=max((pause.until - now for pause in pauses), default=0.0),
        polls=polls,
        reasons=tuple(_reasons(limit, waiting, cooling_down, retries, lookups, now, polls)),
    )


def _reasons(
    limit: int,
    waiting: int,
    cooling_down: float,
    retries: Sequence[Pause],
    lookups: Sequence[Pause],
    now: float,
    polls: PollState,
) -> Iterator[str]:
    if polls.failing_for is not None:
        yield f"the service has given no usable answer to polls for {polls.failing_for:.0f} s ({polls.problem})"
    if retries:
        longest = max(now - pause.since for pause in retries)
        yield (
            f"{_calls(retries)} to be sent again, after {_results(retries)}: "
            f"the next in {min(pause.until for pause in retries) - now:.1f} s, the oldest began {longest:.0f} s ago"
        )
    if lookups:
        yield (
            f"{_calls(lookups)} to be looked for, as the response was lost ({_results(lookups)}): "
            f"the next in {min(pause.until for pause in lookups) - now:.1f} s"
        )
    if cooling_down:
        yield f"the service said that there were too many requests: nothing is sent for another {cooling_down:.1f} s"
    if waiting:
        yield f"{waiting} attempts wait for a slot: {limit} at a time is what the service takes, or what Limits allow"


def _calls(pauses: Sequence[Pause]) -> str:
    return "1 call waits" if len(pauses) == 1 else f"{len(pauses)} calls wait"


def _results(pauses: Sequence[Pause]) -> str:
    """The different results, each once, the first three."""
    return ", ".join([*dict.fromkeys(pause.result for pause in pauses)][:3])
