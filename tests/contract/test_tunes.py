"""Tunes, from creation to deletion."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from astria_async import (
    AsyncAstria,
    AuthenticationError,
    NotFoundError,
    PromptParams,
    TuneParams,
    TuneState,
    ValidationError,
    WaitProgress,
)
from astria_async.testing import FakeAstria, VirtualClock

pytestmark = pytest.mark.anyio
PICTURE = "https://example.com/1.jpg"
JPEG = b"\xff\xd8\xff" + b"picture" * 100


@pytest.mark.endpoint("POST /tunes", by="tunes.create")
async def test_a_tune_is_created_from_files_and_urls(astria: AsyncAstria, fake: FakeAstria, tmp_path: Path) -> None:
    (tmp_path / "Jané.jpg").write_bytes(JPEG)
    tune = await astria.tunes.create(
        name="woman", images=[tmp_path / "Jané.jpg", JPEG, PICTURE], characteristics={"eye_color": "brown"}, steps=300
    )
    assert UUID(tune.title).version == 4
    assert (tune.name, tune.steps, tune.trained_at) == ("woman", 300, None)
    (stored,) = fake.tunes
    assert [(file.name, file.size) for file in stored.files] == [("Jané.jpg", len(JPEG)), ("images-1.jpg", len(JPEG))]


@pytest.mark.endpoint("POST /tunes", by="tunes.create")
async def test_prompts_can_be_created_with_their_tune(astria: AsyncAstria, fake: FakeAstria) -> None:
    prompts = [PromptParams(text="a garden", num_images=2), PromptParams(text="a lake", super_resolution=True)]
    for images in ([JPEG], [PICTURE]):
        await astria.tunes.create(TuneParams(name="woman", images=images, prompts_attributes=prompts))
    assert sorted(prompt.text for prompt in fake.prompts) == ["a garden", "a garden", "a lake", "a lake"]


@pytest.mark.endpoint("GET /tunes/:id", by="tunes.retrieve")
async def test_a_tune_is_trained_in_the_end(astria: AsyncAstria, clock: VirtualClock) -> None:
    tune = await astria.tunes.create(name="woman", image_urls=[PICTURE])
    assert tune.state is not TuneState.TRAINED
    tune = await astria.tunes.wait(tune)
    assert tune.state is TuneState.TRAINED
    assert tune.expires_at - tune.trained_at == timedelta(days=30)
    assert clock.monotonic() >= 300
    assert await astria.tunes.retrieve(tune) == tune


@pytest.mark.endpoint("POST /tunes", by="tunes.create_and_wait")
async def test_a_tune_is_created_and_waited_for_in_one_call(astria: AsyncAstria) -> None:
    told: list[WaitProgress] = []
    tune = await astria.tunes.create_and_wait(
        name="woman", image_urls=[PICTURE], branch="fast", on_progress=told.append
    )
    assert tune.state is TuneState.TRAINED
    assert [(each.id, each.done) for each in told][-1:] == [(tune.id, 1)]


@pytest.mark.endpoint("GET /tunes", by="tunes.list")
async def test_tunes_are_listed_newest_first_and_narrowed_down(astria: AsyncAstria) -> None:
    ids = [
        (await astria.tunes.create(name=name, image_urls=[PICTURE], title=f"{name} {number}", branch="fast")).id
        for number, name in enumerate(["woman", "man", "woman", "cat", "woman"])
    ]
    assert [tune.id async for tune in astria.tunes.list(page_size=2)] == ids[::-1]
    assert [tune.id async for tune in astria.tunes.list(name=["man", "cat"])] == [ids[3], ids[1]]
    assert [tune.title async for tune in astria.tunes.list(title="woman 2", branch="fast")] == ["woman 2"]
    assert [len(page) async for page in astria.tunes.list(page_size=3).pages()] == [3, 2]


@pytest.mark.endpoint("GET /tunes", by="tunes.find")
async def test_a_tune_is_found_by_its_title(astria: AsyncAstria) -> None:
    tune = await astria.tunes.create(name="woman", image_urls=[PICTURE], title="order 7")
    assert (await astria.tunes.find("order 7")).id == tune.id
    assert await astria.tunes.find("order 8") is None


@pytest.mark.endpoint("PATCH /tunes/:id", by="tunes.update")
async def test_a_tune_is_changed(astria: AsyncAstria) -> None:
    tune = await astria.tunes.create(name="woman", image_urls=[PICTURE])
    changed = await astria.tunes.update(tune, title="new", name="girl")
    assert (changed.id, changed.title, changed.name) == (tune.id, "new", "girl")


@pytest.mark.endpoint("DELETE /tunes/:id", by="tunes.delete")
async def test_a_deleted_tune_is_gone(astria: AsyncAstria) -> None:
    tune = await astria.tunes.create(name="woman", image_urls=[PICTURE])
    await astria.tunes.delete(tune)
    with pytest.raises(NotFoundError):
        await astria.tunes.retrieve(tune)
    with pytest.raises(NotFoundError):
        await astria.tunes.delete(tune)


async def test_a_refused_tune_says_what_is_wrong(astria: AsyncAstria) -> None:
    with pytest.raises(ValidationError) as caught:
        await astria.with_options(validate=False).tunes.create(name="", image_urls=[PICTURE])
    assert "name" in caught.value.fields
    assert caught.value.request_id


async def test_a_wrong_key_is_an_authentication_error(place: object, clock: VirtualClock) -> None:
    base_url, transport = place
    async with AsyncAstria("wrong", base_url=base_url, transport=transport, clock=clock) as astria:
        with pytest.raises(AuthenticationError, match="Access denied"):
            await astria.tunes.retrieve(1)
