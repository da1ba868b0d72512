"""Themes: ten prompts a tune, some time later."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async.testing import FakeAstria, VirtualClock

pytestmark = pytest.mark.anyio


async def test_ten_prompts_a_tune_are_written_in_the_background(
    api: Any, fake: FakeAstria, clock: VirtualClock
) -> None:
    ids = [(await api.tune())["id"], (await api.tune(base_tune_id=1504944, branch=None))["id"]]
    data = {"theme": {"theme": "a day in Rome", "tune_ids": ids, "prompt_attributes": {"num_images": 2, "text": "no"}}}
    response = await api("POST", "/themes", data)
    assert (response.status, response.body, fake.prompts) == (201, b"", ())
    await clock.sleep(30)
    assert [len(await api.get(f"/tunes/{id_}/prompts")) for id_ in ids] == [10, 10]
    assert {prompt.num_images for prompt in fake.prompts} == {2}
    assert all("a day in Rome" in (prompt.text or "") for prompt in fake.prompts)
    assert len({prompt.text for prompt in fake.prompts}) == 20


async def test_prompts_are_as_old_as_they_are_though_nobody_looked(
    api: Any, fake: FakeAstria, clock: VirtualClock
) -> None:
    await api("POST", "/themes", {"theme": {"theme": "x", "tune_ids": [690204]}})
    start = clock.now()
    await clock.sleep(3600)
    assert {(prompt.created_at - start).total_seconds() for prompt in fake.prompts} == {30}
    assert all(prompt["trained_at"] for prompt in await api.get("/prompts"))


async def test_a_tune_that_was_deleted_meanwhile_gets_none(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    tune = await api.tune()
    await api("POST", "/themes", {"theme": {"theme": "x", "tune_ids": [tune["id"]]}})
    await api("DELETE", f"/tunes/{tune['id']}")
    await clock.sleep(60)
    assert fake.prompts == ()


@pytest.mark.parametrize(
    ("params", "status", "name"),
    [
        ({"theme": " ", "tune_ids": [690204]}, 422, "theme"),
        ({"theme": "x"}, 422, "tune_ids"),
        ({"theme": "x", "tune_ids": [690204, 1]}, 404, "error"),
        ({"theme": "x", "tune_ids": [690204], "prompt_attributes": {"num_images": 9}}, 422, "num_images"),
    ],
)
async def test_a_theme_that_is_wrong_is_refused(api: Any, params: Any, status: int, name: str) -> None:
    assert name in await api.refused("/themes", {"theme": params}, status)


async def test_a_theme_is_paid_for_at_once(api: Any, fake: FakeAstria) -> None:
    fake.account("sd_test").balance_mc = 10 * 2300
    data = {"theme": {"theme": "x", "tune_ids": [690204], "prompt_attributes": {"num_images": 1}}}
    await api("POST", "/themes", data)
    assert fake.account("sd_test").balance_mc == 0
    assert "base" in await api.refused("/themes", data)
