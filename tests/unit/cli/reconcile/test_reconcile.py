"""`astria-async reconcile`: what was never called back is handled, by the app of the user's own module."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from astria_async.cli._main import main

SHOP = """
import random
from astria_async import AsyncAstria
from astria_async.callbacks import CallbackApp, CallbackSigner
from astria_async.testing import FakeAstria, MockTransport, VirtualClock

clock = VirtualClock()
signer = CallbackSigner("0123456789abcdef-not-for-production", "https://shop.astria-tests.com")
astria = AsyncAstria("sd_test", transport=MockTransport(FakeAstria(clock=clock)), clock=clock, random=random.Random(1))
callbacks = CallbackApp(astria, signer, clock=clock)
fails = False

@callbacks.on_tune
async def deliver(tune, context):
    if fails:
        raise ValueError("no")
    print("delivered", context["order"])

async def order():
    url = signer.url("/astria", order=17)
    tune = await astria.tunes.create(name="woman", image_urls=["https://example.com/1.jpg"], callback=url)
    await astria.tunes.wait(tune)

import anyio
anyio.run(order)
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module `shop_main` in the current folder, with one tune that is trained."""
    path = tmp_path / "shop_main.py"
    path.write_text(SHOP, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield path
    sys.modules.pop("shop_main", None)


def test_lost_callbacks_are_found_and_handled(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "shop_main:callbacks", "--since", "2h"]) == 0
    assert capsys.readouterr().out == "delivered 17\n1 callback found that never came, 1 handled, 0 left over\n"


def test_failing_handlers_are_reported_with_exit_code_1(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write_text(SHOP.replace("fails = False", "fails = True"), encoding="utf-8")
    assert main(["reconcile", "shop_main:callbacks", "--since", "2h"]) == 1
    out = capsys.readouterr().out
    assert "1 left over" in out
    assert "waiting, ValueError" in out


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["missing_module:app", "--since", "2h"], "the module missing_module does not exist"),
        (["shop_main:other", "--since", "2h"], "shop_main has no other; give the name of its CallbackApp"),
        (["shop_main:signer", "--since", "2h"], "CallbackSigner is not a CallbackApp"),
        (["shop_main", "--since", "2h"], "is not a place; give MODULE:NAME"),
        (["shop_main:callbacks", "--since", "soon"], "'soon' is not a time span; give one such as 30m, 2h or 7d"),
        (["shop_main:callbacks"], "--since"),
    ],
)
def test_wrong_arguments_are_one_line_and_exit_code_2(
    words: list[str], problem: str, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reconcile", *words]) == 2
    err = capsys.readouterr().err
    assert problem in err
    assert err.count("\n") == 1
