"""The page of a batch's results: `index.html` in its folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..._runtime.files import write_atomically
from ...models._base import usd
from .._shared.contact_sheet import Section, render
from .._shared.text import count_of

if TYPE_CHECKING:
    from ...batch import Batch
    from ...jobs import Totals

#: The most prompts that the page shows: a browser has to lay them out.
MOST = 5000


async def write_sheet(batch: Batch, out: Path, totals: Totals) -> Path:
    """Write it. Returns its path."""
    sections: list[Section] = []
    async for result in batch.results():
        if len(sections) == MOST:
            break
        params = result.job.prepared.params
        files = [Path(file) for file in result.files]
        cost = "" if result.cost_mc is None else f", {usd(result.cost_mc):.2f} USD"
        said = (
            "failed: " + " ".join((result.error or "").split()) if result.error else f"seed {params.get('seed')}{cost}"
        )
        number = "not made" if result.prompt is None else f"prompt {result.prompt}"
        title = str(params.get("text") or params.get("video_prompt") or result.label)
        sections.append(
            Section(
                title=title, note=f"{result.label}: {number}, {said}", images=[path for path in files if path.is_file()]
            )
        )
    page = out / "index.html"
    summary = f"{totals.done} done, {totals.failed + totals.passing} failed, {usd(totals.spent_mc):.2f} USD"
    title = f"{count_of(totals.done, 'prompt')}, {count_of(totals.images, 'image')}"
    footer = f"The first {MOST} prompts; results.jsonl has all." if totals.done > MOST else ""
    write_atomically(page, render(out, title=title, summary=summary, sections=sections, footer=footer))
    return page
