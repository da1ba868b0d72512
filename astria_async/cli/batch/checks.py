"""What is looked at before anything is sent: the tunes that rows name, and every row's parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...errors import AstriaError, NotFoundError
from ...models import TuneState
from .rows import BadRow, FileRow

if TYPE_CHECKING:
    from ... import AsyncAstria, Tune
    from ...batch import BatchItem


async def check_rows(
    astria: AsyncAstria, rows: Sequence[FileRow], tune: int | None, on: int | None
) -> tuple[list[BatchItem], list[BadRow]]:
    """The items, and what is wrong with the others. Each tune is read once.

    Args:
        astria: The client.
        rows: The rows of the file.
        tune: The tune of rows that name none.
        on: The model that draws rows that name none.
    """
    good: list[BatchItem] = []
    bad: list[BadRow] = []
    tunes: dict[int, Tune | str] = {}
    for row in rows:
        number = row.tune or tune
        if number is None:
            bad.append(BadRow(row.line, "tune: it is missing; add it to the row, or give --tune"))
            continue
        if number not in tunes:
            tunes[number] = await _read_tune(astria, number)
        known = tunes[number]
        if isinstance(known, str):
            bad.append(BadRow(row.line, known))
            continue
        try:
            good.append(await _check(astria, row, known, row.on or on))
        except (AstriaError, TypeError) as error:
            bad.append(BadRow(row.line, str(error)))
    return good, bad


async def _read_tune(astria: AsyncAstria, number: int) -> Tune | str:
    """The tune, or what is wrong with it."""
    try:
        tune = await astria.tunes.retrieve(number)
    except NotFoundError:
        return f"tune: {number} does not exist for this key and workspace, or was deleted; give another one"
    if tune.expires_at is not None and tune.expires_at <= await astria.service_time():
        return f"tune: {number} expired on {tune.expires_at:%Y-%m-%d}, and its model is deleted; train it again"
    if tune.state is not TuneState.TRAINED and tune.branch != "fast":
        return f"tune: {number} is {tune.state.value}; wait until it is trained"
    return tune


async def _check(astria: AsyncAstria, row: FileRow, tune: Tune, on: int | None) -> BatchItem:
    """The item, if the SDK would send it."""
    from ...batch import BatchItem

    params: dict[str, Any] = dict(row.params)
    for name in ("text", "video_prompt"):
        if isinstance(params.get(name), str) and "{mention}" in params[name]:
            params[name] = params[name].replace("{mention}", tune.mention()).strip()
    item = BatchItem(params=params, tune=tune, on=on, key=row.key)
    await astria.prompts.prepare(tune, item.read(), on=on)
    return item
