"""Packs, the gallery, images, videos, themes and the account."""

from __future__ import annotations

import warnings
from decimal import Decimal
from pathlib import Path

import pytest

from astria_async import (
    AsyncAstria,
    Inspection,
    InspectionFailedError,
    NotFoundError,
    PackRunParams,
    PromptParams,
    ValidationError,
    VideoInspectionState,
    WorkspaceMismatchWarning,
)
from astria_async.testing import FakeAstria

pytestmark = pytest.mark.anyio
PICTURE = "https://example.com/1.jpg"
PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 100


@pytest.mark.endpoint("GET /packs", by="packs.list")
@pytest.mark.endpoint("GET /gallery/packs", by="gallery.packs")
async def test_packs_are_listed(astria: AsyncAstria, fake: FakeAstria) -> None:
    for number in range(3):
        fake.add_pack(title=f"pack {number}", slug=f"pack-{number}")
    assert len([pack async for pack in astria.packs.list(page_size=2)]) == 3
    assert [pack.title async for pack in astria.gallery.packs(limit=1)] != []


@pytest.mark.endpoint("GET /p/:id", by="packs.retrieve")
async def test_a_pack_is_read_by_id_and_slug(astria: AsyncAstria, fake: FakeAstria) -> None:
    stored = fake.add_pack(title="Headshots", slug="headshots", prompts=["in an office", "on a terrace"])
    pack = await astria.packs.retrieve("headshots")
    assert (pack.id, pack.title) == (stored.id, "Headshots")
    assert [prompt.text for prompt in pack.template_prompts] == ["in an office", "on a terrace"]
    assert pack.cost_for("woman") > 0
    assert await astria.packs.retrieve(pack) == pack
    with pytest.raises(NotFoundError):
        await astria.packs.retrieve("unknown")


@pytest.mark.endpoint("POST /packs", by="packs.create")
async def test_a_pack_is_made(astria: AsyncAstria) -> None:
    pack = await astria.packs.create(title="Mine", base_tune_id=1504944, subtitle="new")
    assert (await astria.packs.retrieve(pack)).subtitle == "new"


@pytest.mark.endpoint("POST /p/:id/tunes", by="packs.run")
async def test_run_over_images_makes_a_tune_and_the_packs_prompts(astria: AsyncAstria, fake: FakeAstria) -> None:
    fake.add_pack(title="Headshots", slug="headshots", prompts=["in an office", "on a terrace"])
    run = await astria.packs.run("headshots", name="woman", images=[PNG], prompt_attributes=PromptParams(num_images=2))
    assert run.tune is not None
    texts = [prompt.text async for prompt in astria.prompts.list(run.tune)]
    assert len(texts) == 2


@pytest.mark.endpoint("POST /p/:id/tunes", by="packs.run")
async def test_a_run_over_tunes_makes_prompts_of_each(astria: AsyncAstria, fake: FakeAstria) -> None:
    pack = fake.add_pack(title="Headshots", slug="headshots", prompts=["in an office"])
    tunes = [await astria.tunes.create(name="woman", image_urls=[PICTURE]) for _ in range(2)]
    run = await astria.packs.run(pack.id, PackRunParams(tune_ids=[tune.id for tune in tunes]))
    assert run.tune is None
    assert run.message or run.order
    for tune in tunes:
        assert len([prompt async for prompt in astria.prompts.list(tune)]) == 1


@pytest.mark.endpoint("GET /gallery/tunes", by="gallery.tunes")
async def test_the_gallery_has_tunes_of_others(astria: AsyncAstria) -> None:
    public = [tune async for tune in astria.gallery.tunes(limit=3)]
    assert public
    assert [tune async for tune in astria.tunes.list()] == []


@pytest.mark.endpoint("POST /images/inspect", by="images.inspect")
async def test_an_image_is_inspected(astria: AsyncAstria) -> None:
    inspection = await astria.images.inspect(PNG, name="woman")
    assert inspection.eye_color
    assert inspection.blurry is not None
    assert await astria.images.inspect(file=PICTURE, name="woman")
    assert Inspection.summarize([inspection])["eye_color"] == inspection.eye_color


@pytest.mark.endpoint("POST /images/class_name", by="images.classify")
@pytest.mark.endpoint("POST /images/describe", by="images.describe")
async def test_an_image_is_put_into_words(astria: AsyncAstria) -> None:
    for file in (PICTURE, PNG, await astria.images.upload(PNG)):
        assert (await astria.images.classify(file, names=["woman", "man"])).class_name in ("woman", "man")
        assert (await astria.images.describe(file)).description


@pytest.mark.endpoint("POST /videos/inspect", by="videos.inspect")
@pytest.mark.endpoint("GET /videos/inspect/:id", by="videos.retrieve_inspection")
async def test_a_video_is_inspected(astria: AsyncAstria) -> None:
    begun = await astria.videos.inspect("https://example.com/v.mp4")
    assert begun.state is VideoInspectionState.PENDING
    assert (await astria.videos.retrieve_inspection(begun)).id == begun.id


@pytest.mark.endpoint("GET /videos/inspect/:id", by="videos.wait")
async def test_a_video_on_disk_is_inspected_and_waited_for(astria: AsyncAstria, tmp_path: Path) -> None:
    (tmp_path / "v.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + b"x" * 100)
    finding = await astria.videos.wait(await astria.videos.inspect(tmp_path / "v.mp4"))
    assert finding.state is VideoInspectionState.SUCCEEDED
    assert finding.description


async def test_a_video_that_cannot_be_inspected_ends_the_wait(astria: AsyncAstria, fake: FakeAstria) -> None:
    begun = await astria.videos.inspect(("[[fail]].mp4", b"\0\0\0\x18ftypmp42"))
    with pytest.raises(InspectionFailedError, match="The video was made to fail"):
        await astria.videos.wait(begun)
    begun = await astria.videos.inspect("https://example.com/v.mp4")
    assert begun.id is not None
    fake.fail_inspection(begun.id, "no frames")
    with pytest.raises(InspectionFailedError, match="no frames"):
        await astria.videos.wait(begun)


@pytest.mark.endpoint("POST /api/direct_uploads", by="images.upload")
async def test_a_file_is_uploaded_once_and_used_in_a_tune(astria: AsyncAstria, fake: FakeAstria) -> None:
    upload = await astria.images.upload(("a.png", PNG))
    await astria.tunes.create(name="woman", images=[upload, PICTURE])
    (stored,) = fake.tunes
    assert [(file.name, file.size) for file in stored.files] == [("a.png", len(PNG))]


async def test_a_signed_id_that_was_never_uploaded_is_refused(astria: AsyncAstria) -> None:
    with pytest.raises(ValidationError):
        await astria.tunes.create(name="woman", images=["eyJfcmFpbHMi--" + "a" * 40])


@pytest.mark.endpoint("POST /themes", by="themes.create")
async def test_a_theme_makes_ten_prompts_a_tune(astria: AsyncAstria, fake: FakeAstria) -> None:
    tune = await astria.tunes.create(name="woman", image_urls=[PICTURE])
    await astria.themes.create(theme="a day in Rome", tunes=[tune], num_images=1)
    await astria.tunes.wait(tune)
    assert len([prompt async for prompt in astria.prompts.list(tune)]) == 10


@pytest.mark.endpoint("GET /users", by="account.me")
async def test_the_balance_shrinks_by_what_is_ordered(astria: AsyncAstria) -> None:
    before = (await astria.account.me()).balance
    tune = await astria.tunes.create(name="woman", image_urls=[PICTURE])
    assert before - (await astria.account.me()).balance == tune.cost > Decimal(0)


@pytest.mark.endpoint("GET /workspaces", by="account.workspaces.list")
@pytest.mark.endpoint("POST /workspaces", by="account.workspaces.create")
@pytest.mark.endpoint("GET /workspaces/:id", by="account.workspaces.retrieve")
@pytest.mark.endpoint("PATCH /workspaces/:id", by="account.workspaces.update")
async def test_a_workspace_keeps_work_apart(astria: AsyncAstria) -> None:
    shop = await astria.account.workspaces.create(title="Shop")
    await astria.account.workspaces.update(shop, brief="quiet colours")
    assert (await astria.account.workspaces.retrieve(shop)).brief == "quiet colours"
    assert [one.id for one in await astria.account.workspaces.list()] == [shop.id]
    inside = astria.with_options(workspace_id=shop.id)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tune = await inside.tunes.create(name="woman", image_urls=[PICTURE])
    assert tune.workspace_id == shop.id
    assert [one async for one in astria.tunes.list()] == []
    assert [one.id async for one in inside.tunes.list()] == [tune.id]
    assert [one.id async for one in astria.with_options(workspace_id="all").tunes.list()] == [tune.id]


async def test_a_workspace_of_others_falls_back_to_the_personal_one(astria: AsyncAstria) -> None:
    with pytest.warns(WorkspaceMismatchWarning):
        await astria.with_options(workspace_id=987654).tunes.create(name="woman", image_urls=[PICTURE])
    assert len([tune async for tune in astria.tunes.list()]) == 1


@pytest.mark.endpoint("GET /cli/models", by="account.models")
async def test_the_catalog_is_there_for_everybody(astria: AsyncAstria, fake: FakeAstria) -> None:
    catalog = await astria.account.models()
    assert catalog.models
    assert catalog.video_models
    assert not fake.requests[-1].is_authorized
