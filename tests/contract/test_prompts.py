"""Prompts, from creation to pictures on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from astria_async import (
    AsyncAstria,
    GenerationFailedError,
    NotFoundError,
    PromptState,
    Tune,
    ValidationError,
    WaitProgress,
)
from astria_async.testing import FakeAstria, VirtualClock

pytestmark = pytest.mark.anyio
PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 100


@pytest.fixture
async def tune(astria: AsyncAstria) -> Tune:
    return await astria.tunes.create(name="woman", image_urls=["https://example.com/1.jpg"], branch="fast")


@pytest.mark.endpoint("POST /tunes/:id/prompts", by="prompts.create")
async def test_a_prompt_is_created_with_a_seed_and_files(astria: AsyncAstria, fake: FakeAstria, tune: Tune) -> None:
    prompt = await astria.prompts.create(
        tune, text="a garden", cfg_scale=3, num_images=2, input_image=PNG, controlnet="pose", denoising_strength=0.5
    )
    assert prompt.tune_id == tune.id
    assert prompt.cfg_scale == 3.0
    assert prompt.seed is not None
    (stored,) = fake.prompts
    assert [file.size for file in stored.files] == [len(PNG)]


@pytest.mark.endpoint("GET /prompts/:id", by="prompts.retrieve")
@pytest.mark.endpoint("GET /tunes/:id/prompts/:id", by="prompts.retrieve")
async def test_prompts_have_images_in_the_end_which_can_be_fetched(
    astria: AsyncAstria, tune: Tune, tmp_path: Path
) -> None:
    prompt = await astria.prompts.create(tune, text="a garden", num_images=3)
    assert prompt.state is PromptState.PENDING
    prompt = await astria.prompts.wait(prompt)
    assert len(prompt.images) == 3
    paths = await astria.prompts.download(prompt, tmp_path)
    assert [path.suffix for path in paths] == [".png"] * 3
    assert len({path.read_bytes() for path in paths}) == 3
    assert await astria.prompts.retrieve(prompt.id, tune=tune) == await astria.prompts.retrieve(prompt)


@pytest.mark.endpoint("POST /tunes/:id/prompts", by="prompts.create_and_wait")
async def test_a_prompt_is_created_and_waited_for_in_one_call(astria: AsyncAstria, tune: Tune) -> None:
    told: list[WaitProgress] = []
    prompt = await astria.prompts.create_and_wait(tune=tune, text="a garden", num_images=2, on_progress=told.append)
    assert len(prompt.images) == 2
    assert [(each.id, each.done) for each in told][-1] == (prompt.id, 1)


@pytest.mark.endpoint("GET /prompts", by="prompts.wait_all")
async def test_prompts_are_waited_for_together(astria: AsyncAstria, fake: FakeAstria, tune: Tune) -> None:
    prompts = [await astria.prompts.create(tune, text=f"a garden {number}") for number in range(3)]
    found = await astria.prompts.wait_all(prompts)
    assert [prompt.id for prompt in found] == [prompt.id for prompt in prompts]
    assert all(prompt.images for prompt in found)


@pytest.mark.endpoint("GET /prompts", by="prompts.as_completed")
async def test_prompts_come_as_they_end(astria: AsyncAstria, fake: FakeAstria, tune: Tune) -> None:
    prompts = [await astria.prompts.create(tune, text=f"a garden {number}") for number in range(3)]
    fake.fail_prompt(prompts[1].id, "no face was found")
    states = {prompt.id: prompt.state async for prompt in astria.prompts.as_completed(prompts)}
    assert [states[prompt.id] for prompt in prompts] == [
        PromptState.SUCCEEDED, PromptState.FAILED, PromptState.SUCCEEDED,
    ]  # fmt: skip


async def test_a_prompt_that_failed_is_an_error(astria: AsyncAstria, fake: FakeAstria, tune: Tune) -> None:
    prompt = await astria.prompts.create(tune, text="a garden")
    fake.fail_prompt(prompt.id, "no face was found")
    with pytest.raises(GenerationFailedError, match="no face was found"):
        await astria.prompts.wait(prompt)


@pytest.mark.endpoint("GET /prompts", by="prompts.list")
@pytest.mark.endpoint("GET /tunes/:id/prompts", by="prompts.list")
async def test_prompts_are_listed_newest_first_and_narrowed_down(astria: AsyncAstria, tune: Tune) -> None:
    other = await astria.tunes.create(name="man", image_urls=["https://example.com/2.jpg"], branch="fast")
    ids = [(await astria.prompts.create(where, text=f"a {where.name}")).id for where in (tune, other, tune)]
    await astria.prompts.like(ids[0])
    assert [prompt.id async for prompt in astria.prompts.list()] == ids[::-1]
    assert [prompt.id async for prompt in astria.prompts.list(tune)] == [ids[2], ids[0]]
    assert [prompt.id async for prompt in astria.prompts.list(tune=other.id)] == [ids[1]]
    assert [prompt.id async for prompt in astria.prompts.list(text="a man")] == [ids[1]]
    assert [prompt.id async for prompt in astria.prompts.list(liked=True)] == [ids[0]]
    assert [prompt.id for prompt in await astria.prompts.list(page_size=2)] == [ids[2], ids[1]]
    assert [prompt.id for prompt in await astria.prompts.list(page_size=2).all()] == ids[::-1]
    first = await astria.prompts.list(tune=other).first()
    assert first is not None
    assert first.id == ids[1]


@pytest.mark.endpoint("PATCH /tunes/:id/prompts/:id", by="prompts.update")
async def test_a_prompt_is_put_into_a_pack(astria: AsyncAstria, fake: FakeAstria, tune: Tune) -> None:
    prompt = await astria.prompts.create(tune, text="a garden")
    assert (await astria.prompts.update(prompt, base_pack_id=7)).base_pack_id == 7


@pytest.mark.endpoint("POST /prompts/:id/duplicate", by="prompts.duplicate")
async def test_a_prompt_is_ordered_again_with_changes(astria: AsyncAstria, tune: Tune) -> None:
    prompt = await astria.prompts.create(tune, text="a garden", num_images=2)
    copy = await astria.prompts.duplicate(prompt, text="a lake")
    assert copy.id != prompt.id
    assert (copy.text, copy.num_images, copy.orig_prompt_id) == ("a lake", 2, prompt.id)
    done = await astria.prompts.wait(prompt)
    taken = await astria.prompts.wait(await astria.prompts.duplicate(done, image_index=1))
    assert taken.images == (done.images[1],)


@pytest.mark.endpoint("POST /prompts/:id/likes", by="prompts.like")
@pytest.mark.endpoint("DELETE /prompts/:id/likes", by="prompts.unlike")
async def test_a_prompt_is_liked_and_unliked(astria: AsyncAstria, tune: Tune) -> None:
    prompt = await astria.prompts.create(tune, text="a garden")
    await astria.prompts.like(prompt)
    assert [one.id async for one in astria.prompts.list(liked=True)] == [prompt.id]
    await astria.prompts.unlike(prompt)
    assert [one.id async for one in astria.prompts.list(liked=True)] == []


@pytest.mark.endpoint("DELETE /prompts/:id", by="prompts.delete")
@pytest.mark.endpoint("DELETE /tunes/:id/prompts/:id", by="prompts.delete")
async def test_a_deleted_prompt_is_gone(astria: AsyncAstria, tune: Tune) -> None:
    first, second = [await astria.prompts.create(tune, text=text) for text in ("a", "b")]
    await astria.prompts.delete(first)
    await astria.prompts.delete(second, tune=tune)
    assert [prompt.id async for prompt in astria.prompts.list(tune)] == []
    with pytest.raises(NotFoundError):
        await astria.prompts.retrieve(first)


async def test_a_refused_prompt_says_what_is_wrong(astria: AsyncAstria, tune: Tune) -> None:
    with pytest.raises(ValidationError) as caught:
        await astria.with_options(validate=False).prompts.create(tune, text="x", num_images=9)
    assert "num_images" in caught.value.fields


async def test_idempotency_makes_the_same_order_one_prompt(
    astria: AsyncAstria, fake: FakeAstria, tune: Tune, clock: VirtualClock
) -> None:
    fake.account_idempotency = True
    first = await astria.prompts.create(tune, text="a garden", idempotency_key="order-7")
    again = await astria.prompts.create(tune, text="a garden", idempotency_key="order-7")
    other = await astria.prompts.create(tune, text="a garden", idempotency_key="order-8")
    assert first.id == again.id != other.id
