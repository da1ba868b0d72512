"""Thirty days after its training a tune's pictures and model are gone."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async.testing import FakeAstria, VirtualClock

pytestmark = pytest.mark.anyio

DAY = 24 * 3600


async def statuses(api: Any, urls: list[str]) -> set[int]:
    return {(await api("GET", url)).status for url in urls}


async def test_pictures_and_model_are_deleted_to_the_second(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    tune = await api.tune()
    prompt = await api.prompt(tune["id"], num_images=2)
    await clock.sleep(12 + 30 * DAY - 1)
    tune, prompt = await api.get(f"/tunes/{tune['id']}"), await api.get(f"/prompts/{prompt['id']}")
    urls = [*tune["orig_images"], *prompt["images"]]
    assert (bool(tune["ckpt_url"]), await statuses(api, urls), len(urls)) == (True, {200}, 3)
    await clock.sleep(1)
    tune = await api.get(f"/tunes/{tune['id']}")
    assert (tune["ckpt_url"], tune["ckpt_urls"], await statuses(api, urls)) == (None, [], {404})
    assert (await api.get(f"/prompts/{prompt['id']}"))["images"] == prompt["images"]
    refusal = await api.refused(f"/tunes/{tune['id']}/prompts", {"prompt": {"text": "x"}})
    assert refusal == {"tune": ["has expired"]}
    fake.add_pack(title="P", prompts=["in a park"])
    assert await api.refused("/p/p/tunes", {"tune": {"tune_ids": [tune["id"]]}}) == refusal


async def test_what_was_extended_stays(api: Any, clock: VirtualClock) -> None:
    tune = await api.tune(auto_extend=True)
    prompt = await api.prompt(tune["id"])
    await clock.sleep(100 * DAY)
    urls = [*tune["orig_images"], *(await api.get(f"/prompts/{prompt['id']}"))["images"]]
    assert await statuses(api, urls) == {200}
    await api.prompt(tune["id"])


async def test_images_of_a_base_tune_go_after_thirty_days(api: Any, clock: VirtualClock) -> None:
    prompt = await api.prompt(690204)
    await clock.sleep(20 + 30 * DAY - 1)
    urls = (await api.get(f"/prompts/{prompt['id']}"))["images"]
    assert await statuses(api, urls) == {200}
    await clock.sleep(1)
    assert await statuses(api, urls) == {404}
    await api.prompt(690204)
