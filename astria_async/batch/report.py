"""`results.jsonl`: one line for each row that has ended; `run.json`: the name of the batch."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Self, TextIO

from .._runtime.files import write_atomically
from .._runtime.threads import in_thread
from ..errors import ConfigurationError
from ..jobs import Report
from .ledger import Result, SqliteLedger


def write_run(folder: Path, facts: dict[str, str]) -> None:
    """Keep the batch's name beside its results, so that a lost ledger does not order everything again. Blocks."""
    write_atomically(folder / "run.json", json.dumps({"name": facts["name"], "began": facts["began"]}) + "\n")


def read_run(folder: Path) -> dict[str, str]:
    """What a ledger that was lost knew of its batch; empty if there was none. Blocks.

    Raises ConfigurationError for a file that is not what `write_run` wrote.
    """
    path = folder / "run.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        name, began = str(data["name"]), datetime.fromisoformat(data["began"])
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError):
        problem = f"out: {path} cannot be read; restore it, or give a new folder: without it, rows may be paid twice"
        raise ConfigurationError(problem) from None
    return {"name": name, "began": began.isoformat(), "rebuilt": began.isoformat()}


class ResultsFile:
    """Written anew from the ledger when a run begins, so that nothing is missing or twice in it whatever was killed; then
    each row is added when it ends.
    """

    def __init__(self, path: Path, ledger: SqliteLedger) -> None:
        self._path, self._folder, self._ledger = path, path.parent, ledger
        self._file: TextIO | None = None

    @classmethod
    async def open(cls, path: Path, ledger: SqliteLedger) -> Self:
        """The file, with all rows that have ended so far."""
        results = cls(path, ledger)
        await results.write_anew()
        return results

    async def write_anew(self) -> None:
        """Write all rows that have ended. No other program ever sees half of it."""
        self.close()
        part = self._path.with_name(f".{self._path.name}.part")
        file = await in_thread(part.open, "w", encoding="utf-8")
        try:
            async for page in self._ledger.pages():
                await in_thread(file.write, "".join(map(self.line, page)))
        finally:
            await in_thread(file.close)
        await in_thread(part.replace, self._path)
        self._file = await in_thread(self._path.open, "a", encoding="utf-8")

    def add(self, report: Report) -> None:
        """A row has ended."""
        assert self._file is not None
        prompt = report.prompt
        error = None if report.error is None else str(report.error)
        self._file.write(
            self.line(
                Result(
                    number=report.row.number, label=report.row.label, state="done" if error is None else "failed",
                    job=report.job, prompt=report.job.prompt, files=report.files,
                    cost_mc=None if prompt is None else prompt.cost_mc, error=error, attempts=report.attempts,
                    seconds=report.seconds,
                )
            )
        )  # fmt: skip
        self._file.flush()

    def line(self, result: Result) -> str:
        """A row as a line: its parameters, what came of it, and its files relative to the folder."""
        prepared = result.job.prepared
        data: dict[str, Any] = {
            "key": result.label, "state": result.state, "prompt": result.prompt, "tune": prepared.ids["tune"],
            "cost_mc": result.cost_mc, "files": [self._relative(path) for path in result.files], "error": result.error,
            "attempts": result.attempts, "seconds": round(result.seconds, 3), "params": prepared.params,
        }  # fmt: skip
        return json.dumps(data, ensure_ascii=False) + "\n"

    def close(self) -> None:
        """No more rows."""
        if self._file is not None:
            self._file.close()

    def _relative(self, path: str) -> str:
        try:
            return Path(path).relative_to(self._folder).as_posix()
        except ValueError:
            return path
