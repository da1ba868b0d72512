"""How tunes and prompts look in an answer: every key of the documented shapes, in their documented types [D, R]."""

from __future__ import annotations

from typing import Any

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
from .._store.timestamps import iso

#: Where the service's own `url` fields point [R].
SITE = "https://www.astria.ai"


def serialize_tune(tune: StoredTune, store: Store, now: int) -> dict[str, Any]:
    """A tune as it is now."""
    params, trained = tune.params, tune.ends <= now
    checkpoint = None
    if trained and now < tune.expires and not tune.is_flux and tune.key:  # null for a LoRA of Flux
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
        "eta": None if trained else iso(tune.ends),
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
    """A prompt as it is now, with the keys that `expand` adds. Failed, it has a `user_error` and no `trained_at` [I].

    Its images stay listed after they were deleted [I].
    """
    params = prompt.params
    status = prompt.status_at(now)
    ended, succeeded = status != "pending", status == "succeeded"
    images = _images(prompt, store) if succeeded else []
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
        "trained_at": iso(prompt.ends) if succeeded else None,
        "created_at": iso(prompt.created),
        "updated_at": iso(prompt.changed(now)),
        "url": f"{SITE}/tunes/{prompt.tune_id}/prompts/{prompt.id}.json",
        "images": images,
        "content_types": ["video/mp4" if prompt.is_video else "image/png"] * len(images),
        "user_error": prompt.error if ended else None,
        "cost_mc": prompt.cost_mc,
        "workspace_id": prompt.workspace_id,
        "pack_id": as_integer(params.get("pack_id")),
        "base_pack_id": as_integer(params.get("base_pack_id")),
        "order_id": prompt.order_id,
        "orig_prompt_id": prompt.orig_prompt_id,
        "super_resolution": bool(as_flag(params.get("super_resolution"))),
        "controlnet_txt2img": bool(as_flag(params.get("controlnet_txt2img"))),
        "ar": as_text(params.get("ar")) or "1:1",
        "aspect_ratio": as_text(params.get("aspect_ratio")) or "1:1",
        "resolution": as_text(params.get("resolution")) or "1K",
        "num_images": prompt.num_images,
        "denoising_strength": as_number(params.get("denoising_strength")),
        "controlnet_conditioning_scale": as_number(params.get("controlnet_conditioning_scale")),
        "image_references": _references(prompt, store),
        "input_image": _input(prompt, store, "input_image"),
        "input_video": _input(prompt, store, "input_video"),
    }
    if prompt.starts <= now and not ended:
        shape["progress_timing_seconds"] = (prompt.ends - prompt.starts) // 1_000_000
        shape["progress_elapsed_seconds"] = (now - prompt.starts) // 1_000_000
    if "debug_images" in expand:
        shape["debug_images"] = []
    return shape


def _images(prompt: StoredPrompt, store: Store) -> list[str]:
    places = [(prompt.id, index) for index in range(prompt.num_images)] if prompt.taken is None else [prompt.taken]
    return [store.image_url(f"p{id_}-{index}") for id_, index in places]


def _references(prompt: StoredPrompt, store: Store) -> list[str]:
    files = items_of(prompt.params.get("image_references"))
    urls = items_of(prompt.params.get("image_reference_urls"))
    return [url for url in map(as_text, urls) if url] or [
        store.image_url(f"r{prompt.id}-{index}") for index in range(len(files))
    ]


def _input(prompt: StoredPrompt, store: Store, name: str) -> str | None:
    """The URL of an input: the one that was given, or where an upload lies."""
    sent = prompt.params.get(name)
    if isinstance(sent, ReceivedFile):
        return store.image_url(f"{'i' if name == 'input_image' else 'v'}{prompt.id}-0")
    url = prompt.params.get(f"{name}_url")
    return None if is_blank(url) else as_text(url)
