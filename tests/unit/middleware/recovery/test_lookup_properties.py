"""The verdict, for whatever may stand in a list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from astria_async import Request
from astria_async._codec.identities import has_uuid
from astria_async.middleware.recovery.lookup import (
    Verdict,
    Window,
    judge,
    keys_of,
    made_by_one_run,
)

from .verdicts import MINE, NO_TIME, NOT, PART, UUID, WINDOW, item, of_prompt, prompt, tune

JUNK = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
JUNK = JUNK | st.lists(JUNK, max_size=2) | st.dictionaries(st.text(max_size=3), JUNK, max_size=2)
NAMES = (
    "tune_id", "text", "seed", "created_at", "title", "name", "num_images", "negative_prompt", "cfg_scale",
    "orig_prompt_id", "base_pack_id", "order_id", "base_tune_id", "input_image",
)  # fmt: skip
SENT = {"num_images": 4, "negative_prompt": "x", "cfg_scale": 3.0, "input_image": PART}
REQUESTS = [
    prompt(drawn=True, **SENT), prompt(**SENT), prompt(expect={"orig_prompt_id": 5}).replace(identity=None, body=None),
    tune(UUID, drawn=True), tune("Jane"), tune(None), tune(f"A {UUID}", base_tune_id=4),
]  # fmt: skip


@given(st.dictionaries(st.sampled_from(NAMES), JUNK), st.sampled_from(REQUESTS), st.sampled_from([WINDOW, NO_TIME]))
def test_whatever_stands_in_a_list_has_a_verdict(fields: Any, request: Request, window: Window) -> None:
    found = {"id": 1, **fields}
    assert judge(found, request, window) in Verdict
    for root in ("tune", "prompt"):
        assert {*keys_of(found, root)} != None  # each can be looked up in a set
    assert [one for run in made_by_one_run([found, found]) for one in run] == [found, found]


@given(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1), st.datetimes(), st.text())
def test_drawn_seed_is_mine_exactly_if_it_is_the_same(sent: int, came: int, moment: datetime, text: str) -> None:
    found = of_prompt(seed=came, created_at=moment.replace(tzinfo=UTC).isoformat(), text=text)
    verdict = judge(found, prompt(drawn=True, seed=sent), WINDOW)
    assert verdict is (MINE if sent == came else NOT)


@given(st.integers(0, 10), st.integers(0, 10), st.integers(-9999, 9999), st.sampled_from(["a garden", "b"]))
def test_a_chosen_seed_is_never_certain_before_the_first_attempt(sent: int, came: int, seconds: int, text: str) -> None:
    assert WINDOW.exactly is not None
    found = of_prompt(seed=came, text=text, created_at=(WINDOW.exactly - timedelta(seconds=seconds)).isoformat())
    verdict = judge(found, prompt(seed=sent), WINDOW)
    if verdict is MINE:
        assert (came, text) == (sent, "a garden")
        assert seconds <= 0


@given(st.text(), st.text(), st.sampled_from([str.upper, str.lower, str.title]))
def test_a_uuid_is_found_whatever_stands_around_it(before: str, after: str, case: Any) -> None:
    title = f"{before}|{case(UUID)}|{after}"
    assert has_uuid(title)
    assert judge(item(title=title), tune(UUID, drawn=True), WINDOW) is MINE
