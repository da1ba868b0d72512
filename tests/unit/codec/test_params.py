"""From parameters to the tree that is sent: files and URLs told apart, and what is None left out."""

from __future__ import annotations

import base64
import io
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async._codec import files_in, to_tree
from astria_async._wire import FilePart
from astria_async.errors import ParameterError
from astria_async.models import PackRunParams, PromptParams, TuneParams, UploadedFile

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
SIGNED_ID = "eyJfcmFpbHMiOnsiZGF0YSI6MX19--" + "0123456789abcdef" * 4


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "me.png"
    path.write_bytes(PNG)
    return path


async def tune_tree(**keywords: Any) -> dict[str, Any]:
    return await to_tree(TuneParams(**{"name": "woman", "image_urls": ["https://x/1"], **keywords}))


async def prompt_tree(**keywords: Any) -> dict[str, Any]:
    return await to_tree(PromptParams(**{"text": "x", **keywords}))


async def test_none_is_left_out_and_false_is_not() -> None:
    assert await prompt_tree(film_grain=False, seed=0, negative_prompt="", style=None) == {
        "text": "x", "negative_prompt": "", "seed": 0, "film_grain": False,
    }  # fmt: skip


async def test_files_and_urls_may_be_mixed(photo: Path) -> None:
    tree = await tune_tree(images=[photo, "https://x/2", PNG, "HTTP://x/3"], image_urls=["https://x/1"])
    assert [part.name for part in tree["images"]] == ["me.png", "images-2.png"]
    assert tree["image_urls"] == ["https://x/2", "HTTP://x/3", "https://x/1"]


async def test_images_that_are_all_urls_are_sent_as_urls() -> None:
    assert await tune_tree(images=["https://x/1"], image_urls=None) == {"name": "woman", "image_urls": ["https://x/1"]}


async def test_a_files_url_goes_where_urls_go(photo: Path) -> None:
    assert await prompt_tree(input_image="https://x/1") == {"text": "x", "input_image_url": "https://x/1"}
    assert (await prompt_tree(input_image=photo))["input_image"] == FilePart(
        name="me.png", content_type="image/png", source=photo, size=len(PNG)
    )


async def test_an_uploads_signed_id_goes_where_files_go() -> None:
    assert await prompt_tree(input_image=SIGNED_ID) == {"text": "x", "input_image": SIGNED_ID}
    assert (await tune_tree(images=[SIGNED_ID]))["images"] == [SIGNED_ID]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, io.BytesIO, lambda data: ("mine.png", data)])
async def test_a_file_may_be_given_as(kind: Any) -> None:
    part = (await prompt_tree(mask_image=kind(PNG)))["mask_image"]
    assert (part.content_type, part.size) == ("image/png", len(PNG))
    assert part.name == ("mine.png" if isinstance(kind(PNG), tuple) else "mask_image.png")


async def test_a_folders_glob_can_be_passed_as_it_is(photo: Path) -> None:
    params = TuneParams(name="woman", images=photo.parent.glob("*.png"))  # type: ignore[arg-type]
    for _ in range(2):
        assert [part.name for part in (await to_tree(params))["images"]] == ["me.png"]


async def test_generators_are_not_used_up_by_looking_at_them(photo: Path) -> None:
    prompts = (PromptParams(text=text) for text in ("a", "b"))
    tree = await tune_tree(prompts_attributes=prompts, image_urls=iter(["https://x/1"]), image_captions=iter(["c"]))
    assert tree["prompts_attributes"] == [{"text": "a"}, {"text": "b"}]
    assert (tree["image_urls"], [*tree["image_captions"]]) == (["https://x/1"], ["c"])
    video = await prompt_tree(video_model="x", video_prompt="y", image_references=iter([photo]))
    assert len(video["image_references"]) == 1


@pytest.mark.parametrize(
    ("url", "encoded"),
    [
        ("https://x/my photo.jpg", "https://x/my%20photo.jpg"),
        ("https://x/José/日.jpg?größe=1 2#é", "https://x/Jos%C3%A9/%E6%97%A5.jpg?gr%C3%B6%C3%9Fe=1%202#%C3%A9"),
        ("https://x/already%20done.jpg?a=b&c=%2F+", "https://x/already%20done.jpg?a=b&c=%2F+"),
        ("https://x/100%.jpg", "https://x/100%25.jpg"),
        ("https://u@x:8080/~a_(1),b;c=d!$'*@.jpg", "https://u@x:8080/~a_(1),b;c=d!$'*@.jpg"),
        ('https://x/"<a>', "https://x/%22%3Ca%3E"),
        ("https://bücher.example/ä.jpg", "https://xn--bcher-kva.example/%C3%A4.jpg"),
    ],
)
async def test_a_url_is_percent_encoded(url: str, encoded: str) -> None:
    assert (await tune_tree(image_urls=[url]))["image_urls"] == [encoded]
    assert (await tune_tree(images=[url], image_urls=None))["image_urls"] == [encoded]
    assert (await prompt_tree(input_image=url))["input_image_url"] == encoded
    assert (await prompt_tree(input_image_url=url))["input_image_url"] == encoded


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])).map(str.strip))
async def test_a_url_is_encoded_once_and_for_all(path: str) -> None:
    once = (await tune_tree(image_urls=["https://x/" + path]))["image_urls"]
    assert once[0].isascii()
    assert urlsplit(once[0]).netloc == "x"
    assert (await tune_tree(image_urls=once))["image_urls"] == once


@pytest.mark.parametrize(
    ("url", "data"),
    [
        ("data:image/png;base64," + base64.b64encode(PNG).decode(), PNG),
        ("DATA:image/png;charset=x;BASE64," + base64.b64encode(PNG).decode(), PNG),
        ("data:,a%20b", b"a b"),
        ("data:text/plain,a,b", b"a,b"),
    ],
)
async def test_a_data_url_is_uploaded_as_the_file_it_holds(url: str, data: bytes) -> None:
    assert (await prompt_tree(input_image=url))["input_image"].source == data


async def test_a_data_url_stays_one_where_one_is_expected() -> None:
    assert (await prompt_tree(input_image_base64="data:image/png;base64,AA=="))["input_image_base64"] == (
        "data:image/png;base64,AA=="
    )


async def test_a_checkpoint_is_what_the_service_calls_null() -> None:
    assert (await tune_tree(model_type="checkpoint"))["model_type"] is None
    assert (await tune_tree(model_type="lora"))["model_type"] == "lora"
    assert "model_type" not in await tune_tree()


async def test_a_tunes_prompts_are_trees_of_their_own(photo: Path) -> None:
    prompts = [PromptParams(text="a", lora_scale=0.8), PromptParams(text="b", input_image=photo)]
    first, second = (await tune_tree(prompts_attributes=prompts))["prompts_attributes"]
    assert first == {"text": "a", "lora_scale": 0.8}
    assert second["input_image"].name == "me.png"


async def test_characteristics_go_out_as_they_are() -> None:
    assert (await tune_tree(characteristics={"eye_color": "brown"}))["characteristics"] == {"eye_color": "brown"}


async def test_an_upload_goes_where_files_go() -> None:
    upload = UploadedFile(signed_id=SIGNED_ID, public_url="https://x/1")
    assert await prompt_tree(input_image=upload) == {"text": "x", "input_image": SIGNED_ID}


async def test_what_pack_run_changes_in_its_prompts_is_tree() -> None:
    changes = PromptParams(num_images=2, input_image=PNG)
    tree = await to_tree(PackRunParams(tune_ids=[1, 2], prompt_attributes=changes))
    assert tree["tune_ids"] == [1, 2]
    assert tree["prompt_attributes"]["num_images"] == 2
    assert tree["prompt_attributes"]["input_image"].name == "prompt_attributes.input_image.png"


def test_the_files_in_any_tree_become_parts(photo: Path) -> None:
    found = files_in({"a": {"b": [photo, "text", ("mine.png", PNG)]}, "c": PNG, "d": None, "e": 1.5, "f": True})
    assert [part if isinstance(part, str) else part.name for part in found["a"]["b"]] == ["me.png", "text", "mine.png"]
    assert found["c"].name == "c.png"
    assert (found["d"], found["e"], found["f"]) == (None, 1.5, True)
    with pytest.raises(ParameterError, match=r"^a\[b\]\[0\]: the file .* does not exist"):
        files_in({"a": {"b": [photo.with_name("no.png")]}})


class Watched(io.BytesIO):
    """A file object that knows which threads looked at it."""

    def __init__(self) -> None:
        super().__init__(PNG)
        self.threads: set[int] = set()

    def read(self, *size: Any) -> bytes:
        self.threads.add(threading.get_ident())
        return super().read(*size)


@pytest.mark.parametrize("nested", [False, True])
async def test_files_are_looked_at_off_the_event_loop(nested: bool) -> None:
    file = Watched()
    if nested:
        await tune_tree(prompts_attributes=[PromptParams(text="a", input_image=file)])
    else:
        await prompt_tree(input_image=file)
    assert file.threads
    assert threading.get_ident() not in file.threads
