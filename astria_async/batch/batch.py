"""A batch: many prompts, each created once, waited for and fetched, whatever is killed in between."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

import anyio
from anyio.abc import TaskGroup
from attrs import evolve

from .._client import AsyncAstria
from .._runtime.threads import in_thread
from ..errors import BatchStoppedError, ConfigurationError, ParameterError
from ..jobs import Carrier, Handed, Report, Totals
from ..models._base import MC_PER_USD
from .budget import Budget
from .intake import Intake
from .items import BatchItem, BatchResult, Items, each_of
from .ledger import Result, SqliteLedger
from .local import Local
from .report import ResultsFile

#: Items that are taken in together, and results that wait for their reader.
CHUNK, BUFFER = 100, 100
#: Seconds between two looks at whether anything still goes well.
CHECK = 5.0


class Batch:
    """Many prompts: each is created once, waited for, and fetched. It can be killed at any time, and goes on.

        async with AsyncAstria() as astria, Batch(astria, "run.db", out="out", max_cost=Decimal("20")) as batch:
            async for result in batch.run(items):
                print(result.key, result.error or result.files)

    What is handed out is in the ledger before it is sent. The same batch with the same ledger does what is left: what may
    have been sent is looked for before it is paid for, and what is done is not done again.

    Args:
        astria: The client.
        ledger: The file that knows how far the batch is; it is made if it is missing. One process at a time.
        carrier: Who does the jobs; None does them in this process.
        max_cost: USD that the batch may spend over all its runs; None sets no limit. What is in flight counts with its
            price. The first row of a kind whose price is not known goes alone, and only it can exceed the limit.
        price: USD for a row whose price is not known yet; None learns it from the first one.
        out: The folder for `images/` and `results.jsonl`; None fetches nothing.
        template: The images' names, as in `prompts.download`; None is the usual one.
        window: How many rows are under way at once, 1 or more. The client's limits say how many requests that are.
        patience: Seconds for which an outage, or an empty balance, is waited out.
        timeout: Seconds that a prompt may take to be drawn; None waits for ever.
        retry_failed: True orders again what failed for good in an earlier run. What failed for a passing reason goes on in
            any case.

    Raises:
        ConfigurationError: An option is out of its range, or the ledger cannot be used. When the batch is entered.
    """

    def __init__(
        self,
        astria: AsyncAstria,
        ledger: str | os.PathLike[str] = "run.db",
        *,
        carrier: Carrier | None = None,
        max_cost: Decimal | int | None = None,
        price: Decimal | int | None = None,
        out: str | os.PathLike[str] | None = None,
        template: str | None = None,
        window: int = 1000,
        patience: float = 3600.0,
        timeout: float | None = 1800.0,
        retry_failed: bool = False,
    ) -> None:
        if not isinstance(window, int) or isinstance(window, bool) or window < 1:
            raise ConfigurationError(f"window: {window!r} is not a number of rows; give 1 or more")
        if not isinstance(patience, (int, float)) or not patience >= 0:
            raise ConfigurationError(f"patience: {patience!r} is not a time; give seconds, 0 or more")
        self._astria, self._path = astria, Path(ledger)
        self._local = Local(astria, timeout=timeout)
        self._carrier: Carrier = carrier or self._local
        self._most, self._price = _mc("max_cost", max_cost), _mc("price", price)
        self._out, self._template = None if out is None else Path(out), template
        self._window, self._patience, self._retry_failed = window, float(patience), retry_failed
        self._reason: tuple[str, str] | None = None
        self._failure: Exception | None = None
        self._in_flight: dict[int, BatchItem | None] = {}
        self._changed = anyio.Event()
        self._is_running = self._is_redone = False  # whether it runs; whether a row ended that had ended before
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        images = None
        if self._out is not None:
            images = self._out / "images"
            await in_thread(images.mkdir, parents=True, exist_ok=True)
        self._ledger: SqliteLedger = await in_thread(SqliteLedger, self._path)
        try:
            facts = await self._ledger.facts()
            me, now = str((await self._astria._core.who())[0]), await self._astria.service_time()
            if facts.get("account", me) != me:
                raise ConfigurationError(
                    f"ledger: {self._path} is of the account {facts['account']}, and this key of {me}; give another file"
                )
            run = int(facts.get("run", "0")) + 1
            facts = {"name": uuid4().hex, "began": now.isoformat(), **facts, "account": me, "run": str(run)}
            self._intake = Intake(
                self._astria, self._ledger, name=facts["name"], run=run, retry_failed=self._retry_failed, folder=images,
                template=self._template,
            )  # fmt: skip
            await self._ledger.keep_facts(facts)
            totals = await self._ledger.totals()
            self._budget = Budget(
                self._most,
                prices=await self._ledger.prices(),
                spent=totals.spent_mc,
                owed=totals.owed_mc,
                price=self._price,
            )
            self._results = (
                None if self._out is None else await ResultsFile.open(self._out / "results.jsonl", self._ledger)
            )
            self._tasks: TaskGroup = await self._stack.enter_async_context(anyio.create_task_group())
            await self._stack.enter_async_context(self._carrier.open(self._deliver))
        except BaseException:
            await self._stack.aclose()
            self._ledger.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.stop()
        if self._is_running:
            self._receive.close()
        try:
            await self._stack.aclose()  # without the error, which would come back as a group
            if self._results is not None and self._is_redone:
                await self._results.write_anew()
        finally:
            if self._results is not None:
                self._results.close()
            self._ledger.close()

    def run(self, items: Items) -> AsyncIterator[BatchResult]:
        """The results, in order of completion: `async for result in batch.run(items)`.

        A failure is a result. Rows that are done since an earlier run are left out; `results` has all of them.

        Args:
            items: `BatchItem`s: a list, an iterator, or an async iterator. They are taken as they are needed.

        Raises:
            BatchStoppedError: The batch ended before all rows did: money, the service, or `stop`. `reason` says which.
            ParameterError: What is given is not an item. It is raised after the results of the items before it.
        """
        if self._is_running:
            raise ParameterError("items: this batch has been run; make another Batch with the same ledger")
        self._is_running = True
        self._send, self._receive = anyio.create_memory_object_stream[BatchResult](BUFFER)
        self._tasks.start_soon(self._feed, items)
        return _Results(self._next)

    def stop(self, reason: str = "stopped", why: str = "it was stopped") -> None:
        """Hand out nothing more. What is being sent ends; what is drawn is left to the next run.

        Args:
            reason: What `BatchStoppedError.reason` says.
            why: The same in words.
        """
        if self._reason is None:
            self._reason = (reason, why)
        self._carrier.stop()
        self._changed.set()

    async def totals(self) -> Totals:
        """How many rows wait, are under way, are done and failed, and the money: of all runs together."""
        return await self._ledger.totals()

    async def results(self) -> AsyncIterator[Result]:
        """All rows that have ended, in any run, in the order of the ledger."""
        after = 0
        while page := await self._ledger.results(after, 500):
            for result in page:
                yield result
            after = page[-1].number

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
                await self._hand_out([(handed, None) for handed in await self._ledger.stale()])
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
        health = self._local.health
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
                if len(self._in_flight) < self._window:
                    verdict = "now" if not handed.fresh else self._budget.admit(handed.row)
                    if verdict == "now":
                        break
                    if verdict == "never":
                        self.stop("budget", f"the next row would exceed max_cost, {_usd(self._most)} USD")
                        break
                if ready:
                    await self._submit(ready)
                    ready = []
                else:
                    await self._change()
            if self._reason is not None:
                break
            row = evolve(handed.row, price_mc=self._budget.price_of(handed.row.shape)) if handed.fresh else handed.row
            self._in_flight[row.number] = item
            ready.append((evolve(handed, row=row), item))
        await self._submit(ready)

    async def _submit(self, ready: list[tuple[Handed, BatchItem | None]]) -> None:
        if self._reason is not None:
            for handed, _ in ready:
                self._in_flight.pop(handed.row.number, None)
            return
        fresh = [handed.row for handed, _ in ready if handed.fresh]
        if fresh:
            await self._ledger.hand_out(fresh)
        for handed, _ in ready:
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
        row, cost = report.row, None if report.prompt is None else report.prompt.cost_mc
        if report.is_left:
            self._budget.release(row)
        elif not report.is_over:
            await self._ledger.record(report)
            self._budget.note_price(row, cost)
        else:
            known = await self._ledger.record(report)
            self._budget.settle(row, known)
        if report.is_over:
            result = BatchResult(
                key=row.label, item=self._in_flight.get(row.number), prompt=report.prompt, error=report.error,
                files=tuple(map(Path, report.files)), attempts=report.attempts, seconds=report.seconds,
            )  # fmt: skip
            if self._results is not None:
                self._is_redone = self._is_redone or row.tries > 0 or self._in_flight.get(row.number) is None
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


class _Results:
    """The results of a batch, one by one. It may be dropped at any time."""

    def __init__(self, following: Callable[[], Awaitable[BatchResult]]) -> None:
        self._following = following

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> BatchResult:
        return await self._following()


def _mc(name: str, value: Decimal | int | None) -> int | None:
    """Money in mc, rounded down."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not value >= 0:
        raise ConfigurationError(f'{name}: {value!r} is not an amount of USD; give 0 or more, such as Decimal("20")')
    return int(Decimal(value) * MC_PER_USD)


def _usd(mc: int | None) -> str:
    return f"{Decimal(mc or 0) / MC_PER_USD:.2f}"
