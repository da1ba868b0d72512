"""`astria-async download 30000001 --out images`: the images of prompts into a folder. A second run asks for no image."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio
from attrs import define

from ...errors import AstriaError
from .._errors import CommandError
from .._exit_codes import FAILED, MISUSED, OK
from .._shared.counting_bar import counting_bar
from .._shared.numbers import as_id
from .._shared.spans import span
from .._shared.text import count_of

if TYPE_CHECKING:
    from ... import AsyncAstria, Prompt

#: Prompts whose images are fetched at the same time; how many images that are is the client's business.
AT_ONCE = 8


def configure(parser: ArgumentParser) -> None:
    """Add the command's options."""
    add = parser.add_argument
    add(
        "prompts", nargs="*", type=as_id, metavar="PROMPT_ID", help="prompts; none: all of --tune, or all since --since"
    )
    add("--out", required=True, metavar="DIR", help="the folder for the images; it is made if it is missing")
    add(
        "--tune", type=as_id, metavar="ID", help="the prompts of this tune; of an adapter, those whose text mentions it"
    )
    add("--since", type=span, metavar="SPAN", help="only prompts that were created in the last 30m, 2h or 7d")
    add("--template", metavar="NAME", help="the files' names, with {id}, {n} and {ext} (default {id}-{n}.{ext})")


def run(arguments: Namespace) -> int:
    """Fetch them. Exit code 1: some could not be fetched, or have no images."""
    if not arguments.prompts and arguments.tune is None and arguments.since is None:
        raise CommandError("give prompts, --tune or --since (astria-async download --help says more)", MISUSED)
    if arguments.prompts and (arguments.tune is not None or arguments.since is not None):
        raise CommandError("give prompts, or --tune and --since, not both", MISUSED)
    from ... import AsyncAstria

    return anyio.run(_download, AsyncAstria(), arguments)


@define
class _Count:
    """What came of it."""

    found: int = 0
    images: int = 0
    prompts: int = 0
    failed: int = 0

    @property
    def done(self) -> int:
        """How many prompts have ended, well or not."""
        return self.prompts + self.failed


async def _download(astria: AsyncAstria, arguments: Namespace) -> int:
    count, slots = _Count(), anyio.CapacityLimiter(AT_ONCE)

    async def save(prompt: Prompt | int) -> None:
        async with slots:
            number = prompt if isinstance(prompt, int) else prompt.id
            try:
                paths = await astria.prompts.download(prompt, arguments.out, arguments.template)
            except AstriaError as error:
                count.failed += 1
                print(f"{number}: {' '.join(str(error).split())}", flush=True)
            else:
                count.images, count.prompts = count.images + len(paths), count.prompts + 1
                print(f"{number}: {', '.join(path.name for path in paths)}", flush=True)
        show(count.done, count.found)

    with counting_bar("prompts", sys.stdout) as show:
        async with astria, anyio.create_task_group() as tasks:
            async for prompt in _wanted(astria, arguments):
                count.found += 1
                tasks.start_soon(save, prompt)
    done = f"{count_of(count.images, 'image')} of {count_of(count.prompts, 'prompt')} in {arguments.out}"
    print(done + (f"; {count.failed} failed" if count.failed else ""))
    return FAILED if count.failed else OK


async def _wanted(astria: AsyncAstria, arguments: Namespace) -> AsyncIterator[Prompt | int]:
    for number in dict.fromkeys(arguments.prompts):
        yield number
    if arguments.prompts:
        return
    tune = None if arguments.tune is None else await astria.tunes.retrieve(arguments.tune)
    begin = None if arguments.since is None else datetime.now(UTC) - arguments.since
    async for prompt in astria.prompts.list(tune):
        if begin is not None and prompt.created_at is not None and prompt.created_at < begin:
            return
        if prompt.images:
            yield prompt
