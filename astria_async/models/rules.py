"""Which parameters contradict each other, or the service's documented limits. Pure: every problem at once, as text.

Only documented hard limits stand here. A name that is merely unknown is the service's to judge: it learns new ones
every month.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

from ._base import line
from .params import PackRunParams, Params, PromptParams, TuneParams, given_in

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")  # one in a callback was answered with 422 [R]
_EXCLUSIVE_FRAMES = re.compile(r"seedance\D*2(?!\d)")  # "Seedance 2 and 2.5" [D]
_NEEDS_INPUT_VIDEO = re.compile(r".*_motion_control.*|wan_animate_.*|dreamactor_m2")  # [D]
_IMAGES = ("input_image", "input_image_url", "input_image_base64")
_FRAMES = ("video_first_frame", "video_first_frame_url", "video_last_frame", "video_last_frame_url")
_REFERENCES = (
    "image_references", "image_reference_urls", "input_video", "input_video_url", "audio_reference",
    "audio_reference_url",
)  # fmt: skip
#: What the last alternative of a declared type stands for.
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "str": ((str,), "text"),
    "bool": ((bool,), "True or False"),
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
}


def problems_of(params: Params, prefix: str = "") -> list[str]:
    """Each problem as "parameter: what is wrong, and the remedy". Empty where there is none."""
    match params:
        case TuneParams():
            found = _tune(params)
        case PackRunParams():
            found = _pack_run(params)
        case PromptParams():
            found = _prompt(params, within_a_tune=bool(prefix))
    return [prefix + problem for problem in (*_bounds(params), *found)]


def _bounds(params: Params) -> Iterator[str]:
    for spec, value in given_in(params):
        facts = spec.metadata
        if mistyped := _mistyped(str(spec.type), value):
            yield f"{spec.name}: {line(repr(value))} is not {mistyped}"
            continue
        if not facts.keys().isdisjoint(("low", "high", "multiple_of")):
            yield from _number(spec.name, value, facts)
        if facts.get("callback") and isinstance(value, str) and _PLACEHOLDER.search(value):
            yield f"{spec.name}: {_PLACEHOLDER.findall(value)[0]} is not filled in, which the service refuses"
        if "url_name" in facts and not facts["many"]:
            url_form = getattr(params, facts["url_name"])
            if url_form is not None:
                yield f"{spec.name}: give it or {facts['url_name']}, not both"


def _mistyped(declared: str, value: Any) -> str | None:
    """What the value should be, by the field's annotation, and is not; None where it is, or where others look at it."""
    kinds, what = _KINDS.get(declared.removesuffix(" | None").rpartition(" | ")[2], ((object,), ""))
    return None if isinstance(value, kinds) and not (isinstance(value, bool) and int in kinds) else what


def _number(name: str, value: Any, facts: Any) -> Iterator[str]:
    low, high, step = facts.get("low", 0), facts.get("high"), facts.get("multiple_of")
    if isinstance(value, float) and not isfinite(value):
        yield f"{name}: {value!r} is not a number"
    elif value < low or (high is not None and value > high):
        yield (
            f"{name}: {value!r} is outside {low} to {high}" if high is not None else f"{name}: {value!r} is below {low}"
        )
    elif step and value % step:
        yield f"{name}: {value!r} is not a multiple of {step}; {round(value / step) * step or step} is"


def _tune(params: TuneParams) -> Iterator[str]:
    if _blank(params.name):
        yield "name: it is empty; give the class of the subject, such as 'woman'"
    if params.title is not None and _blank(params.title):
        yield "title: it is empty; leave it out for a UUID"
    if not params.images and not params.image_urls:
        yield "images: a tune needs pictures; give files in images, or URLs in image_urls"
    for index, prompt in enumerate(_items(params.prompts_attributes)):
        if isinstance(prompt, PromptParams):
            yield from problems_of(prompt, f"prompts_attributes[{index}].")


def _pack_run(params: PackRunParams) -> Iterator[str]:
    pictures = params.images or params.image_urls
    if params.tune_ids and pictures:
        yield "tune_ids: give them, or pictures for a new tune, not both"
    elif not params.tune_ids and not pictures:
        yield "images: a new tune needs pictures; or give tune_ids to run the pack for tunes that exist"
    elif pictures and _blank(params.name):
        yield "name: a new tune needs the class of its subject, such as 'woman'"
    if params.title is not None and _blank(params.title):
        yield "title: it is empty; leave it out for a UUID"
    if isinstance(params.prompt_attributes, PromptParams):
        yield from (f"prompt_attributes.{problem}" for problem in _bounds(params.prompt_attributes))


def _prompt(params: PromptParams, *, within_a_tune: bool) -> Iterator[str]:
    def given(*names: str) -> list[str]:
        return [name for name in names if getattr(params, name) is not None]

    model = params.video_model if isinstance(params.video_model, str) else ""
    if params.video_model is None:
        if _blank(params.text):
            yield "text: a picture needs one; give what to draw, and mention the tune in it"
        elif "--video" in str(params.text):
            return  # the older form, read by the server: what it needs is not documented
        for name in given("video_prompt", "video_duration", *_FRAMES, "image_references", "image_reference_urls"):
            yield f"{name}: needs video_model"
    elif _blank(params.video_prompt):
        yield "video_prompt: a video needs one; say what happens in it"
    if _NEEDS_INPUT_VIDEO.fullmatch(model) and not given("input_video", "input_video_url"):
        yield f"input_video: {model} needs one"
    if params.lora_scale is not None and not within_a_tune:
        yield "lora_scale: only in a tune's prompts_attributes; elsewhere the text says it: tune.mention(0.8)"
    for name in ("inpaint_faces", "hires_fix"):
        if getattr(params, name) and not params.super_resolution:
            yield f"{name}: needs super_resolution=True"
    if params.controlnet is not None and not given(*_IMAGES):
        yield "controlnet: needs an input image; give input_image"
    if len(given(*_IMAGES)) > 1 and given("input_image", "input_image_url") != list(_IMAGES[:2]):
        yield f"input_image: give one of {', '.join(given(*_IMAGES))}, not several"
    forms = {isinstance(item, str) and item.lower().startswith("http") for item in _items(params.image_references)}
    if len(forms | ({True} if params.image_reference_urls else set())) > 1:
        yield "image_references: give all of them as files, or all as URLs"
    if given("audio_reference", "audio_reference_url") and not params.video_audio:
        yield "audio_reference: needs video_audio=True"
    if _EXCLUSIVE_FRAMES.search(model) and given(*_FRAMES):
        for name in given(*_REFERENCES):
            yield f"{name}: {model} takes it, or first and last frames, not both"


def _blank(text: object) -> bool:
    """Whether a text is missing or empty; what is no text is told elsewhere."""
    return text is None or (isinstance(text, str) and not text.strip())


def _items(values: object) -> Sequence[object]:
    """The items of a list or tuple; whoever builds the request refuses what is neither."""
    return values if isinstance(values, (list, tuple)) else ()
