"""What a user of the SDK does, through the public API only: images up, a Flux LoRA, prompts for it, images down."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import anyio
from attrs import frozen

from ... import AsyncAstria, Prompt, Tune
from ...bases import FLUX1_DEV
from .._shared.progress import Display, Step
from .scenes import scene

#: Shipped with the package, drawn by scripts/draw_samples.py.
SAMPLES: tuple[Path, ...] = tuple(sorted((Path(__file__).parent / "samples").glob("*.jpg")))


@frozen(kw_only=True)
class Plan:
    """How much the demo asks for, and how long it waits.

    Args:
        prompts: how many prompts.
        images: how many images each prompt has, 1 to 8.
        at_once: how many prompts are created, and downloaded, at a time.
        branch: the tune's branch; None for its base's.
        interval: seconds between two reads while waiting; None for the SDK's own.
        tune_timeout: seconds until the training is given up.
        prompt_timeout: seconds until a prompt is given up.
    """

    prompts: int = 24
    images: int = 4
    at_once: int = 8
    branch: str | None = None
    interval: float | None = None
    tune_timeout: float = 3600.0
    prompt_timeout: float = 1800.0


@frozen
class Downloaded:
    """A prompt as it is at the end, and its images on disk."""

    prompt: Prompt
    paths: Sequence[Path]


@frozen(kw_only=True)
class ScenarioResult:
    """What the scenario made: the tune, its prompts in the order of asking, and how many of them the server has."""

    tune: Tune
    downloads: Sequence[Downloaded]
    on_server: int


async def run_scenario(astria: AsyncAstria, plan: Plan, folder: Path, display: Display) -> ScenarioResult:
    """Do it all. Raises what the SDK raises; the first prompt that fails ends the others."""
    tune = await _train(astria, plan, display)
    downloads: list[Downloaded | None] = [None] * plan.prompts
    slots = anyio.Semaphore(plan.at_once)

    async def generate(index: int) -> None:
        async with slots:
            text = f"{tune.mention()} {scene(index)}"
            prompt = await astria.prompts.create(tune, text=text, num_images=plan.images)
        display.advance(Step.CREATED)
        prompt = await astria.prompts.wait(prompt, timeout=plan.prompt_timeout, interval=plan.interval)
        display.advance(Step.DONE)
        async with slots:
            paths = await astria.prompts.download(prompt, folder)
        display.advance(Step.IMAGES, len(paths))
        downloads[index] = Downloaded(prompt, paths)

    display.begin(Step.CREATED, plan.prompts)
    display.begin(Step.DONE, plan.prompts)
    display.begin(Step.IMAGES, plan.prompts * plan.images)
    async with anyio.create_task_group() as tasks:
        for index in range(plan.prompts):
            tasks.start_soon(generate, index)
    ids = [prompt.id async for prompt in astria.prompts.list(tune)]
    return ScenarioResult(
        tune=tune, downloads=[download for download in downloads if download is not None], on_server=len(ids)
    )


async def _train(astria: AsyncAstria, plan: Plan, display: Display) -> Tune:
    display.begin(Step.UPLOADED, len(SAMPLES))
    tune = await astria.tunes.create(
        name="woman",
        images=SAMPLES,
        base_tune_id=FLUX1_DEV,
        model_type="lora",
        preset="flux-lora-portrait",
        branch=plan.branch,
    )
    display.advance(Step.UPLOADED, len(SAMPLES))
    display.begin(Step.TRAINED, 1)
    tune = await astria.tunes.wait(tune, timeout=plan.tune_timeout, interval=plan.interval)
    display.advance(Step.TRAINED)
    return tune
