"""The verdict on one object of a list: mine, maybe, or not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from astria_async import Body
from astria_async.middleware.recovery.lookup import (
    MARGIN,
    ROUNDING,
    Verdict,
    could_be,
    identity_of,
    judge,
    keys_of,
    made_at,
    made_by_one_run,
    wanted_keys,
    window_of,
)

from .verdicts import MAYBE, MINE, NO_TIME, NOT, NOW, OTHER, PART, UUID, WINDOW, item, of_prompt, prompt, tune

LONG_AGO = (NOW - timedelta(days=9)).isoformat()
JUST_BEFORE = (NOW - timedelta(minutes=2)).isoformat()


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({}, MINE),
        ({"text": "rewritten by the service"}, MINE),
        ({"created_at": LONG_AGO}, MINE),  # a drawn seed needs no clock
        ({"created_at": None}, MINE),
        ({"created_at": "yesterday"}, MINE),
        ({"seed": "7"}, MINE),
        ({"seed": 8}, NOT),
        ({"seed": 0}, NOT),
        ({"tune_id": 4}, MAYBE),  # nobody else has that seed: the service may have drawn it on another model
        ({"tune_id": None}, MINE),
        ({"seed": None}, MAYBE),
        ({"seed": "seven"}, MAYBE),
        ({"seed": True}, MAYBE),
        ({"seed": []}, MAYBE),
        ({"seed": None, "text": "a lake"}, NOT),
        ({"seed": None, "text": None}, MAYBE),
        ({"seed": None, "text": "  A  GARDEN "}, MAYBE),
        ({"seed": None, "created_at": LONG_AGO}, NOT),
        ({"seed": None, "created_at": None}, MAYBE),
        ({"seed": None, "tune_id": None}, MAYBE),
        ({"seed": None, "tune_id": 4}, NOT),
    ],
)
def test_seed_that_was_drawn_is_enough_and_null_is_maybe(fields: Any, verdict: Verdict) -> None:
    assert judge(of_prompt(**fields), prompt(drawn=True), WINDOW) is verdict


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({}, MINE),
        ({"text": "A garden  "}, MINE),
        ({"text": "a lake"}, NOT),
        ({"text": None}, MINE),
        ({"text": ""}, MINE),
        ({"text": 5}, MAYBE),
        ({"text": ["a garden"]}, MAYBE),
        ({"created_at": LONG_AGO}, NOT),
        ({"created_at": JUST_BEFORE}, MAYBE),  # within what clocks may be off
        ({"created_at": None}, MAYBE),
        ({"created_at": 12}, MAYBE),
        ({"created_at": "2026-01-01T12:00:00"}, MAYBE),
        ({"tune_id": None}, MAYBE),
        ({"tune_id": 4}, NOT),
        ({"seed": None}, MAYBE),
        ({"seed": 8}, NOT),
        ({"num_images": 4}, MINE),  # not sent, so not compared
        ({"negative_prompt": "x"}, MINE),
    ],
)
def test_seed_that_was_chosen_is_certain_only_with_the_rest(fields: Any, verdict: Verdict) -> None:
    assert judge(of_prompt(**fields), prompt(), WINDOW) is verdict


@pytest.mark.parametrize(
    ("sent", "came", "verdict"),
    [
        ({"num_images": 4}, {"num_images": 4}, MINE),
        ({"num_images": 4}, {"num_images": 2}, NOT),
        ({"num_images": 4}, {"num_images": None}, MINE),
        ({"negative_prompt": "x"}, {"negative_prompt": "y"}, NOT),
        ({"cfg_scale": 3}, {"cfg_scale": "3.0"}, MINE),
        ({"cfg_scale": 3}, {"cfg_scale": "4.0"}, MAYBE),
        ({"cfg_scale": 3}, {"cfg_scale": "much"}, MAYBE),
        ({"cfg_scale": 3}, {"cfg_scale": 10**400}, MAYBE),
        ({"w": 512}, {"w": 520}, MINE),  # rounded by the service
        ({"input_image": PART}, {"input_image": "https://cdn.astria.ai/1"}, MAYBE),
        ({"input_image_url": "https://x.y/1"}, {"input_image_url": "https://x.y/1"}, MINE),
        ({"input_image_url": "https://x.y/1"}, {}, MAYBE),
        ({"text": "a garden --ar 1:1"}, {"text": "a garden"}, MAYBE),
        ({"text": "{{eyes}} eyes"}, {"text": "blue eyes"}, MAYBE),
        ({"prompt_expansion": True}, {"text": "a large garden"}, MAYBE),
        ({"use_lpw": True}, {"text": "a (large) garden"}, MAYBE),
        ({"use_lpw": False}, {"text": "a large garden"}, NOT),
    ],
)
def test_every_field_that_comes_back_is_compared(sent: Any, came: Any, verdict: Verdict) -> None:
    assert judge(of_prompt(**came), prompt(**sent), WINDOW) is verdict


@pytest.mark.parametrize(
    ("title", "drawn", "fields", "verdict"),
    [
        (UUID, True, {"title": UUID}, MINE),
        (UUID, True, {"title": f"  {UUID.upper()}\n"}, MINE),
        (UUID, True, {"title": f"Copy of {UUID}"}, MINE),
        (UUID, True, {"title": UUID, "created_at": LONG_AGO, "name": "man"}, MINE),
        (UUID, True, {"title": OTHER}, NOT),
        (UUID, True, {"title": "Jane Doe"}, NOT),
        (UUID, True, {"title": None}, MAYBE),
        (UUID, True, {"title": " "}, MAYBE),
        (UUID, True, {"title": 5}, MAYBE),
        (UUID, True, {"title": None, "name": "man"}, NOT),
        (UUID, True, {"title": None, "created_at": LONG_AGO}, NOT),
        (f"Ann {UUID}", False, {"title": f"ann  {UUID}"}, MINE),
        (f"Ann {UUID}", False, {"title": f"Ann {UUID}", "name": "man"}, NOT),
        (f"Ann {UUID}", False, {"title": f"Ann {UUID}", "created_at": LONG_AGO}, NOT),
        (f"Ann {UUID}", False, {"title": f"Ann {UUID}", "created_at": JUST_BEFORE}, MAYBE),
        (f"Ann {UUID}", False, {"title": f"Ann as a queen {UUID}"}, MAYBE),  # the customer's other tune, or ours
        (f"Ann {UUID}", False, {"title": f"Ann {OTHER}"}, NOT),
        ("Jane Doe", False, {"title": "jane doe "}, MAYBE),
        ("Jane Doe", False, {"title": "Jane Doe", "created_at": LONG_AGO}, NOT),
        ("Jane Doe", False, {"title": "Jane Doe", "name": "man"}, NOT),
        ("Jane Doe", False, {"title": "Jane"}, NOT),
        (None, False, {"title": "Jane"}, MAYBE),
        (None, False, {"title": "Jane", "name": "man"}, NOT),
    ],
)
def test_a_tune_is_told_by_the_uuid_in_its_title(title: Any, drawn: bool, fields: Any, verdict: Verdict) -> None:
    assert judge(item(**{"name": "woman", **fields}), tune(title, drawn), WINDOW) is verdict


@pytest.mark.parametrize("name", ["model_type", "branch", "token", "steps", "face_crop", "preset"])
def test_what_the_service_corrects_proves_nothing(name: str) -> None:
    assert judge(item(name="woman", title=f"A {UUID}", **{name: "x"}), tune(f"A {UUID}", **{name: "y"}), WINDOW) is MINE


def test_a_tunes_pictures_never_come_back_as_they_went() -> None:
    sent = tune(f"A {UUID}", images=[PART], image_urls=["https://x.y/1"])
    assert judge(item(name="woman", title=f"A {UUID}", orig_images=["https://cdn/1"]), sent, WINDOW) is MINE


@pytest.mark.parametrize(
    ("expect", "fields", "verdict"),
    [
        ({"orig_prompt_id": 5}, {"orig_prompt_id": 5}, MINE),
        ({"orig_prompt_id": 5}, {"orig_prompt_id": 6}, NOT),
        ({"orig_prompt_id": 5}, {"orig_prompt_id": None}, MAYBE),
        ({"orig_prompt_id": 5}, {"orig_prompt_id": 5, "created_at": LONG_AGO}, NOT),
        ({"orig_prompt_id": 5}, {"orig_prompt_id": 5, "created_at": JUST_BEFORE}, MAYBE),
        ({"orig_prompt_id": 5}, {"orig_prompt_id": 5, "text": "a lake"}, NOT),
        ({"base_pack_id": 7}, {"base_pack_id": 7}, MINE),
        ({"tune_id": 3}, {}, MAYBE),  # a prompt whose seed the service draws: the tune tells nothing
        ({}, {}, MAYBE),
    ],
)
def test_objects_without_identity_are_told_by_their_origin(expect: Any, fields: Any, verdict: Verdict) -> None:
    sent = prompt(expect=expect).replace(identity=None, body=Body({"prompt": {"text": "a garden"}}))
    assert judge(of_prompt(**fields), sent, WINDOW) is verdict


def test_copy_without_changes_is_told_by_its_origin() -> None:
    assert (
        judge(
            of_prompt(orig_prompt_id=5), prompt(expect={"orig_prompt_id": 5}).replace(identity=None, body=None), WINDOW
        )
        is MINE
    )


def test_without_the_servers_time_what_was_chosen_is_never_certain() -> None:
    assert judge(of_prompt(), prompt(), NO_TIME) is MAYBE
    assert judge(of_prompt(created_at=LONG_AGO), prompt(), NO_TIME) is MAYBE
    assert judge(of_prompt(created_at=LONG_AGO), prompt(drawn=True), NO_TIME) is MINE


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"seed": 8}, True),  # a model that draws its own seed
        ({"seed": 8, "text": "a lake"}, False),
        ({"seed": 8, "tune_id": 4}, False),
        ({"seed": 7, "tune_id": 4}, True),
        ({"seed": 8, "tune_id": None}, True),
        ({"seed": 8, "text": None}, False),  # nothing speaks for it
    ],
)
def test_answer_with_another_seed_may_be_ours(fields: Any, expected: bool) -> None:
    for drawn in (True, False):
        assert could_be(of_prompt(**fields), prompt(drawn=drawn)) is expected
    assert not could_be(of_prompt(**fields), prompt().replace(lookup=None))


def test_what_cannot_be_looked_for_has_no_object() -> None:
    assert judge(of_prompt(), prompt(drawn=True).replace(lookup=None), WINDOW) is NOT


def test_keys_of_an_object_are_what_it_is_told_by() -> None:
    assert keys_of({"id": 1, "seed": 7}, "prompt") == keys_of({"id": 1, "seed": "7"}, "prompt") == [7]
    assert keys_of({"id": 1, "seed": None}, "prompt") == keys_of({"id": 1}, "tune") == []
    assert keys_of({"id": 1, "title": f"A {UUID.upper()}"}, "tune") == [UUID, f"a {UUID}"]
    assert wanted_keys(tune(f"A {UUID}")) == [UUID]
    assert wanted_keys(tune(" Jane  DOE")) == ["jane doe"]
    assert wanted_keys(prompt()) == [7]
    assert wanted_keys(tune(None)) is None
    assert wanted_keys(prompt().replace(identity=None)) is None
    assert identity_of(prompt().replace(body=None)) is None


def test_window_spans_from_the_longest_to_the_shortest_clock() -> None:
    window = window_of(NOW, 3600.0, 60.0)
    assert window.since == NOW - timedelta(seconds=3600 + MARGIN)
    assert window.exactly == NOW - timedelta(seconds=60 + ROUNDING)
    assert window_of(NOW, 60.0, 3600.0).exactly == NOW - timedelta(seconds=60 + ROUNDING)
    assert window_of(NOW, 60.0, -5.0).exactly == NOW - timedelta(seconds=ROUNDING)
    assert window_of(None, 60.0, 60.0) == NO_TIME
    assert window_of(NOW, 1e14, 60.0) == NO_TIME


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_the_ends_of_time_are_times(moment: str) -> None:
    assert made_at({"id": 1, "created_at": moment}) is not None
    judge(of_prompt(created_at=moment), prompt(), WINDOW)


def test_the_prompts_of_one_run_share_an_order() -> None:
    items = [item(order_id=1), item(order_id=2), item(order_id=1), item(), item(order_id=[1])]
    assert [len(run) for run in made_by_one_run(items)] == [2, 1, 2]
