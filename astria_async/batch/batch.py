"""A batch: many prompts, each created once, waited for and fetched, whatever is killed in between."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

import anyio

from .._client import AsyncAstria
from .._runtime.threads import in_thread
from ..errors import ConfigurationError, ParameterError
from ..jobs import Carrier, Totals
from ..models._base import MC_PER_USD
from .budget import Budget
from .intake import Intake
from .items import BatchResult, Items
from .ledger import Result, SqliteLedger
from .local import Local
from .report import ResultsFile, read_run, write_run
from .running import Results, Running

#: Results that wait for their reader.
BUFFER = 100


class Batch(Running):
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
        super().__init__()
        if not isinstance(window, int) or isinstance(window, bool) or window < 1:
            raise ConfigurationError(f"window: {window!r} is not a number of rows; give 1 or more")
        if not isinstance(patience, (int, float)) or not patience >= 0:
            raise ConfigurationError(f"patience: {patience!r} is not a time; give seconds, 0 or more")
        self._astria, self._path = astria, Path(ledger)
        local = Local(astria, timeout=timeout)
        self._carrier: Carrier = carrier or local
        self._health = local.health
        self._most, self._price = _mc("max_cost", max_cost), _mc("price", price)
        self._out, self._template = None if out is None else Path(out), template
        self._window, self._patience, self._retry_failed = window, float(patience), retry_failed
        self._is_running = False

    async def __aenter__(self) -> Self:
        images = None
        if self._out is not None:
            images = self._out / "images"
            await in_thread(images.mkdir, parents=True, exist_ok=True)
        self._ledger: SqliteLedger = await in_thread(SqliteLedger, self._path)
        try:
            facts = await self._ledger.facts()
            core = self._astria._core
            account, now = await core.who()
            own = {"account": str(account), "workspace": str(core.workspace_id), "service": core.base_url}
            for name, mine in own.items():
                if facts.get(name, mine) != mine:
                    theirs = facts[name]
                    raise ConfigurationError(
                        f"ledger: {self._path} is of the {name} {theirs}, and this client of {mine}; give another file"
                    )
            run = int(facts.get("run", "0")) + 1
            if "name" not in facts and self._out is not None:
                facts |= await in_thread(read_run, self._out)
            facts = {"name": uuid4().hex, "began": now.isoformat(), **facts, **own, "run": str(run)}
            self._intake = Intake(
                self._astria, self._ledger, name=facts["name"], run=run, retry_failed=self._retry_failed, folder=images,
                template=self._template, since=_moment(facts.get("rebuilt")),
            )  # fmt: skip
            await self._ledger.keep_facts(facts)
            if self._out is not None:
                await in_thread(write_run, self._out, facts)
            self._stale = await self._ledger.stale()
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
            self._context = self._open()
            await self._context.__aenter__()
        except BaseException:
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
            await self._context.__aexit__(None, None, None)  # without the error, which would come back as a group
            if self._results is not None and self._is_redone:
                await self._results.write_anew()
        finally:
            if self._results is not None:
                self._results.close()
            self._ledger.close()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[None]:
        # Not an ExitStack: that makes an exception which passes two groups its own context, and anyio looks for the end.
        async with anyio.create_task_group() as tasks, self._carrier.open(self._deliver):
            self._tasks = tasks
            yield

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
        return Results(self._next)

    async def totals(self) -> Totals:
        """How many rows wait, are under way, are done and failed, and the money: of all runs together."""
        return await self._ledger.totals()

    async def results(self) -> AsyncIterator[Result]:
        """All rows that have ended, in any run, in the order of the ledger."""
        async for page in self._ledger.pages():
            for result in page:
                yield result


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _mc(name: str, value: Decimal | int | None) -> int | None:
    """Money in mc, rounded down."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not value >= 0:
        raise ConfigurationError(f'{name}: {value!r} is not an amount of USD; give 0 or more, such as Decimal("20")')
    return int(Decimal(value) * MC_PER_USD)
