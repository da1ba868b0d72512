"""What the service refuses with 422: documented limits, and what users recorded [D, R]. The messages' words are ours [I]."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._server.coerce import (
    as_flag,
    as_integer,
    as_number,
    as_text,
    is_blank,
    is_url,
    items_of,
)
from .._server.multipart import ReceivedFile
from .._store.records import StoredTune

#: More images are refused [R].
MAX_IMAGES = 50

#: (name, lowest, highest, whole number) [D].
_PROMPT_NUMBERS: tuple[tuple[str, float, float, bool], ...] = (
    ("num_images", 1, 8, True),
    ("seed", 0, 2**32, True),
    ("steps", 0, 50, True),
    ("cfg_scale", 0, 15, False),
    ("denoising_strength", 0, 1, False),
    ("controlnet_conditioning_scale", 0, 1, False),
    ("w", 8, 8192, True),
    ("h", 8, 8192, True),
)
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_MENTION = re.compile(r"<(lora|faceid):\d+:[\d.]+>")
_INPUT_IMAGES = ("input_image", "input_image_url", "input_image_base64")
#: The parameters that are files.
FILES = frozenset(
    {"input_image", "mask_image", "video_first_frame", "video_last_frame", "input_video", "audio_reference", "file"}
)
_URLS = (
    "input_image_url", "mask_image_url", "video_first_frame_url", "video_last_frame_url", "source_image_url",
    "input_video_url", "audio_reference_url",
)  # fmt: skip


class Problems(dict[str, list[str]]):
    """Parameters with what is wrong with each."""

    def add(self, name: str, message: str) -> None:
        self.setdefault(name, []).append(message)


def problems_of_tune(params: Mapping[str, Any]) -> Problems:
    """What is wrong with a new tune."""
    found = Problems()
    if is_blank(as_text(params.get("name"))):
        found.add("name", "can't be blank")
    images = [item for item in _list(params.get("images"), "images", found) if not _is_caption(item)]
    urls = _list(params.get("image_urls"), "image_urls", found)
    if not images and not urls:
        found.add("images", "can't be blank")
    if len(images) + len(urls) > MAX_IMAGES:
        found.add("images", f"is too long (maximum is {MAX_IMAGES})")
    if not all(isinstance(item, ReceivedFile) for item in images):
        found.add("images", "is invalid")
    if not all(map(is_url, urls)):
        found.add("image_urls", "is invalid")
    for name in ("steps", "base_tune_id"):
        _check_number(params, name, 1, 2**62, True, found)
    _check_callback(params, found)
    return found


def problems_of_prompt(params: Mapping[str, Any], tune: StoredTune) -> Problems:
    """What is wrong with a new prompt for a tune."""
    found = Problems()
    text = as_text(params.get("text")) or ""
    if is_blank(params.get("video_model")):
        if not text.strip():
            found.add("text", "can't be blank")
        elif tune.is_flux and tune.key:
            _check_mention(text, tune, found)
    for name, low, high, whole in _PROMPT_NUMBERS:
        if name in params:
            _check_number(params, name, low, high, whole, found)
    if tune.is_flux:
        if (as_number(params.get("cfg_scale")) or 0) >= 5:
            found.add("cfg_scale", "must be less than 5")
        if not is_blank(params.get("negative_prompt")):
            found.add("negative_prompt", "is not supported for flux")
    for name in ("w", "h"):
        if (as_integer(params.get(name)) or 0) % 8:
            found.add(name, "must be a multiple of 8")
    for name in ("inpaint_faces", "hires_fix"):
        if as_flag(params.get(name)) and not as_flag(params.get("super_resolution")):
            found.add(name, "requires super_resolution")
    if not is_blank(params.get("controlnet")) and all(is_blank(params.get(name)) for name in _INPUT_IMAGES):
        found.add("controlnet", "requires an input image")
    for name in _URLS:
        if name in params and not is_blank(params[name]) and not is_url(params[name]):
            found.add(name, "is invalid")
    for name in FILES.intersection(params):
        if not is_blank(params[name]) and not isinstance(params[name], ReceivedFile):
            found.add(name, "is invalid")
    if not all(isinstance(item, ReceivedFile) for item in items_of(params.get("image_references"))):
        found.add("image_references", "is invalid")
    if not all(map(is_url, items_of(params.get("image_reference_urls")))):
        found.add("image_reference_urls", "is invalid")
    _check_callback(params, found)
    return found


def _check_mention(text: str, tune: StoredTune, found: Problems) -> None:
    """A Flux tune's text has to name it: by its token and class, or as a LoRA."""
    phrase = f"{tune.token} {tune.name}"
    if phrase.lower() not in text.lower() and not _MENTION.search(text):
        found.add("text", f"must include `{phrase}`")


def _check_number(params: Mapping[str, Any], name: str, low: float, high: float, whole: bool, found: Problems) -> None:
    value = params.get(name)
    if is_blank(value):
        return
    number = as_number(value)
    if number is None:
        found.add(name, "is not a number")
    elif whole and as_integer(value) is None:
        found.add(name, "must be an integer")
    elif number < low:
        found.add(name, f"must be greater than or equal to {low}")
    elif number > high:
        found.add(name, f"must be less than or equal to {high}")


def _check_callback(params: Mapping[str, Any], found: Problems) -> None:
    """A URL, in which no placeholder was left [R]."""
    callback = params.get("callback")
    if not is_blank(callback) and (not is_url(callback) or _PLACEHOLDER.search(str(callback))):
        found.add("callback", "is invalid")


def _list(value: object, name: str, found: Problems) -> list[Any]:
    """The items of a list. What came with an index (`images[0]`) is a mapping, which Rails does not take for one."""
    if not isinstance(value, list):
        if not is_blank(value):
            found.add(name, "is invalid")
        return []
    return [item for item in value if not is_blank(item)]


def _is_caption(item: object) -> bool:
    """A text beside the images describes one of them [V]."""
    return isinstance(item, ReceivedFile) and item.name.lower().endswith(".txt")
