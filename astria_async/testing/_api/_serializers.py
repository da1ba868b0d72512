"""How tunes and prompts look in an answer: every key of the documented shapes, in their documented types [D, R]."""

from __future__ import annotations

from typing import Any

from .. import _assumptions as assume
from .._images.image_store import number_given
from .._server.coerce import (
    as_flag,
    as_integer,
    as_number,
    as_text,
    is_blank,
    items_of,
)
from .._server.multipart import ReceivedFile
from .._store.records import StoredPrompt, StoredTune
from .._store.store import Store
from .._store.timestamps import NEVER, iso

#: Where the service's own `url` fields point [R].
SITE = "https://www.astria.ai"


def serialize_tune(tune: StoredTune, store: Store, now: int) -> dict[str, Any]:
    """A tune as it is now."""
    params, trained = tune.params, tune.ends <= now
    checkpoint = None
    has_file = tune.model_type != "faceid" and tune.family != "flux1"  # null for both [D]
    if trained and now < tune.expires and has_file and tune.key:
        checkpoint = f"{store.images_origin}/checkpoints/{tune.id}?expires={now // 1_000_000 + 3600}&signature=mock"
    return {
        "id": tune.id,
        "title": tune.title,
        "name": tune.name,
        "is_api": True,
        "token": tune.token,
        "branch": tune.branch,
        "model_type": tune.model_type,
        "base_tune_id": tune.base_tune_id,
        "steps": as_integer(params.get("steps")),
        "args": None,
        "callback": as_text(params.get("callback")),
        "face_crop": as_flag(params.get("face_crop")),
        "training_face_correct": bool(as_flag(params.get("training_face_correct"))),
        "ckpt_url": checkpoint,
        "ckpt_urls": [checkpoint] if checkpoint else [],
        "eta": iso(tune.eta),
        "started_training_at": iso(tune.starts) if tune.starts <= now else None,
        "trained_at": iso(tune.ends) if trained else None,
        "expires_at": iso(tune.expires) if trained else None,
        "created_at": iso(tune.created),
        "updated_at": iso(tune.changed(now)),
        "url": f"{SITE}/tunes/{tune.id}.json",
        "orig_images": [store.image_url(f"t{tune.id}-{index}") for index in range(number_given(tune))],
        "cost_mc": tune.cost_mc,
        "workspace_id": tune.workspace_id,
    }


def serialize_prompt(
    prompt: StoredPrompt, store: Store, now: int, expand: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """A prompt as it is now, with the keys that `expand` adds. Failed, it has a `user_error`, and `trained_at` too [V].

    Its images stay listed after they were deleted [I].
    """
    params = prompt.params
    status = prompt.status_at(now)
    ended, succeeded = status != "pending", status == "succeeded"
    images = _images(prompt, store) if succeeded else []
    types = ["video/mp4" if prompt.is_video else "image/png"] * len(images)
    is_gemini = (tune := store.gallery.get(prompt.tune_id)) is not None and tune.is_trained_at_once
    scale = as_number(params.get("cfg_scale"))
    shape = {
        "id": prompt.id,
        "tune_id": prompt.tune_id,
        "text": as_text(params.get("text")),
        "negative_prompt": as_text(params.get("negative_prompt")) or "",
        "callback": as_text(params.get("callback")),
        "cfg_scale": None if scale is None else str(scale),
        "steps": as_integer(params.get("steps")),
        "seed": prompt.seed,
        "started_training_at": iso(prompt.starts) if prompt.starts <= now else None,
        "trained_at": iso(prompt.ends) if ended else None,
        "created_at": iso(prompt.created),
        "updated_at": iso(prompt.changed(now)),
        "url": f"{SITE}/tunes/{prompt.tune_id}/prompts/{prompt.id}.json",
        "images": images,
        "content_types": types,
        "filenames": [url.rpartition("/")[2] for url in images],
        "user_error": prompt.error if ended else None,
        "cost_mc": prompt.cost_mc,
        "workspace_id": prompt.workspace_id,
        "pack_id": prompt.pack_id,
        "base_pack_id": prompt.base_pack_id,
        "order_id": prompt.order_id,
        "orig_prompt_id": prompt.orig_prompt_id,
        "super_resolution": bool(as_flag(params.get("super_resolution"))),
        "controlnet_txt2img": bool(as_flag(params.get("controlnet_txt2img"))),
        "ar": as_text(params.get("ar")) or "1:1",
        "aspect_ratio": as_text(params.get("aspect_ratio")) or "1:1",
        "resolution": as_text(params.get("resolution"))
        or (assume.GEMINI_RESOLUTION if is_gemini else assume.DEFAULT_RESOLUTION),
        "num_images": prompt.num_images,
        "denoising_strength": as_number(params.get("denoising_strength")),
        "controlnet_conditioning_scale": as_number(params.get("controlnet_conditioning_scale")),
        "image_references": _references(prompt, store),
        "input_image": _input(prompt, store, "input_image"),
        "input_video": _input(prompt, store, "input_video"),
        "mask_image": _input(prompt, store, "mask_image"),
        "style": as_text(params.get("style")),
        "w": as_integer(params.get("w")),
        "h": as_integer(params.get("h")),
        "video_model": as_text(params.get("video_model")),
        "video_prompt": as_text(params.get("video_prompt")),
        "video_duration": as_number(params.get("video_duration")),
        "liked": prompt.liked,
        "prompt_likes_count": int(prompt.liked),
    }
    if not ended and prompt.ends < NEVER:  # in flight only, while it is queued, too
        shape["progress_timing_seconds"] = (prompt.ends - prompt.starts) // 1_000_000
        shape["progress_elapsed_seconds"] = max(0, now - prompt.starts) // 1_000_000
    for name in _EXPANDED & expand:
        shape |= _EXPANSIONS[name]
    return shape


#: What `expand` adds [V]. The fake has neither debug images nor comments.
_EXPANSIONS: dict[str, dict[str, list[str]]] = {
    "debug_images": {"debug_images": [], "debug_filenames": [], "debug_content_types": []},
    "comments": {"comments": []},
}
_EXPANDED = frozenset(_EXPANSIONS)


def _images(prompt: StoredPrompt, store: Store) -> list[str]:
    places = [(prompt.id, index) for index in range(prompt.num_images)] if prompt.taken is None else [prompt.taken]
    return [store.image_url(f"p{id_}-{index}") for id_, index in places]


def _references(prompt: StoredPrompt, store: Store) -> list[str]:
    files = items_of(prompt.params.get("image_references"))
    urls = items_of(prompt.params.get("image_reference_urls"))
    return [url for url in map(as_text, urls) if url] or [
        store.image_url(f"r{prompt.id}-{index}") for index in range(len(files))
    ]


#: What the names of uploaded inputs begin with.
_LETTERS = {"input_image": "i", "input_video": "v", "mask_image": "m"}


def _input(prompt: StoredPrompt, store: Store, name: str) -> str | None:
    """The URL of an input: the one that was given, or where an upload lies."""
    sent = prompt.params.get(name)
    if isinstance(sent, ReceivedFile):
        return store.image_url(f"{_LETTERS[name]}{prompt.id}-0")
    url = prompt.params.get(f"{name}_url")
    return None if is_blank(url) else as_text(url)
