"""What a parameter needs, and what it excludes, as documented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from astria_async.models import PackRunParams, PromptParams, TuneParams
from astria_async.models.parameters.params import Params
from astria_async.models.parameters.rules import check

URL = "https://x/1"
DATA_URL = "data:image/png;base64,AA=="


def problems_of(params: Params) -> list[str]:
    return check(params).problems


def problems(**keywords: Any) -> list[str]:
    return problems_of(PromptParams(**{"text": "a cat", **keywords}))


def video(**keywords: Any) -> list[str]:
    return problems_of(PromptParams(**{"video_model": "kling", "video_prompt": "it jumps", **keywords}))


def tune(**keywords: Any) -> list[str]:
    return problems_of(TuneParams(**{"name": "cat", "image_urls": [URL], **keywords}))


def wrong(found: list[str]) -> list[str]:
    return [problem.partition(":")[0] for problem in found]


# --- pictures


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_a_picture_needs_text(text: str | None) -> None:
    assert wrong(problems(text=text)) == ["text"]


@pytest.mark.parametrize("name", ["inpaint_faces", "hires_fix"])
def test_what_needs_super_resolution(name: str) -> None:
    assert problems(**{name: True}) == [f"{name}: needs super_resolution=True"]
    assert wrong(problems(**{name: True}, super_resolution=False)) == [name]
    assert problems(**{name: True}, super_resolution=True) == []
    assert problems(**{name: False}) == []


@pytest.mark.parametrize(
    "image", [{"input_image": b"x"}, {"input_image": URL}, {"input_image_url": URL}, {"input_image_base64": DATA_URL}]
)
def test_a_controlnet_needs_an_input_image(image: dict[str, Any]) -> None:
    assert problems(controlnet="pose") == ["controlnet: needs an input image; give input_image"]
    assert problems(controlnet="pose", **image) == []


@pytest.mark.parametrize(
    "name",
    ["input_image", "mask_image", "video_first_frame", "video_last_frame", "input_video", "audio_reference"],
)
def test_a_file_is_given_once(name: str) -> None:
    found = video(video_audio=True, **{name: b"x", f"{name}_url": URL})
    assert found == [f"{name}: give it or {name}_url, not both"]


@pytest.mark.parametrize("other", ["input_image", "input_image_url"])
def test_an_input_image_has_one_form(other: str) -> None:
    found = problems(input_image_base64=DATA_URL, **{other: URL})
    assert found == [f"input_image: give one of {other}, input_image_base64, not several"]


@pytest.mark.parametrize("params", [PromptParams(text="x", callback="https://x/{id}"),
                                    TuneParams(name="cat", image_urls=[URL], callback="https://x/{id}?a={b}")])  # fmt: skip
def test_a_callback_is_filled_in(params: PromptParams | TuneParams) -> None:
    assert problems_of(params) == ["callback: {id} is not filled in, which the service refuses; put a value there"]


def test_a_callback_that_is_filled_in_is_taken() -> None:
    assert problems(callback="https://x/astria?user=1&sig=abc%7Bd%7D") == []


# --- videos


@pytest.mark.parametrize("media", [{}, {"video_first_frame": b"x"}, {"image_reference_urls": [URL]}, {"text": "a cat"}])
def test_video_needs_a_prompt_of_its_own_but_no_text(media: dict[str, Any]) -> None:
    assert problems_of(PromptParams(video_model="kling", video_prompt="it jumps", **media)) == []
    assert wrong(problems_of(PromptParams(video_model="kling", **media))) == ["video_prompt"]
    assert wrong(problems_of(PromptParams(video_model="kling", video_prompt=" ", **media))) == ["video_prompt"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("video_prompt", "it jumps"),
        ("video_duration", 5),
        ("video_first_frame", b"x"),
        ("video_last_frame_url", URL),
        ("image_references", [b"x"]),
        ("image_reference_urls", [URL]),
    ],
)
def test_what_belongs_to_a_video_needs_a_video_model(name: str, value: Any) -> None:
    assert problems(**{name: value}) == [f"{name}: needs video_model"]
    assert video(**{name: value}) == []
    assert problems(text="a cat --video kling", **{name: value}) == []


@pytest.mark.parametrize("duration", [-1, 0, 5, 60])
def test_how_long_video_may_be_is_its_models_to_say(duration: int) -> None:
    assert video(video_duration=duration) == []


@pytest.mark.parametrize(
    ("references", "urls", "fits"),
    [
        ([b"x", b"y"], None, True),
        ([URL, URL], None, True),
        ([URL], [URL], True),
        (None, [URL], True),
        ([DATA_URL, b"x"], None, True),
        ([b"x", URL], None, False),
        ([b"x"], [URL], False),
        ([DATA_URL, URL], None, False),
    ],
)
def test_references_are_all_files_or_all_urls(references: Any, urls: Any, fits: bool) -> None:
    found = video(image_references=references, image_reference_urls=urls)
    assert found == ([] if fits else ["image_references: give all of them as files, or all as URLs"])


@pytest.mark.parametrize("name", ["audio_reference", "audio_reference_url"])
@pytest.mark.parametrize("audio", [None, False, True])
def test_a_reference_sound_is_taken_without_video_audio(name: str, audio: bool | None) -> None:
    assert video(video_audio=audio, **{name: URL}) == []


def test_a_video_has_one_image() -> None:
    refused = ["num_images: 2 is too many for a video; give 1, or leave it out [R]"]
    assert video(num_images=2) == problems(text="a cat --video kling", num_images=2) == refused
    assert video(num_images=1) == problems(num_images=2) == []


@pytest.mark.parametrize(
    ("model", "most"),
    [("seedance2", 9), ("seedance_2_720p", 9), ("seedance25_720p", 30), ("seedance-2.5", 30), ("wan_3.0", 10),
     ("wan30_1080p", 10), ("wan_2_5", None), ("kling", None)],
)  # fmt: skip
def test_a_model_takes_so_many_references(model: str, most: int | None) -> None:
    count = 100 if most is None else most
    assert video(video_model=model, image_references=[b"x"] * count) == []
    if most is not None:
        refused = [f"image_references: {most + 1} are too many; {model} takes {most} at most [D]"]
        assert video(video_model=model, image_reference_urls=[URL] * (most + 1)) == refused


@pytest.mark.parametrize("image", [{"input_image": b"x"}, {"input_image_url": URL}, {"input_image_base64": DATA_URL}])
def test_an_input_image_may_have_an_empty_text(image: dict[str, Any]) -> None:
    assert problems(text="", **image) == []
    assert wrong(problems(text=None, **image)) == ["text"]


def test_a_seed_of_minus_one_is_as_good_as_none() -> None:
    assert problems(seed=-1) == []


@pytest.mark.parametrize("callback", ["example.com/astria", "https://", "https://[x", "", "ftp://x", Path("/a")])
def test_a_callback_that_can_never_be_called_is_refused(callback: Any) -> None:
    assert wrong(problems(callback=callback)) == ["callback"]


@pytest.mark.parametrize("model", ["kling_motion_control", "x_motion_control_pro", "wan_animate_move", "dreamactor_m2"])
def test_some_models_need_an_input_video(model: str) -> None:
    assert video(video_model=model) == [f"input_video: {model} needs one"]
    assert video(video_model=model, input_video=b"x") == video(video_model=model, input_video_url=URL) == []


@pytest.mark.parametrize("model", ["wan", "dreamactor_m3", "kling", "wan_2_animate"])
def test_other_models_need_none(model: str) -> None:
    assert video(video_model=model) == []


@pytest.mark.parametrize("frame", ["video_first_frame", "video_last_frame_url"])
@pytest.mark.parametrize(
    "reference",
    [{"image_references": [b"x"]}, {"image_reference_urls": [URL]}, {"input_video": b"x"}, {"input_video_url": URL},
     {"audio_reference_url": URL, "video_audio": True}],
    ids=lambda reference: next(iter(reference)),
)  # fmt: skip
@pytest.mark.parametrize(
    ("model", "excludes"),
    [("seedance2", True), ("seedance_2", True), ("seedance-2.5", True), ("seedance_v2_fast", True),
     ("seedance", False), ("seedance_1_5", False), ("seedance_1_pro_250528", False), ("seedance-20", True), ("seedance25_720p", True),
     ("kling_2", False)],
)  # fmt: skip
def test_seedance_2_takes_frames_or_references(
    model: str, excludes: bool, reference: dict[str, Any], frame: str
) -> None:
    name = next(iter(reference))
    found = video(video_model=model, **reference, **{frame: URL})
    assert found == ([f"{name}: {model} takes it, or first and last frames, not both"] if excludes else [])
    assert video(video_model=model, **reference) == video(video_model=model, **{frame: URL}) == []


# --- tunes and packs


@pytest.mark.parametrize("name", ["", "  ", None])
def test_a_tune_needs_the_class_of_its_subject(name: Any) -> None:
    assert tune(name=name) == ["name: it is empty; give the class of the subject, such as 'woman'"]


@pytest.mark.parametrize("images", [None, [], ()])
def test_a_tune_needs_pictures(images: Any) -> None:
    assert wrong(tune(images=images, image_urls=None)) == ["images"]
    assert tune(images=images) == tune(images=[b"x"], image_urls=None) == []


def test_one_image_is_enough_and_hundred_are_not_too_many() -> None:
    assert tune(image_urls=[URL]) == tune(image_urls=[URL] * 100) == []


def test_a_title_is_not_empty() -> None:
    assert tune(title=" ") == ["title: it is empty; leave it out for a UUID"]


def test_a_tunes_prompts_follow_the_same_rules() -> None:
    prompts = [PromptParams(text="x", lora_scale=0.8), PromptParams(num_images=9)]
    assert wrong(tune(prompts_attributes=prompts)) == ["prompts_attributes[1].num_images", "prompts_attributes[1].text"]


def test_a_loras_weight_is_a_parameter_only_there() -> None:
    assert wrong(problems(lora_scale=0.8)) == ["lora_scale"]
    run = PackRunParams(tune_ids=[1], prompt_attributes=PromptParams(lora_scale=0.8))
    assert wrong(problems_of(run)) == ["prompt_attributes.lora_scale"]


def test_pack_is_run_for_a_new_tune_or_for_others() -> None:
    assert problems_of(PackRunParams(tune_ids=[1])) == problems_of(PackRunParams(name="cat", image_urls=[URL])) == []
    assert wrong(problems_of(PackRunParams())) == ["images"]
    assert wrong(problems_of(PackRunParams(tune_ids=[1], images=[b"x"]))) == ["tune_ids"]
    assert wrong(problems_of(PackRunParams(images=[b"x"], title=" "))) == ["name", "title"]


def test_what_pack_run_changes_in_its_prompts_needs_no_text() -> None:
    params = PackRunParams(tune_ids=[1], prompt_attributes=PromptParams(num_images=9))
    assert problems_of(params) == ["prompt_attributes.num_images: 9 is outside 1 to 8"]


def test_every_problem_is_found_at_once() -> None:
    found = problems(text="", num_images=0, w=7, hires_fix=True, controlnet="pose", audio_reference=b"x")
    assert wrong(found) == ["num_images", "w", "text", "hires_fix", "controlnet"]
