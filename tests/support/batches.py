"""What tests of batches stand on: a service, a folder, and runs that end as processes do."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anyio
from attrs import define, field

from astria_async import AsyncAstria
from astria_async.batch import Batch, BatchItem, BatchResult
from astria_async.testing import FakeAstria, MockTransport, VirtualClock

BASE = 690204


@define
class World:
    """A service, a folder, and the time that both have; each run has a client of its own, as a process has."""

    folder: Path
    clock: VirtualClock = field(factory=VirtualClock)
    fake: FakeAstria = field(init=False)
    batch: Batch | None = None

    def __attrs_post_init__(self) -> None:
        self.fake = FakeAstria(clock=self.clock)

    def client(self, **options: Any) -> AsyncAstria:
        return AsyncAstria("sd_test", transport=MockTransport(self.fake), clock=self.clock, **options)

    async def run(
        self, items: Sequence[BatchItem], *, most: int | None = None, until: Callable[[BatchResult], bool] | None = None,
        **options: Any,
    ) -> list[BatchResult]:  # fmt: skip
        """The results of a run; it is broken off after `most` of them, as a killed process is."""
        results: list[BatchResult] = []
        async with self.client() as astria:
            with anyio.CancelScope() as scope:
                async with Batch(astria, self.folder / "run.db", out=self.folder / "out", **options) as self.batch:
                    async for result in self.batch.run(items):
                        results.append(result)
                        if most is not None and len(results) >= most:
                            scope.cancel()
                            await anyio.lowlevel.checkpoint()
        return results

    @property
    def lines(self) -> list[Any]:
        text = (self.folder / "out/results.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]

    @property
    def images(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "out/images").iterdir() if not path.name.startswith("."))

    def check(self, rows: int) -> None:
        """Service, ledger, results and disk agree."""
        assert len(self.fake.prompts) == rows
        assert len(self.lines) == rows
        assert len({line["prompt"] for line in self.lines}) == rows
        files = [name for line in self.lines for name in line["files"]]
        assert sorted(Path(name).name for name in files) == self.images
        assert all(line["files"] or line["error"] for line in self.lines)


def rows(count: int, **params: Any) -> list[BatchItem]:
    return [BatchItem(tune=BASE, params={"text": f"garden {n}", **params}) for n in range(count)]
