"""What a user of the SDK does, through the public API only: pictures up, a tune, prompts, pictures down."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import anyio
from attrs import frozen

from .. import AsyncAstria, Prompt, Tune
from ._display import Display, Step
from ._texts import scene

#: Shipped with the package, drawn by scripts/draw_samples.py.
SAMPLES: tuple[Path, ...] = tuple(sorted((Path(__file__).parent / "samples").glob("*.jpg")))


@frozen(kw_only=True)
class Plan:
    """How much is asked for, and how patiently: `interval` (s) None is the SDK's own; the timeouts are in seconds."""

    prompts: int = 24
    pictures: int = 4
    at_once: int = 8
    branch: str | None = None
    interval: float | None = None
    tune_timeout: float = 3600.0
    prompt_timeout: float = 1800.0


@frozen
class Taken:
    """A prompt as it is at the end, and its pictures on the disk."""

    prompt: Prompt
    paths: Sequence[Path]


@frozen(kw_only=True)
class Journey:
    """What came of it: the tune, the prompts in the order of asking, and how many of them the server has."""

    tune: Tune
    taken: Sequence[Taken]
    on_server: int


async def travel(astria: AsyncAstria, plan: Plan, folder: Path, display: Display) -> Journey:
    """Do it all. Raises what the SDK raises; what one prompt raises ends the others."""
    tune = await _trained(astria, plan, display)
    taken: list[Taken | None] = [None] * plan.prompts
    slots = anyio.Semaphore(plan.at_once)

    async def one(index: int) -> None:
        async with slots:
            text = f"{tune.mention()} {scene(index)}"
            prompt = await astria.prompts.create(tune, text=text, num_images=plan.pictures)
        display.advance(Step.CREATED)
        prompt = await astria.prompts.wait(prompt, timeout=plan.prompt_timeout, interval=plan.interval)
        display.advance(Step.DONE)
        async with slots:
            paths = await astria.prompts.download(prompt, folder)
        display.advance(Step.PICTURES, len(paths))
        taken[index] = Taken(prompt, paths)

    display.begin(Step.CREATED, plan.prompts)
    display.begin(Step.DONE, plan.prompts)
    display.begin(Step.PICTURES, plan.prompts * plan.pictures)
    async with anyio.create_task_group() as tasks:
        for index in range(plan.prompts):
            tasks.start_soon(one, index)
    on_server = [prompt.id async for prompt in astria.prompts.list(tune, limit=120)]
    return Journey(tune=tune, taken=[one for one in taken if one is not None], on_server=len(on_server))


async def _trained(astria: AsyncAstria, plan: Plan, display: Display) -> Tune:
    display.begin(Step.UPLOADED, len(SAMPLES))
    tune = await astria.tunes.create(name="woman", images=SAMPLES, branch=plan.branch)
    display.advance(Step.UPLOADED, len(SAMPLES))
    display.begin(Step.TRAINED, 1)
    tune = await astria.tunes.wait(tune, timeout=plan.tune_timeout, interval=plan.interval)
    display.advance(Step.TRAINED)
    return tune
