"""The check of parameters before they are sent: their kinds, their ranges, and what contradicts what. Pure.

Only documented hard limits stand here. A name that is merely unknown is the service's to judge: it learns new ones
every month.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from math import isfinite
from typing import Any

from attrs import field, frozen

from ...errors import ParameterError
from .._base import line
from .fields import Kind, Parameter, parameters_of
from .params import PackRunParams, Params, PromptParams, TuneParams
from .scalars import as_list, shown

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")  # one in a callback was answered with 422 [R]
#: "Seedance 2 and 2.5" [D]; the vendor's default is called seedance25_720p [V].
_SEEDANCE_2 = re.compile(r"seedance\D*2(?:[._-]?0)?(?!\d)", re.IGNORECASE)
_SEEDANCE_25 = re.compile(r"seedance\D*2[._-]?5(?!\d)", re.IGNORECASE)
_WAN_3 = re.compile(r"wan\D*3(?:[._-]?0)?(?!\d)", re.IGNORECASE)
_MOST_REFERENCES = ((_SEEDANCE_25, 30), (_SEEDANCE_2, 9), (_WAN_3, 10))  # [D]
_NEEDS_INPUT_VIDEO = re.compile(r".*_motion_control.*|wan_animate_.*|dreamactor_m2", re.IGNORECASE)  # [D]
_IMAGES = ("input_image", "input_image_url", "input_image_base64")
_FRAMES = ("video_first_frame", "video_first_frame_url", "video_last_frame", "video_last_frame_url")
_REFERENCES = (
    "image_references", "image_reference_urls", "input_video", "input_video_url", "audio_reference",
    "audio_reference_url",
)  # fmt: skip
_OF_A_VIDEO = ("video_prompt", "video_duration", *_FRAMES, "image_references", "image_reference_urls")


@frozen
class Checked:
    """What came of a check. `problems` is one line each: the parameter, what is wrong, and the remedy."""

    values: dict[str, Any]  # as they are sent
    rest: list[tuple[Parameter, Any]]  # files, as they were given, and prompts, each checked: still to be encoded
    problems: list[str]
    prefix: str = field(default="")


def check(params: Params, prefix: str = "", *, validate: bool = True, partial: bool = False) -> Checked:
    """One walk over the parameters. `prefix` is what stands before their names in a problem.

    `validate=False` leaves out kinds, ranges and rules, and still converts what can be converted. `partial` is for
    changes to what exists: they are checked one by one, and not for what is missing.
    """
    kind: Any = type(params)
    parameters = parameters_of(kind)
    values: dict[str, Any] = {}
    rest: list[tuple[Parameter, Any]] = []
    problems: list[str] = []
    for name, value in vars(params).items():
        if value is None or name not in parameters:  # a subclass may keep something of its own there
            continue
        parameter = parameters[name]
        low = parameter.low
        if type(value) is parameter.exact and (low is None or low <= value <= parameter.high):  # type: ignore[operator]
            values[name] = value
        elif parameter.convert is None:
            rest += ((parameter, value),)
        else:
            values[name] = _converted(parameter, value, prefix, problems if validate else None)
    if validate and not partial:
        given = {**values, **{parameter.name: value for parameter, value in rest}} if rest else values
        if found := _contradictions(params, given, within_a_tune=bool(prefix)):
            problems += [prefix + problem for problem in found]
        if rest:
            problems += _given_twice(rest, given, prefix)
    if rest:
        rest = [(parameter, _with_prompts(parameter, value, prefix, validate, problems)) for parameter, value in rest]
    if "model_type" in values and values["model_type"] == "checkpoint":
        values["model_type"] = None  # what the service calls it
    return Checked(values, rest, problems, prefix)


def _converted(parameter: Parameter, value: Any, prefix: str, problems: list[str] | None) -> Any:
    """The value as it is sent. Of the wrong kind, it is a problem, and a stand-in serves the other rules.

    Without `problems` it is not judged: what cannot be converted is sent as it is.
    """
    convert, label = parameter.convert, prefix + parameter.name
    assert convert is not None  # the caller looked
    try:
        if parameter.kind is Kind.CALLBACK and isinstance(value, str) and (hole := _PLACEHOLDER.search(value)):
            raise ParameterError(f"{label}: {hole[0]} is not filled in, which the service refuses; put a value there")
        converted = convert(value, label)
    except ParameterError as error:
        if problems is None:
            return value
        problems.extend(error.problems)
        return parameter.stand_in
    if problems is not None and (problem := _out_of_range(parameter, converted)):
        problems.append(f"{label}: {problem}")
    return converted


def _out_of_range(parameter: Parameter, value: Any) -> str | None:
    low, high, step = parameter.low, parameter.high, parameter.multiple_of
    if low is None or high is None:
        return None
    if isinstance(value, float) and not isfinite(value):
        return f"{value!r} is not a number; give a finite one"
    if value < low or value > high:
        return (
            f"{shown(value)} is below {low}"
            if high == sys.maxsize and value < low
            else f"{shown(value)} is outside {low} to {high}"
        )
    if step and value % step:
        return f"{value!r} is not a multiple of {step}; {round(value / step) * step or step} is"
    return None


def _given_twice(rest: list[tuple[Parameter, Any]], given: Mapping[str, Any], prefix: str) -> list[str]:
    return [
        f"{prefix}{parameter.name}: give it or {parameter.url_name}, not both"
        for parameter, _ in rest
        if parameter.kind is Kind.FILE and parameter.url_name in given
    ]


def _with_prompts(parameter: Parameter, value: Any, prefix: str, validate: bool, problems: list[str]) -> Any:
    """Prompts as what came of their own check; files as they are."""
    label = prefix + parameter.name
    if parameter.kind is Kind.PROMPT:
        return _nested(value, label, validate, problems, partial=True)
    if parameter.kind is not Kind.PROMPTS:
        return value
    try:
        prompts = as_list(value, label, "prompts")
    except ParameterError as error:
        problems.extend(error.problems)
        return []
    return [_nested(prompt, f"{label}[{number}]", validate, problems) for number, prompt in enumerate(prompts)]


def _nested(prompt: Any, label: str, validate: bool, problems: list[str], *, partial: bool = False) -> Checked:
    if not isinstance(prompt, PromptParams):
        problems.append(f"{label}: {type(prompt).__name__} is not a prompt; pass PromptParams(...)")
        return Checked({}, [], [])
    checked = check(prompt, f"{label}.", validate=validate, partial=partial)
    if partial and validate and prompt.lora_scale is not None:
        problems.append(f"{label}.lora_scale: it is for prompts_attributes alone; leave it out")
    problems += checked.problems
    return checked


def _contradictions(params: Params, given: Mapping[str, Any], *, within_a_tune: bool) -> list[str]:
    if isinstance(params, PromptParams):
        return _of_prompt(given, within_a_tune=within_a_tune)
    return _of_tune(params, given) if isinstance(params, TuneParams) else _of_pack_run(params, given)


def _of_tune(params: TuneParams, given: Mapping[str, Any]) -> list[str]:
    problems = []
    if _blank(given, "name"):
        problems.append("name: it is empty; give the class of the subject, such as 'woman'")
    if "title" in given and _blank(given, "title"):
        problems.append("title: it is empty; leave it out for a UUID")
    if _empty(params.images) and _empty(params.image_urls):
        problems.append("images: a tune needs images; give files in images, or URLs in image_urls")
    return problems


def _of_pack_run(params: PackRunParams, given: Mapping[str, Any]) -> list[str]:
    problems = []
    has_images, has_tunes = not (_empty(params.images) and _empty(params.image_urls)), not _empty(params.tune_ids)
    if has_tunes and has_images:
        problems.append("tune_ids: give them, or images for a new tune, not both")
    elif not has_tunes and not has_images:
        problems.append("images: a new tune needs images; or give tune_ids to run the pack for tunes that exist")
    elif has_images and _blank(given, "name"):
        problems.append("name: a new tune needs the class of its subject, such as 'woman'")
    if "title" in given and _blank(given, "title"):
        problems.append("title: it is empty; leave it out for a UUID")
    return problems


def _of_prompt(given: Mapping[str, Any], *, within_a_tune: bool) -> list[str]:
    """Membership tests and loops rather than calls: this runs for every prompt."""
    problems: list[str] = []
    images: list[str] = []
    for name in _IMAGES:
        if name in given:
            images += (name,)
    text = given.get("text")
    in_text = text is not None and "--video" in text  # the older form, read by the server
    if "video_model" in given:
        problems += _of_video(given)
    elif not in_text:
        if (text is None or not text or text.isspace()) and not (text is not None and images):
            # "" beside an input image is taken: it is how an image is enlarged [V].
            problems.append("text: an image needs one; give what to draw, or '' with an input_image")
        for name in _OF_A_VIDEO:
            if name in given:
                problems += (f"{name}: needs video_model",)
    if "num_images" in given and given["num_images"] > 1 and ("video_model" in given or in_text):
        problems.append(f"num_images: {given['num_images']} is too many for a video; give 1, or leave it out [R]")
    if "lora_scale" in given and not within_a_tune:
        problems.append(
            "lora_scale: only in a tune's prompts_attributes; elsewhere write it in the text, as <lora:ID:0.8>"
        )
    for name in ("inpaint_faces", "hires_fix"):
        if name in given and given[name] and not given.get("super_resolution"):
            problems.append(f"{name}: needs super_resolution=True")
    if "controlnet" in given and not images:
        problems.append("controlnet: needs an input image; give input_image")
    if (
        images and len(images) > 1 and images != ["input_image", "input_image_url"]
    ):  # these two are told of with all files
        problems.append(f"input_image: give one of {', '.join(images)}, not several")
    return problems


def _of_video(given: Mapping[str, Any]) -> list[str]:
    problems: list[str] = []
    model = given["video_model"]
    if _blank(given, "video_prompt"):
        problems.append("video_prompt: a video needs one; say what happens in it")
    if _NEEDS_INPUT_VIDEO.fullmatch(model) and "input_video" not in given and "input_video_url" not in given:
        problems.append(f"input_video: {line(model)} needs one")
    files, urls = _items(given.get("image_references")), _items(given.get("image_reference_urls"))
    forms = {isinstance(item, str) and item.lstrip()[:4].lower() == "http" for item in files}
    if len(forms | ({True} if urls else set())) > 1:
        problems.append("image_references: give all of them as files, or all as URLs")
    most = next((most for pattern, most in _MOST_REFERENCES if pattern.search(model)), None)
    if most is not None and len(files) + len(urls) > most:
        count = len(files) + len(urls)
        problems.append(f"image_references: {count} are too many; {line(model)} takes {most} at most [D]")
    if any(name in given for name in _FRAMES) and (_SEEDANCE_2.search(model) or _SEEDANCE_25.search(model)):
        problems += [
            f"{name}: {line(model)} takes it, or first and last frames, not both"
            for name in _REFERENCES
            if name in given
        ]
    return problems


def _blank(given: Mapping[str, Any], name: str) -> bool:
    """True for a text that is missing or empty."""
    text = given.get(name)
    return text is None or not str(text).strip()


def _empty(values: Any) -> bool:
    """True for None and for an empty list. What is not a list is refused by another check."""
    return values is None or (hasattr(values, "__len__") and len(values) == 0)


def _items(values: Any) -> list[Any] | tuple[Any, ...]:
    return values if isinstance(values, (list, tuple)) else ()
