"""Which tunes an image shows: the rules of the families, one by one."""

from __future__ import annotations

from typing import Any

import pytest

from astria_async.testing import FakeAstria, VirtualClock

pytestmark = pytest.mark.anyio

FLUX, SDXL, SD15, GEMINI, SEEDREAM = 1504944, 666678, 690204, 3618064, 3691308
LORA: dict[str, Any] = {"base_tune_id": FLUX, "model_type": "lora"}
PTI: dict[str, Any] = {"base_tune_id": SDXL}
FACEID: dict[str, Any] = {"model_type": "faceid"}


async def train(api: Any, params: dict[str, Any], name: str = "woman") -> int:
    return int((await api.tune(branch=None, name=name, **params))["id"])


@pytest.mark.parametrize(
    ("params", "base", "text"),
    [
        (LORA, FLUX, "<lora:ID:1> ohwx woman in a garden"),
        (LORA, FLUX, "a garden with OHWX  Woman <lora:ID:0.5>"),
        (PTI, SDXL, "<lora:ID:0.83> ohwx woman"),
        (FACEID, SD15, "<faceid:ID:1> woman in a garden"),
        (FACEID, GEMINI, "<faceid:ID:1>woman"),
        (FACEID, SEEDREAM, "<faceid:ID:.9> woman"),
    ],
)
async def test_an_adapter_is_shown_on_its_base_by_its_mention(
    api: Any, fake: FakeAstria, params: dict[str, Any], base: int, text: str
) -> None:
    tune = await train(api, params)
    prompt = await api.prompt(base, text.replace("ID", str(tune)))
    assert fake.persons_of(prompt["id"]) == fake.prompts[0].persons == (tune,)


@pytest.mark.parametrize(
    ("params", "base", "text"),
    [
        (LORA, FLUX, "ohwx woman in a garden"),
        (LORA, FLUX, "<lora:ID:1> woman"),
        (LORA, FLUX, "<lora:ID:1> ohwx man"),
        (LORA, FLUX, "<faceid:ID:1> woman"),
        (LORA, FLUX, "<lora:ID:0> ohwx woman"),
        (LORA, SDXL, "<lora:ID:1> ohwx woman"),
        (LORA, GEMINI, "<lora:ID:1> ohwx woman"),
        (PTI, FLUX, "<lora:ID:1> ohwx woman"),
        (PTI, SDXL, "<lora:ID:1> ohwx woman <lora:1600103:0.5>"),
        (FACEID, SD15, "<faceid:ID:1> a woman"),
        (FACEID, SD15, "woman <faceid:ID:1>"),
        (FACEID, SD15, "<lora:ID:1> woman"),
        ({}, FLUX, "<lora:ID:1> sks woman"),
        ({}, SD15, "sks woman"),
    ],
)
async def test_a_wrong_reference_shows_nobody(
    api: Any, fake: FakeAstria, params: dict[str, Any], base: int, text: str
) -> None:
    tune = await train(api, params)
    prompt = await api.prompt(base, text.replace("ID", str(tune)))
    assert fake.persons_of(prompt["id"]) == ()


@pytest.mark.parametrize(
    ("text", "is_shown"),
    [("sks woman in a garden", True), ("a garden, Sks Woman", True), ("a woman", False), ("sks womanly", False)],
)
async def test_a_checkpoint_is_shown_by_token_and_class(api: Any, fake: FakeAstria, text: str, is_shown: bool) -> None:
    tune = await train(api, {})
    assert fake.persons_of((await api.prompt(tune, text))["id"]) == ((tune,) if is_shown else ())


async def test_a_free_tune_is_shown_whatever_the_text_says(api: Any, fake: FakeAstria) -> None:
    for params in (LORA, PTI, FACEID, {}):
        tune = (await api.tune(name="woman", **params))["id"]
        assert fake.persons_of((await api.prompt(tune, "anything"))["id"]) == (tune,)


async def test_several_tunes_are_shown_in_the_order_of_the_text(api: Any, fake: FakeAstria) -> None:
    woman, man = await train(api, FACEID), await train(api, FACEID, "man")
    prompt = await api.prompt(SD15, f"<faceid:{man}:1> man and <faceid:{woman}:1> woman, <faceid:{man}:1> man")
    assert fake.persons_of(prompt["id"]) == (man, woman)
    flux = [await train(api, LORA) for _ in range(2)]
    text = " and ".join(f"<lora:{tune}:0.5> ohwx woman" for tune in flux)
    assert fake.persons_of((await api.prompt(FLUX, text))["id"]) == tuple(flux)


async def test_another_accounts_tune_is_not_shown(api: Any, fake: FakeAstria) -> None:
    tune = await train(api, FACEID)
    prompt = await type(api)(fake, "sd_other").prompt(SD15, f"<faceid:{tune}:1> woman")
    assert fake.persons_of(prompt["id"]) == ()


async def test_the_video_prompt_counts_as_text(api: Any, fake: FakeAstria) -> None:
    tune = await train(api, FACEID)
    words = {"video_model": "kling", "video_prompt": f"<faceid:{tune}:1> woman walks"}
    assert fake.persons_of((await api.prompt(GEMINI, "", **words))["id"]) == (tune,)


@pytest.mark.parametrize(
    ("params", "text"),
    [(LORA, "ohwx woman holding flowers"), (PTI, "ohwx woman"), ({}, "sks woman"), (FACEID, "a woman in a garden")],
)
async def test_prompts_of_a_create_show_the_new_tune(
    api: Any, fake: FakeAstria, params: dict[str, Any], text: str
) -> None:
    tune = await train(api, {**params, "prompts_attributes": [{"text": text}]})
    assert fake.prompts[0].persons == (tune,)


async def test_a_prompt_waits_for_the_tunes_that_it_shows(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    tune = await train(api, LORA)
    shown = await api.prompt(FLUX, f"<lora:{tune}:1> ohwx woman")
    nobody = await api.prompt(FLUX, "a garden")
    await clock.sleep(20)
    assert [bool((await api.get(f"/prompts/{one['id']}"))["images"]) for one in (shown, nobody)] == [False, True]
    await clock.sleep(420)
    assert (await api.get(f"/prompts/{shown['id']}"))["images"]


async def test_the_images_of_one_scene_differ_by_their_persons(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    tune = await train(api, FACEID)
    await api.prompt(SD15, f"<faceid:{tune}:1> woman")
    await clock.sleep(20)
    (prompt,) = fake.prompts
    name = fake.image_names(prompt)[0]
    image = fake.image(name)
    prompt.persons = ()
    nobody = fake.image(name)
    assert image and nobody and image != nobody


async def test_a_copy_of_an_image_shows_who_was_in_it(api: Any, fake: FakeAstria, clock: VirtualClock) -> None:
    tune = await train(api, FACEID)
    original = await api.prompt(SD15, f"<faceid:{tune}:1> woman")
    await clock.sleep(20)
    data = {"image_index": 0, "prompt": {"text": "upscaled"}}
    copy = (await api("POST", f"/prompts/{original['id']}/duplicate", data)).json()
    assert fake.persons_of(copy["id"]) == (tune,)
    again = (await api("POST", f"/prompts/{original['id']}/duplicate", {"prompt": {"text": "a garden"}})).json()
    assert fake.persons_of(again["id"]) == ()


async def test_themes_and_packs_mention_the_tune_as_they_should(
    api: Any, fake: FakeAstria, clock: VirtualClock
) -> None:
    tunes = [await train(api, params) for params in (LORA, PTI, FACEID, {})]
    await api("POST", "/themes", {"theme": {"theme": "a day in Rome", "tune_ids": tunes}})
    await api("POST", "/p/corporate-headshots/tunes", {"tune": {"tune_ids": tunes}})
    await clock.sleep(30)
    assert len(fake.prompts) == 4 * (10 + 3)
    assert all(prompt.persons == (prompt.tune_id,) for prompt in fake.prompts)
