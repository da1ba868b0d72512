"""Which prompts the service refuses with 422: documented limits, and what users recorded [D, R].

The words of a message are the service's where they are known (`_assumptions`), else ours [I].
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .. import _assumptions as assume
from .._server.coerce import as_flag, as_integer, as_number, as_text, is_blank, is_url, items_of
from .._server.multipart import ReceivedFile
from .._store.records import StoredTune, is_video
from .problems import Problems, check_callback, check_number

_LORA_OR_FACE = re.compile(r"<(lora|faceid):[^<>:]+:[\d.]+>")
_INPUT_IMAGES = ("input_image", "input_image_url", "input_image_base64")
_FRAMES = ("video_first_frame", "video_first_frame_url", "video_last_frame", "video_last_frame_url")
_REFERENCES = ("image_references", "image_reference_urls")
_EXCLUDED_BY_FRAMES = (
    *_REFERENCES, "input_video", "input_video_url", "audio_reference", "audio_reference_url",
)  # fmt: skip
#: The parameters that are files.
FILES = frozenset(
    {"input_image", "mask_image", "video_first_frame", "video_last_frame", "input_video", "audio_reference", "file"}
)
_URLS = (
    "input_image_url", "mask_image_url", "video_first_frame_url", "video_last_frame_url", "source_image_url",
    "input_video_url", "audio_reference_url",
)  # fmt: skip


def problems_of_prompt(params: Mapping[str, Any], tune: StoredTune, *, within_a_tune: bool = False) -> Problems:
    """What is wrong with a new prompt on a tune. `within_a_tune`: it is one of a new tune's `prompts_attributes`."""
    problems = Problems()
    if is_video(params):
        _check_video(params, problems)
    else:
        _check_text(params, tune, problems)
        if _has_any(params, *_REFERENCES):
            problems.add("image_references", "are only supported on video prompts")
    for name, low, high, whole in assume.PROMPT_NUMBERS:
        if name in params:
            check_number(params, name, low, high, whole, problems)
    if tune.is_flux:
        if (as_number(params.get("cfg_scale")) or 0) >= assume.FLUX_CFG_SCALE:
            problems.add("cfg_scale", f"must be less than {assume.FLUX_CFG_SCALE}")
        if not is_blank(params.get("negative_prompt")):
            problems.add("negative_prompt", "is not supported for flux")
    for name in ("w", "h"):
        if (as_integer(params.get(name)) or 0) % 8:
            problems.add(name, "must be a multiple of 8")
    for name in ("inpaint_faces", "hires_fix"):
        if as_flag(params.get(name)) and not as_flag(params.get("super_resolution")):
            problems.add(name, "requires super_resolution")
    if not is_blank(params.get("controlnet")) and not _has_any(params, *_INPUT_IMAGES):
        problems.add("controlnet", "requires an input image")
    if not within_a_tune and not is_blank(params.get("lora_scale")):
        problems.add("lora_scale", "is only supported in prompts_attributes of a tune")
    _check_inputs(params, problems)
    check_callback(params, problems)
    return problems


def _check_text(params: Mapping[str, Any], tune: StoredTune, problems: Problems) -> None:
    """A text, but for an input image, which can be upscaled without one [V]; on a Flux tune it has to name the tune."""
    text = as_text(params.get("text")) or ""
    if not text.strip():
        if not _has_any(params, *_INPUT_IMAGES):
            problems.add("text", "can't be blank")
    elif tune.is_flux and tune.key:
        phrase = f"{tune.token} {tune.name}"
        if phrase.lower() not in text.lower() and not _LORA_OR_FACE.search(text):
            problems.add("text", f"must include `{phrase}`")


def _check_video(params: Mapping[str, Any], problems: Problems) -> None:
    if (as_integer(params.get("num_images")) or 1) > 1:
        problems.add("num_images", assume.ONE_VIDEO)
    model = as_text(params.get("video_model")) or ""
    if not model:
        return  # the older form: what stands in the text is read by the server, and not documented
    if is_blank(as_text(params.get("video_prompt"))):
        problems.add("video_prompt", "can't be blank")
    if re.fullmatch(assume.NEEDS_INPUT_VIDEO, model) and not _has_any(params, "input_video", "input_video_url"):
        problems.add("input_video", f"is required for {model}")
    if re.search(assume.EXCLUSIVE_FRAMES, model) and _has_any(params, *_FRAMES):
        for name in _EXCLUDED_BY_FRAMES:
            if _has_any(params, name):
                problems.add(name, f"cannot be combined with a first or last frame on {model}")
    most = next((most for pattern, most in assume.MAX_REFERENCES if re.search(pattern, model)), None)
    if most is not None and sum(len(items_of(params.get(name))) for name in _REFERENCES) > most:
        problems.add("image_references", f"is too long (maximum is {most})")


def _check_inputs(params: Mapping[str, Any], problems: Problems) -> None:
    """Files are files, and URLs are URLs."""
    for name in _URLS:
        if _has_any(params, name) and not is_url(params[name]):
            problems.add(name, "is invalid")
    for name in sorted(FILES.intersection(params)):
        if _has_any(params, name) and not isinstance(params[name], ReceivedFile):
            problems.add(name, "is invalid")
    if not all(isinstance(item, ReceivedFile) for item in items_of(params.get("image_references"))):
        problems.add("image_references", "is invalid")
    if not all(map(is_url, items_of(params.get("image_reference_urls")))):
        problems.add("image_reference_urls", "is invalid")


def _has_any(params: Mapping[str, Any], *names: str) -> bool:
    return any(not is_blank(params.get(name)) for name in names)
