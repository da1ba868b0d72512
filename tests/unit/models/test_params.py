"""The parameter classes: values that know their own encodings, and the keywords generated from them."""

from __future__ import annotations

import typing
from typing import Any

import attrs
import pytest

from astria_async.models import PackRunParams, PromptParams, TuneParams
from astria_async.models.parameters import keywords

CLASSES = [TuneParams, PromptParams, PackRunParams]

#: Section 3 of the facts: every documented parameter of a prompt.
PROMPT = """
    text negative_prompt callback workspace_id community theme prompt_expansion
    num_images seed steps cfg_scale scheduler use_lpw backend_version
    aspect_ratio ar resolution w h
    super_resolution inpaint_faces hires_fix face_correct face_swap style color_grading film_grain
    controlnet denoising_strength controlnet_conditioning_scale controlnet_txt2img
    input_image input_image_url input_image_base64 mask_image mask_image_url
    pack_id base_pack_id
    video_model video_prompt video_duration image_references image_reference_urls video_first_frame
    video_first_frame_url video_last_frame video_last_frame_url source_image_url input_video input_video_url
    audio_reference audio_reference_url video_audio video_upscale_model video_upscale_target_resolution video_fps_model
    lora_scale
"""
#: Section 2: those of a tune.
TUNE = """
    name title images image_urls image_captions callback branch steps token face_crop training_face_correct
    base_tune_id model_type auto_extend preset characteristics prompts_attributes
"""


def names_of(params: Any) -> set[str]:
    return {spec.name for spec in attrs.fields(params)}


@pytest.mark.parametrize(("params", "documented"), [(PromptParams, PROMPT), (TuneParams, TUNE)])
def test_every_documented_parameter_is_there(params: Any, documented: str) -> None:
    assert names_of(params) == {*documented.split()}


@pytest.mark.parametrize("params", CLASSES)
def test_a_file_has_a_parameter_for_its_url(params: Any) -> None:
    for spec in attrs.fields(params):
        url_name = spec.metadata.get("url_name")
        assert url_name is None or url_name in names_of(params)
        assert ("FileInput" in str(spec.type)) is (url_name is not None)


@pytest.mark.parametrize("params", CLASSES)
def test_every_parameter_is_explained(params: Any) -> None:
    for spec in attrs.fields(params):
        assert spec.metadata["doc"].endswith((".", "...")), spec.name


@pytest.mark.parametrize("params", CLASSES)
def test_the_keywords_are_the_classs(params: Any) -> None:
    written = getattr(keywords, params.__name__.replace("Params", "Keywords"))
    assert written.__annotations__.keys() == names_of(params)
    required = {spec.name for spec in attrs.fields(params) if spec.default is attrs.NOTHING}
    assert {name for name, kind in written.__annotations__.items() if "Required[" in str(kind)} == required
    assert typing.get_type_hints(written) == typing.get_type_hints(params)


def test_parameters_are_values() -> None:
    assert TuneParams(name="cat", images=[b"x"]) == TuneParams(name="cat", images=[b"x"])
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        PromptParams(text="a").text = "b"  # type: ignore[misc]


def test_a_misspelt_parameter_is_refused() -> None:
    with pytest.raises(TypeError, match="num_image"):
        PromptParams(text="a", num_image=1)  # type: ignore[call-arg]


def test_a_generator_is_kept_as_what_it_gave() -> None:
    params = TuneParams(name="cat", images=(image for image in [b"x", b"y"]))  # type: ignore[arg-type]
    assert params.images == (b"x", b"y")
    assert TuneParams(name="cat", images=[b"x"]).images == [b"x"]
