"""The way of a row through a running batch: taken in, handed out as window and budget allow, recorded, told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Self

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from attrs import evolve

from .._client import AsyncAstria
from ..errors import BatchStoppedError, ConfigurationError
from ..jobs import Carrier, Handed, Report
from ..models._base import usd
from .budget import Budget
from .intake import Intake
from .items import BatchItem, BatchResult, Items, each_of
from .ledger import SqliteLedger
from .local import Health
from .report import ResultsFile

#: Items that are taken in together.
CHUNK = 100
#: Seconds between two looks at whether anything still goes well.
CHECK = 5.0


class Running:
    """What a `Batch` does while it runs. `_in_flight` has the item of each row that is under way; None for an earlier run's."""

    _astria: AsyncAstria
    _ledger: SqliteLedger
    _carrier: Carrier
    _health: Health
    _intake: Intake
    _budget: Budget
    _stale: Sequence[Handed]
    _results: ResultsFile | None
    _send: MemoryObjectSendStream[BatchResult]
    _receive: MemoryObjectReceiveStream[BatchResult]
    _most: int | None
    _window: int
    _patience: float

    def __init__(self) -> None:
        self._in_flight: dict[int, BatchItem | None] = {}
        self._changed = anyio.Event()
        self._reason: tuple[str, str] | None = None
        self._failure: Exception | None = None
        self._taking = anyio.CancelScope()  # around all that takes in items, and hands out rows
        self._is_redone = False  # a row ended that had ended before

    def stop(self, reason: str = "stopped", why: str = "it was stopped") -> None:
        """Hand out nothing more. What is being sent ends; what is drawn is left to the next run.

        Args:
            reason: What `BatchStoppedError.reason` says.
            why: The same in words.
        """
        if self._reason is None:
            self._reason = (reason, why)
        self._taking.cancel()
        self._carrier.stop()
        self._changed.set()

    # --- Handing out

    async def _next(self) -> BatchResult:
        try:
            return await self._receive.receive()
        except anyio.EndOfStream:
            pass
        if self._failure is not None:
            raise self._failure
        if self._reason is not None:
            reason, why = self._reason
            raise BatchStoppedError(
                f"the batch ended early: {why}; run it again with the same ledger to go on", reason=reason
            )
        raise StopAsyncIteration

    async def _feed(self, items: Items) -> None:
        async with self._send, anyio.create_task_group() as tasks:
            tasks.start_soon(self._watch)
            try:
                with self._taking:
                    await self._hand_out([(handed, None) for handed in self._stale])
                    await self._take_all(items)
            except Exception as error:  # noqa: BLE001 -- of the ledger, or of the user's source: whoever reads gets it
                self._failure = self._failure or error
            while self._in_flight:
                await self._change()
            tasks.cancel_scope.cancel()

    async def _take_all(self, items: Items) -> None:
        chunk: list[BatchItem] = []
        async with aclosing(each_of(items)) as source:
            async for item in source:
                chunk.append(item)
                if len(chunk) >= min(CHUNK, self._window):
                    await self._take_in(chunk)
                    chunk = []
                if self._reason is not None:
                    return
        await self._take_in(chunk)

    async def _watch(self) -> None:
        """Look now and then at whether anything goes well."""
        health = self._health
        while True:
            await self._astria.clock.sleep(CHECK)
            if health.since is not None and health.failing_for >= self._patience:
                self.stop(health.reason, f"nothing went well for {self._patience:g} s: {health.error}")
                return

    async def _take_in(self, chunk: list[BatchItem]) -> None:
        taken = await self._intake.take(chunk)
        for refused in taken.refused:
            await self._emit(refused)
        await self._hand_out([(Handed(row=row, fresh=True), item) for row, item in taken.rows])

    async def _hand_out(self, wanted: list[tuple[Handed, BatchItem | None]]) -> None:
        """Give rows to the carrier, as the window and the budget allow."""
        ready: list[tuple[Handed, BatchItem | None]] = []
        for handed, item in wanted:
            while self._reason is None:
                if len(self._in_flight) + len(ready) < self._window:
                    if not handed.fresh:
                        self._budget.adopt(handed.row)
                        break
                    verdict = self._budget.admit(handed.row)
                    if verdict == "now":
                        break
                    if verdict == "never":
                        self.stop("budget", f"the next row would exceed max_cost, {usd(self._most):.2f} USD")
                        break
                if ready:
                    await self._submit(ready)
                    ready = []
                else:
                    await self._change()
            if self._reason is not None:
                break
            row = evolve(handed.row, price_mc=self._budget.price_of(handed.row.shape)) if handed.fresh else handed.row
            ready.append((evolve(handed, row=row), item))
        await self._submit(ready)

    async def _submit(self, ready: list[tuple[Handed, BatchItem | None]]) -> None:
        fresh = [handed.row for handed, _ in ready if handed.fresh]
        if fresh and self._reason is None:
            await self._ledger.hand_out(fresh)
        for handed, item in ready:
            if self._reason is not None:
                return  # what is not carried any more is left to the next run
            self._in_flight[handed.row.number] = item
            await self._carrier.submit(handed)

    async def _change(self) -> None:
        await self._changed.wait()
        self._changed = anyio.Event()

    # --- Taking back

    async def _deliver(self, report: Report) -> None:
        try:
            await self._take_back(report)
        except ConfigurationError as error:  # the ledger cannot be written: what is on the disk goes on next time
            self._failure = self._failure or error
            self._in_flight.pop(report.row.number, None)
            self.stop()

    async def _take_back(self, report: Report) -> None:
        row, budget = report.row, self._budget
        if report.is_left:
            budget.release(row)
        else:
            cost = await self._ledger.record(report)
            (budget.settle if report.is_over else budget.note_price)(row, cost)
        if report.is_over:
            item = self._in_flight.get(row.number)
            result = BatchResult(
                key=row.label, item=item, prompt=report.prompt, error=report.error,
                files=tuple(map(Path, report.files)), attempts=report.attempts, seconds=report.seconds,
            )  # fmt: skip
            if self._results is not None:
                self._is_redone = self._is_redone or row.tries > 0 or item is None
                self._results.add(report)
            await self._emit(result)
        if report.is_over or report.is_left:
            self._in_flight.pop(row.number, None)
        self._changed.set()

    async def _emit(self, result: BatchResult) -> None:
        try:
            await self._send.send(result)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass  # nobody reads any more; the ledger has it


class Results:
    """The results of a batch, one by one. It may be dropped at any time."""

    def __init__(self, following: Callable[[], Awaitable[BatchResult]]) -> None:
        self._following = following

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> BatchResult:
        return await self._following()
