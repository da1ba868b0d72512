"""The requests and answers of the peer benchmark, the same for every subject; imported by the other files here."""

from __future__ import annotations

import functools
import json
import random
from typing import Any

MOMENT = "2026-01-01T12:00:00.000Z"
NULLS = (
    "callback", "steps", "user_error", "workspace_id", "pack_id", "base_pack_id", "order_id", "orig_prompt_id",
    "denoising_strength", "controlnet_conditioning_scale", "input_image", "input_video",
)  # fmt: skip
#: The models that draw: the first answers at once, the second after DELAY seconds. So do replicate's "fast" and "slow".
FAST, SLOW = 1504944, 690204
DELAY = 0.2
#: The title of the tune that is uploaded: an answer with another one would be another create's.
TITLE = "0b1c7a3e-5d3f-4b5e-9d43-6f3b1f0c2a77"
#: A prompt with 40 fields. The last seven before the empty ones are no fields of our model: it keeps them as `extra`.
PROMPT: dict[str, Any] = {
    "id": 30000001, "tune_id": FAST, "text": "<lora:2000001:1> woman in a garden at night, in a soft light",
    "negative_prompt": "", "cfg_scale": "3.0", "seed": 12345678, "started_training_at": MOMENT, "trained_at": MOMENT,
    "created_at": MOMENT, "updated_at": MOMENT, "url": "https://api.astria.ai/prompts/30000001.json",
    "images": [f"https://mp.astria.ai/0123456789abcdef{number}" for number in range(4)],
    "content_types": ["image/png"] * 4, "cost_mc": 4600, "super_resolution": True, "controlnet_txt2img": False,
    "ar": "1:1", "aspect_ratio": "1:1", "resolution": "1K", "num_images": 4, "image_references": [],
    "scheduler": "dpm++sde_karras", "w": 1024, "h": 1024, "hires_fix": True, "face_correct": False,
    "face_swap": True, "film_grain": False,
    **dict.fromkeys(NULLS),
}  # fmt: skip
ITEMS = 120

TUNE: dict[str, Any] = {
    "id": 2000001, "title": TITLE, "name": "woman", "is_api": True, "token": "ohwx", "branch": "flux1",
    "model_type": "lora", "base_tune_id": 1504944, "created_at": MOMENT, "updated_at": MOMENT,
    "url": "https://api.astria.ai/tunes/2000001.json", "orig_images": [], "cost_mc": 150000, "workspace_id": None,
}  # fmt: skip

#: What replicate's model demands, in the place of three empty fields: the number of fields is the same.
PREDICTION: dict[str, Any] = {
    **{name: value for name, value in PROMPT.items() if name not in NULLS[-3:]},
    "model": "astria/fast", "version": "1", "status": "succeeded",
}  # fmt: skip
FILE: dict[str, Any] = {
    "id": "2000001", "name": "a.jpg", "content_type": "image/jpeg", "size": 8_000_000, "etag": "1", "checksums": {},
    "metadata": {}, "created_at": MOMENT, "expires_at": None, "urls": {},
}  # fmt: skip

TEXT, SEED = "<lora:2000001:1> woman in a garden at night, in a soft light", 12345678
ORDER: dict[str, Any] = {"text": TEXT, "seed": SEED}
CREATE: dict[str, Any] = {"prompt": ORDER}
LIST = f"/tunes/{FAST}/prompts?limit={ITEMS}"

PICTURES, PICTURE_SIZE = 4, 2_000_000
#: (name of the form's field, value) of the tune that is uploaded, but for the pictures.
TUNE_FIELDS = (("tune[title]", TITLE), ("tune[name]", "woman"))
PICTURES_FIELD = "tune[images][]"


@functools.cache
def pictures() -> list[tuple[str, bytes]]:
    """The files of an upload: (name, content), always the same. Made by the first upload, so that only it has them."""
    drawn = random.Random(1)
    return [
        (f"{number}.jpg", b"\xff\xd8\xff" + drawn.randbytes(PICTURE_SIZE - 5) + b"\xff\xd9")
        for number in range(PICTURES)
    ]


def routes() -> dict[bytes, tuple[int, float, bytes]]:
    """What the server answers: by method and path, (status, seconds to wait, body)."""
    prompt, prediction = encoded(PROMPT), encoded(PREDICTION)
    page = encoded({"results": [PREDICTION] * ITEMS, "previous": None, "next": None})
    return {
        f"GET /prompts/{PROMPT['id']}".encode(): (200, 0, prompt),
        f"GET /tunes/{FAST}/prompts".encode(): (200, 0, encoded([PROMPT] * ITEMS)),
        f"POST /tunes/{FAST}/prompts".encode(): (201, 0, prompt),
        f"POST /tunes/{SLOW}/prompts".encode(): (201, DELAY, encoded({**PROMPT, "tune_id": SLOW})),
        b"POST /tunes": (201, 0, encoded(TUNE)),
        b"GET /v1/predictions/1": (200, 0, prediction),
        b"GET /v1/predictions": (200, 0, page),
        b"POST /v1/models/astria/fast/predictions": (201, 0, prediction),
        b"POST /v1/models/astria/slow/predictions": (201, DELAY, prediction),
        b"POST /v1/files": (201, 0, encoded(FILE)),
    }


def encoded(value: object) -> bytes:
    """As the service writes JSON, without spaces."""
    return json.dumps(value, separators=(",", ":")).encode()
