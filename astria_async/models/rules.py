"""Which parameters contradict each other, or the service's documented limits. Pure: every problem at once, as text.

Only documented hard limits stand here. A name that is merely unknown is the service's to judge: it learns new ones
every month.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isfinite
from typing import TYPE_CHECKING, Any

import attrs

from .params import PromptParams, TuneParams

if TYPE_CHECKING:
    from typing import TypeAlias

    Params: TypeAlias = TuneParams | PromptParams

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")  # one in a callback was answered with 422 [R]
_EXCLUSIVE_FRAMES = re.compile(r"seedance.*2")  # "Seedance 2 and 2.5" [D]
_IMAGES = ("input_image", "input_image_url", "input_image_base64")
_FRAMES = ("video_first_frame", "video_first_frame_url", "video_last_frame", "video_last_frame_url")
_REFERENCES = (
    "image_references", "image_reference_urls", "input_video", "input_video_url", "audio_reference",
    "audio_reference_url",
)  # fmt: skip


def problems_of(params: Params, prefix: str = "") -> list[str]:
    """Each problem as "parameter: what is wrong, and the remedy". Empty where there is none."""
    found = [*_bounds(params), *(_tune(params) if isinstance(params, TuneParams) else _prompt(params))]
    return [prefix + problem for problem in found]


def _bounds(params: Params) -> Iterator[str]:
    for spec in attrs.fields(type(params)):
        value, facts = getattr(params, spec.name), spec.metadata
        if value is None:
            continue
        if not facts.keys().isdisjoint(("low", "high", "multiple_of")):
            yield from _number(spec.name, value, facts)
        if facts.get("callback") and isinstance(value, str) and _PLACEHOLDER.search(value):
            yield f"{spec.name}: {_PLACEHOLDER.findall(value)[0]} is not filled in, which the service refuses"
        if "url_name" in facts and not facts["many"]:
            url_form = getattr(params, facts["url_name"])
            if url_form is not None:
                yield f"{spec.name}: give it or {facts['url_name']}, not both"


def _number(name: str, value: Any, facts: Any) -> Iterator[str]:
    low, high, step = facts.get("low", 0), facts.get("high"), facts.get("multiple_of")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        yield f"{name}: {value!r} is not a number"
    elif value < low or (high is not None and value > high):
        yield (
            f"{name}: {value!r} is outside {low} to {high}" if high is not None else f"{name}: {value!r} is below {low}"
        )
    elif step and value % step:
        yield f"{name}: {value!r} is not a multiple of {step}; {round(value / step) * step or step} is"


def _tune(params: TuneParams) -> Iterator[str]:
    if not isinstance(params.name, str) or not params.name.strip():
        yield "name: it is empty; give the class of the subject, such as 'woman'"
    if params.title is not None and not params.title.strip():
        yield "title: it is empty; leave it out for a UUID"
    if not params.images and not params.image_urls:
        yield "images: a tune needs pictures; give files in images, or URLs in image_urls"
    for index, prompt in enumerate(params.prompts_attributes or ()):
        yield from problems_of(prompt, f"prompts_attributes[{index}].")


def _prompt(params: PromptParams) -> Iterator[str]:
    def given(*names: str) -> list[str]:
        return [name for name in names if getattr(params, name) is not None]

    if params.video_model is None:
        if not (params.text or "").strip():
            yield "text: a picture needs one; give what to draw, and mention the tune in it"
        for name in given("video_prompt", "video_duration", *_FRAMES, "image_references", "image_reference_urls"):
            yield f"{name}: needs video_model"
    elif not (params.video_prompt or "").strip():
        yield "video_prompt: a video needs one; say what happens in it"
    for name in ("inpaint_faces", "hires_fix"):
        if getattr(params, name) and not params.super_resolution:
            yield f"{name}: needs super_resolution=True"
    if params.controlnet is not None and not given(*_IMAGES):
        yield "controlnet: needs an input image; give input_image"
    if len(given(*_IMAGES)) > 1 and not given("input_image", "input_image_url") == list(_IMAGES[:2]):
        yield f"input_image: give one of {', '.join(given(*_IMAGES))}, not several"
    forms = {isinstance(item, str) and item.lower().startswith("http") for item in params.image_references or ()}
    if len(forms | ({True} if params.image_reference_urls else set())) > 1:
        yield "image_references: give all of them as files, or all as URLs"
    if given("audio_reference", "audio_reference_url") and not params.video_audio:
        yield "audio_reference: needs video_audio=True"
    if params.video_model and _EXCLUSIVE_FRAMES.search(params.video_model) and given(*_FRAMES):
        for name in given(*_REFERENCES):
            yield f"{name}: {params.video_model} takes it, or first and last frames, not both"
