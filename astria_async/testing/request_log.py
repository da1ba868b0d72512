"""The log of what reached the fake, open to a test's questions."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, overload

from attrs import define, field

from ._server.patterns import matches
from ._store.timestamps import time_of

#: How many of the requests that arrived an expectation that failed shows: the last ones.
SHOWN = 20


@define(kw_only=True, eq=False)
class RequestRecord:
    """One request that arrived, and what became of it.

    `status` is None where no answer was given; `fault` names what the test had planned for it, None for nothing.
    `is_authorized`: whether it carried a key that somebody has. `params` is its body as parsed, its files as
    `ReceivedFile`; None where it had none, or one that cannot be read. `duration` is how many seconds the answer took,
    by the fake's clock, the delay of a fault included; None until it is given.
    """

    method: str
    path: str
    query: str
    status: int | None
    is_authorized: bool
    fault: str | None
    params: Mapping[str, Any] | None = field(repr=False)
    moment: int = field(repr=False)
    duration: float | None = field(default=None, repr=False)

    @property
    def at(self) -> datetime:
        """When it arrived, by the fake's clock."""
        time = time_of(self.moment)
        assert time is not None
        return time

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        outcome = "no answer" if self.status is None else str(self.status)
        return (
            f"{self.at:%H:%M:%S} {self.method} {self.path}{query} -> {outcome}{f', {self.fault}' if self.fault else ''}"
        )


class RequestLog(Sequence[RequestRecord]):
    """The requests in the order of their arrival; the last `keep` of them, or all if that is None.

    `on_finished` is called with each record once its answer is given: for whoever prints a line per request.

    Args:
        keep: How many requests it holds; None keeps all.
    """

    def __init__(self, keep: int | None = None) -> None:
        self._records: deque[RequestRecord] = deque(maxlen=keep)
        self.on_finished: Callable[[RequestRecord], object] | None = None

    @overload
    def __getitem__(self, index: int) -> RequestRecord: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[RequestRecord]: ...
    def __getitem__(self, index: int | slice) -> RequestRecord | Sequence[RequestRecord]:
        return [*self._records][index] if isinstance(index, slice) else self._records[index]

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[RequestRecord]:
        return iter(self._records)

    def __repr__(self) -> str:
        return f"<RequestLog: {len(self)} requests>"

    def matching(self, pattern: str) -> list[RequestRecord]:
        """Those of a pattern: `POST /tunes/:id/prompts`, `GET *`, `* *`.

        Args:
            pattern: A method and a path, such as `POST /tunes/:id/prompts`, `GET *` or `* *`.
        """
        return [record for record in self._records if matches(pattern, record.method, record.path)]

    def expect(self, pattern: str, times: int = 1) -> list[RequestRecord]:
        """Those of a pattern. Raises AssertionError, which tells what did arrive, if there are not so many.

        Args:
            pattern: A method and a path, such as `GET *`.
            times: How many there must be.
        """
        found = self.matching(pattern)
        if len(found) != times:
            last = [f"  {record}" for record in [*self._records][-SHOWN:]]
            shown = f"the last {SHOWN} of {len(self)} requests" if len(self) > SHOWN else "what arrived"
            raise AssertionError("\n".join([f"expected {times} x {pattern}, got {len(found)}; {shown}:", *last]))
        return found

    def clear(self) -> None:
        """Forget them: what follows is counted from here."""
        self._records.clear()

    def add(self, record: RequestRecord) -> None:
        """Put one more into the log; beyond `keep`, the oldest goes."""
        self._records.append(record)

    def finish(self, record: RequestRecord, moment: int) -> None:
        """Note that a request of the log was answered, or dropped."""
        record.duration = (moment - record.moment) / 1_000_000
        if self.on_finished is not None:
            self.on_finished(record)
