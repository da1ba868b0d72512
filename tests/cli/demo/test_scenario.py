"""What the demo does through the public API, against the fake in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from astria_async import AsyncAstria
from astria_async.cli._shared.progress import Step
from astria_async.cli.demo.scenario import SAMPLES, Plan, run_scenario
from astria_async.cli.demo.scenes import SCENES, counted, scene
from astria_async.testing import FakeAstria, MockTransport, VirtualClock

pytestmark = pytest.mark.anyio


class Notes:
    """A display that writes down what it is told."""

    def __init__(self) -> None:
        self.totals: dict[Step, int] = {}
        self.counts: dict[Step, int] = {}

    def begin(self, step: Step, total: int) -> None:
        self.totals[step] = total

    def advance(self, step: Step, by: int = 1) -> None:
        self.counts[step] = self.counts.get(step, 0) + by

    def fault(self, cause: str, operation: str) -> None:
        raise AssertionError(f"{cause} on {operation}")


async def test_pictures_go_up_prompts_are_asked_for_and_pictures_come_down(tmp_path: Path) -> None:
    clock, notes = VirtualClock(), Notes()
    fake = FakeAstria(clock=clock)
    async with AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock) as astria:
        result = await run_scenario(astria, Plan(prompts=30, branch="fast"), tmp_path, notes)
    assert result.on_server == 30
    assert result.tune.trained_at is not None
    assert result.tune.branch == "fast"
    assert len(result.tune.orig_images) == len(SAMPLES)
    assert result.tune.title
    assert [one.prompt.text for one in result.taken] == [
        f"{result.tune.mention()} {scene(index)}" for index in range(30)
    ]
    paths = [path for one in result.taken for path in one.paths]
    assert sorted(paths) == sorted(tmp_path.iterdir())
    assert len(paths) == 120
    assert notes.counts == notes.totals
    assert notes.totals[Step.IMAGES] == 120


def test_there_are_24_different_scenes_and_then_they_begin_anew() -> None:
    assert len(set(SCENES)) == 24
    assert scene(24) == scene(0)


def test_one_is_not_many() -> None:
    assert [counted(number, "fault") for number in (0, 1, 2)] == ["0 faults", "1 fault", "2 faults"]
