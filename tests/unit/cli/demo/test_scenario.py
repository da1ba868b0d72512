"""What the demo does through the public API, against the fake in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from astria_async import AsyncAstria
from astria_async.bases import FLUX1_DEV
from astria_async.cli._shared.progress import Step
from astria_async.cli.demo.scenario import SAMPLES, Plan, run_scenario
from astria_async.cli.demo.scenes import SCENES, scene
from astria_async.testing import FakeAstria, MockTransport, VirtualClock

pytestmark = pytest.mark.anyio


class Progress:
    """A display that notes what it is told."""

    def __init__(self) -> None:
        self.totals: dict[Step, int] = {}
        self.counts: dict[Step, int] = {}

    def begin(self, step: Step, total: int) -> None:
        self.totals[step] = total

    def advance(self, step: Step, by: int = 1) -> None:
        self.counts[step] = self.counts.get(step, 0) + by

    def fault(self, cause: str, operation: str) -> None:
        raise AssertionError(f"{cause} on {operation}")


async def test_a_flux_lora_is_trained_and_every_prompt_downloaded(tmp_path: Path) -> None:
    clock, progress = VirtualClock(), Progress()
    fake = FakeAstria(clock=clock)
    async with AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock) as astria:
        result = await run_scenario(astria, Plan(prompts=30), tmp_path, progress)
    (tune,) = fake.tunes
    assert (tune.id, tune.base_tune_id, tune.model_type) == (result.tune.id, FLUX1_DEV, "lora")
    assert tune.params["preset"] == "flux-lora-portrait"
    assert len(tune.files) == len(SAMPLES)
    assert result.on_server == 30
    texts = [f"<lora:{tune.id}:1> ohwx woman {scene(index)}" for index in range(30)]
    assert [download.prompt.text for download in result.downloads] == texts
    assert {prompt.tune_id for prompt in fake.prompts} == {FLUX1_DEV}
    paths = [path for download in result.downloads for path in download.paths]
    assert sorted(paths) == sorted(tmp_path.iterdir())
    assert len(paths) == 120
    assert progress.counts == progress.totals
    assert progress.totals[Step.IMAGES] == 120


async def test_a_free_tune_draws_its_prompts_itself(tmp_path: Path) -> None:
    """As `--live` asks for: posted to a base model they might be charged."""
    clock = VirtualClock()
    fake = FakeAstria(clock=clock)
    async with AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock) as astria:
        result = await run_scenario(astria, Plan(prompts=2, branch="fast"), tmp_path, Progress())
    assert (result.tune.branch, result.on_server) == ("fast", 2)
    assert {prompt.tune_id for prompt in fake.prompts} == {result.tune.id}
    assert sum(prompt.cost_mc for prompt in fake.prompts) == 0


def test_there_are_24_different_scenes_and_then_they_begin_anew() -> None:
    assert len(set(SCENES)) == 24
    assert scene(24) == scene(0)
