"""How an item becomes a row: its name, its seed, and whether it was done before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from attrs import evolve, field, frozen

from .._client import AsyncAstria
from ..errors import AstriaError, ParameterError
from ..jobs import Generation, Row
from .budget import shape_of
from .items import BatchItem, BatchResult
from .ledger import FAILED, WAITING, Past, SqliteLedger

#: How often another seed is drawn for a row whose seed another row has. Two of a million rows share one at times.
DRAWS = 20


@frozen
class Taken:
    """What became of some items: rows to be handed out, and items that were refused. What is done is in neither."""

    rows: list[tuple[Row, BatchItem]] = field(factory=list)
    refused: list[BatchResult] = field(factory=list)


class Intake:
    """Names items, and writes down those that are new.

    A row's name is the item's key, else its content and its count among equals: never its place in the source. Its seed
    comes from the name of the run, its own, and the number of the try; so the same row has the same seed in every run.

    Args:
        astria: The client.
        ledger: Where rows are written down.
        name: The name of the batch, the same in all its runs.
        run: The number of this run, from 1.
        retry_failed: Whether rows that failed for good are ordered again.
        folder: Where images go; None fetches none.
        template: The images' names.
        since: When the batch first ran, if its ledger was lost: each row may have been sent since. None: it was not.
    """

    def __init__(
        self, astria: AsyncAstria, ledger: SqliteLedger, *, name: str, run: int, retry_failed: bool, folder: Path | None,
        template: str | None, since: datetime | None = None,
    ) -> None:  # fmt: skip
        self._astria, self._ledger, self._name, self._run = astria, ledger, name, run
        self._retry_failed, self._folder, self._template, self._since = retry_failed, folder, template, since

    async def take(self, items: Sequence[BatchItem]) -> Taken:
        """The rows of these items that are to be handed out now."""
        taken = Taken()
        named = await self._names(items, taken)
        past = await self._ledger.look([*named], self._run)
        rows: list[tuple[Row, BatchItem]] = []
        for label, (item, digest) in named.items():
            known = past.get(label)
            try:
                row = await self._row(label, item, digest, known)
            except AstriaError as error:
                taken.refused.append(_refused(label, item, error))
                continue
            if row is not None:
                rows.append((row, item))
        numbered = {row.label: row for row, _ in rows if row.number}
        new = [row for row, _ in rows if not row.number]
        for draw in range(1, DRAWS):
            if not new:
                break
            numbered |= {row.label: row for row in await self._ledger.add(new, self._run)}
            left = [row for row in new if row.label not in numbered]
            new = [await self._prepare(row.label, named[row.label][0], row.digest, row.tries, draw) for row in left]
        taken.rows.extend((numbered[row.label], item) for row, item in rows if row.label in numbered)
        return taken

    async def _names(self, items: Sequence[BatchItem], taken: Taken) -> dict[str, tuple[BatchItem, str]]:
        """Each item's name, with its content's digest."""
        readable: list[tuple[BatchItem, str]] = []
        for item in items:
            try:
                readable.append((item, item.digest()))
            except AstriaError as error:
                taken.refused.append(_refused(item.key or "", item, error))
        counts = iter(await self._ledger.count([digest for item, digest in readable if item.key is None], self._run))
        named: dict[str, tuple[BatchItem, str]] = {}
        for item, digest in readable:
            label = f"{digest[:16]}-{next(counts)}" if item.key is None else item.key
            if label in named:
                taken.refused.append(_twice(label, item))
            else:
                named[label] = (item, digest)
        return named

    async def _row(self, label: str, item: BatchItem, digest: str, known: Past | None) -> Row | None:
        """The row, if it is to be handed out. Raises what the item's parameters raise."""
        if known is None:
            return await self._prepare(label, item, digest, 0, 0)
        if known.seen:
            raise _twice_error(label)
        is_same = known.digest == digest
        if known.state == WAITING:
            return known.row if is_same else await self._prepare(label, item, digest, known.tries, 0)
        if known.state == FAILED and self._retry_failed:
            return await self._prepare(label, item, digest, known.tries + 1, 0)
        if not is_same:
            raise ParameterError(f"key: {label!r} was sent with other parameters; give the changed row another key")
        return None

    async def _prepare(self, label: str, item: BatchItem, digest: str, tries: int, draw: int) -> Row:
        params = item.read()
        key = f"{self._name}:{label}:{tries}" + (f":{draw}" if draw else "")
        order = key if params.seed is None else None
        prepared = await self._astria.prompts.prepare(item.tune, params, on=item.on, idempotency_key=order)
        if self._since is not None:
            prepared = evolve(prepared, prepared_at=self._since)
        job = Generation(
            key=key, prepared=prepared, is_doubtful=self._since is not None, template=self._template,
            folder=None if self._folder is None else str(self._folder),
        )  # fmt: skip
        shape = shape_of(prepared.ids["tune"], prepared.params)
        return Row(number=0, job=job, label=label, shape=shape, digest=digest, tries=tries)


def _refused(label: str, item: BatchItem, error: AstriaError) -> BatchResult:
    return BatchResult(key=label, item=item, prompt=None, error=error)


def _twice(label: str, item: BatchItem) -> BatchResult:
    return _refused(label, item, _twice_error(label))


def _twice_error(label: str) -> ParameterError:
    return ParameterError(f"key: {label!r} is used twice; give each row its own key, or none")
