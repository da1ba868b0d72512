"""`astria-async download`: images of prompts, of a tune or of the last hours; a second run asks for none."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

import astria_async
from astria_async import AsyncAstria, Prompt, Tune
from astria_async.cli._main import main
from astria_async.testing import FakeAstria, MockTransport, ScaledClock

Client = Callable[[], AsyncAstria]


@pytest.fixture
def fake() -> FakeAstria:
    return FakeAstria(clock=ScaledClock(1000))


@pytest.fixture
def client(fake: FakeAstria, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Every client of the command speaks to the fake."""

    def make() -> AsyncAstria:
        clock = ScaledClock(1000)
        return AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock, random=random.Random(1))

    monkeypatch.setattr(astria_async, "AsyncAstria", make)
    return make


async def order(client: Client) -> tuple[Tune, Prompt, Prompt]:
    """A LoRA, a prompt of it on its base, and another one beside it."""
    async with client() as astria:
        flux = {"base_tune_id": astria_async.bases.FLUX1_DEV, "model_type": "lora", "preset": "flux-lora-portrait"}
        tune = await astria.tunes.create(name="woman", image_urls=["https://example.com/1.jpg"], **flux)  # type: ignore[call-overload]
        tune = await astria.tunes.wait(tune)
        mine = await astria.prompts.create_and_wait(tune, text=f"{tune.mention()} in a garden", num_images=2)
        other = await astria.prompts.create_and_wait(astria_async.bases.FLUX1_DEV, text="a garden", num_images=1)
    return tune, mine, other


def asked_for_images(fake: FakeAstria) -> int:
    return sum(not record.path.startswith(("/tunes", "/prompts")) for record in fake.requests)


def test_a_second_run_asks_for_no_image(
    fake: FakeAstria, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, mine, other = anyio.run(order, client)
    words = ["download", str(mine.id), str(other.id), "--out", str(tmp_path)]
    assert main(words) == 0
    assert len([*tmp_path.iterdir()]) == 3
    assert capsys.readouterr().out.splitlines()[-1] == f"3 images of 2 prompts in {tmp_path}"
    before = asked_for_images(fake)
    assert main(words) == 0
    assert asked_for_images(fake) == before


def test_prompts_of_an_adapter_are_found_by_their_text(client: Client, tmp_path: Path) -> None:
    tune, mine, _ = anyio.run(order, client)
    assert main(["download", "--tune", str(tune.id), "--out", str(tmp_path), "--template", "{id} {n}"]) == 0
    assert {path.stem for path in tmp_path.iterdir()} == {f"{mine.id} 1", f"{mine.id} 2"}


def test_failures_are_lines_and_exit_code_1(client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, mine, _ = anyio.run(order, client)
    assert main(["download", "99", str(mine.id), "--out", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "99: 404 on GET /prompts/99" in out
    assert out.endswith(f"2 images of 1 prompt in {tmp_path}; 1 failed\n")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--out", "x"], "give prompts, --tune or --since"),
        (["7", "--tune", "3", "--out", "x"], "give prompts, or --tune and --since, not both"),
        (["seven", "--out", "x"], "'seven' is not an id; give a number"),
        (["7"], "--out"),
        (["--since", "soon", "--out", "x"], "'soon' is not a time span"),
    ],
)
def test_wrong_arguments_are_one_line_and_exit_code_2(
    words: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["download", *words]) == 2
    err = capsys.readouterr().err
    assert problem in err
    assert err.count("\n") == 1
