"""What is refused before anything is sent: every problem at once, each with its remedy."""

from __future__ import annotations

import io
import uuid
from pathlib import Path
from typing import Any

import pytest

from astria_async._codec import to_tree
from astria_async.errors import ParameterError
from astria_async.models import PackRunParams, PromptParams, TuneParams

pytestmark = pytest.mark.anyio


async def problems(params: Any, *, validate: bool = True) -> tuple[str, ...]:
    with pytest.raises(ParameterError) as caught:
        await to_tree(params, validate=validate)
    assert caught.value.outcome == "not_sent"
    return caught.value.problems


def tune(**keywords: Any) -> TuneParams:
    return TuneParams(**{"name": "woman", "image_urls": ["https://x/1"], **keywords})


def prompt(**keywords: Any) -> PromptParams:
    return PromptParams(**{"text": "x", **keywords})


async def test_a_path_given_as_text_is_refused_with_the_remedy() -> None:
    assert await problems(tune(images=["photos/me.jpg"])) == (
        "images[0]: 'photos/me.jpg' is not a URL; for a file on disk pass Path('photos/me.jpg')",
    )
    assert await problems(prompt(input_image="me.jpg")) == (
        "input_image: 'me.jpg' is not a URL; for a file on disk pass Path('me.jpg')",
    )


async def test_a_long_text_is_shown_in_part() -> None:
    (problem,) = await problems(prompt(input_image="a" * 10_000))
    assert "'" + "a" * 59 + "…'" in problem
    assert len(problem) < 250


@pytest.mark.parametrize("url", ["ftp://x/a.jpg", "file:///a.jpg", "//x/a.jpg", "x.com/a.jpg", "data:image/png"])
async def test_other_urls_are_refused(url: str) -> None:
    (problem,) = await problems(tune(images=[url]))
    assert problem.startswith(f"images[0]: {url!r} is not a URL; ")


@pytest.mark.parametrize(
    "images",
    [Path("a.jpg"), "https://x/1", b"raw", bytearray(b"raw"), io.BytesIO(b"raw"), {"a": b"raw"}, 3],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("name", ["images", "image_references"])
async def test_a_file_where_a_list_belongs_is_refused(name: str, images: Any) -> None:
    params: Any = (
        tune(images=images) if name == "images" else prompt(video_model="m", video_prompt="p", image_references=images)
    )
    assert await problems(params) == (f"{name}: give a list of files, not {type(images).__name__}",)


@pytest.mark.parametrize("urls", ["https://x/1", Path("a.jpg"), 3])
async def test_a_url_where_a_list_belongs_is_refused(urls: Any) -> None:
    assert await problems(tune(image_urls=urls)) == (f"image_urls: give a list of URLs, not {type(urls).__name__}",)


@pytest.mark.parametrize("url", [Path("a.jpg"), b"raw", "a.jpg", None, 3])
async def test_a_file_among_urls_is_refused_with_the_remedy(url: Any) -> None:
    why = ": begin it with https://" if isinstance(url, str) else ""
    assert await problems(tune(image_urls=["https://x/1", url])) == (
        f"image_urls[1]: {url!r} is not a URL{why}; a file goes into images, as Path(...)",
    )
    nested = tune(prompts_attributes=[prompt(video_model="m", video_prompt="p", image_reference_urls=[url])])
    label = "prompts_attributes[0].image_reference_urls[0]"
    remedy = "a file goes into image_references, as Path(...)"
    assert await problems(nested) == (f"{label}: {url!r} is not a URL{why}; {remedy}",)


@pytest.mark.parametrize("value", [3, object(), ["a"], ("a", "b"), ("a", b"x", b"y"), (b"a", b"x")])
async def test_what_is_no_file_is_refused(value: Any) -> None:
    kind = type(value).__name__
    assert await problems(prompt(input_image=value)) == (
        f"input_image: {kind} is not a file; pass a Path, bytes, (name, bytes), an open file or a URL",
    )


@pytest.mark.parametrize("data", ["%%%", "A", "AA==AA==", "é", "AA\nAA"])
async def test_a_data_url_that_is_broken_is_refused(data: str) -> None:
    assert await problems(prompt(input_image=f"data:image/png;base64,{data}")) == (
        "input_image: the data URL is not valid base64; encode the file again",
    )


async def test_an_empty_data_url_is_refused() -> None:
    assert await problems(prompt(input_image="data:,")) == ("input_image: the file is empty",)


@pytest.mark.parametrize("prompts", [{"text": "a"}, prompt(), "a", 3])
async def test_prompts_that_are_no_list_are_refused(prompts: Any) -> None:
    assert await problems(tune(prompts_attributes=prompts)) == (
        f"prompts_attributes: give a list of prompts, not {type(prompts).__name__}",
    )


@pytest.mark.parametrize("item", [{"text": "a"}, "a", None])
async def test_a_prompt_that_is_none_is_refused_with_the_remedy(item: Any) -> None:
    assert await problems(tune(prompts_attributes=[prompt(), item])) == (
        f"prompts_attributes[1]: {type(item).__name__} is not a prompt; pass PromptParams(...)",
    )


async def test_what_a_pack_run_changes_is_a_prompt() -> None:
    params: Any = PackRunParams(tune_ids=[1], prompt_attributes={"num_images": 1})  # type: ignore[arg-type]
    assert await problems(params) == ("prompt_attributes: dict is not a prompt; pass PromptParams(...)",)


async def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    params = TuneParams(
        name=" ",
        title=uuid.UUID(int=0),  # type: ignore[arg-type]
        images=["a.jpg", tmp_path, tmp_path / "b.jpg", b"x"],
        prompts_attributes=[prompt(seed=-2, input_image=tmp_path / "c.jpg")],
    )
    found = await problems(params)
    assert [problem.partition(":")[0] for problem in found] == [
        "title", "name", "prompts_attributes[0].seed", "images[0]", "images[1]", "images[2]",
        "prompts_attributes[0].input_image",
    ]  # fmt: skip
    with pytest.raises(ParameterError) as caught:
        await to_tree(params)
    assert str(caught.value) == "; ".join(found)


async def test_without_validation_files_are_looked_at_all_the_same(tmp_path: Path) -> None:
    params = TuneParams(name="", steps=-1, images=[b"x", tmp_path / "a.jpg"], prompts_attributes=[PromptParams(w=7)])
    assert await problems(params, validate=False) == (f"images[1]: the file {tmp_path / 'a.jpg'} does not exist",)


async def test_without_validation_the_rest_is_the_services_to_judge() -> None:
    assert await to_tree(PromptParams(num_images=99, seed=-1), validate=False) == {"num_images": 99, "seed": -1}
