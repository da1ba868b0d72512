"""What it costs to turn the bytes of a page of 120 prompts into models, beside json.loads, pydantic and msgspec.

    python tests/bench/decode.py

The four take turns, and the fastest turn of each counts: what disturbs a machine only ever adds. Exits 1 when ours takes
more than LIMIT times as long as json.loads of the same bytes.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime

import msgspec
import pydantic

from astria_async import Prompt, Request, Response
from astria_async._codec import decode_list

LIMIT = 5.0
TURNS, LOOPS, ITEMS = 25, 5, 120

MOMENT = "2026-01-01T12:00:00.000Z"
NULLS = (
    "callback", "steps", "user_error", "workspace_id", "pack_id", "base_pack_id", "order_id", "orig_prompt_id",
    "denoising_strength", "controlnet_conditioning_scale", "input_image", "input_video",
)  # fmt: skip
PROMPT = {
    "id": 30000001, "tune_id": 2000001, "text": "<lora:2000001:1> woman in a garden at night, in a soft light",
    "negative_prompt": "", "cfg_scale": "3.0", "seed": 12345678, "started_training_at": MOMENT, "trained_at": MOMENT,
    "created_at": MOMENT, "updated_at": MOMENT, "url": "https://api.astria.ai/prompts/30000001.json",
    "images": [f"https://mp.astria.ai/0123456789abcdef{number}" for number in range(4)],
    "content_types": ["image/png"] * 4, "cost_mc": 4600, "super_resolution": True, "controlnet_txt2img": False,
    "ar": "1:1", "aspect_ratio": "1:1", "resolution": "1K", "num_images": 4, "image_references": [],
    **dict.fromkeys(NULLS),
}  # fmt: skip
BODY = json.dumps([PROMPT] * ITEMS).encode()


def fields() -> dict[str, type]:
    """Each field that the page has, with its type, for the two others."""
    kinds: dict[str, type] = {}
    for name, value in PROMPT.items():
        kind = datetime if value == MOMENT else float if name == "cfg_scale" else type(value)
        kinds[name] = object if value is None else list[str] if isinstance(value, list) else kind
    return kinds


def subjects() -> dict[str, Callable[[], object]]:
    """What is compared, by name."""
    request, response = Request(method="GET", url="https://api.astria.ai/prompts"), Response(status=200, body=BODY)
    model = pydantic.create_model("Model", **{name: (kind, ...) for name, kind in fields().items()})  # type: ignore[call-overload]
    adapter = pydantic.TypeAdapter(list[model])
    struct = msgspec.defstruct("Struct", [*fields().items()])
    decoder = msgspec.json.Decoder(list[struct], strict=False)  # type: ignore[valid-type]
    return {
        "json.loads": lambda: json.loads(BODY),
        "astria_async": lambda: decode_list(response, Prompt, request),
        "pydantic": lambda: adapter.validate_json(BODY),
        "msgspec": lambda: decoder.decode(BODY),
    }


def main() -> int:
    """Measure, print, judge."""
    compared = subjects()
    fastest = dict.fromkeys(compared, float("inf"))
    for _ in range(TURNS):
        for name, run in compared.items():
            began = time.perf_counter()
            for _ in range(LOOPS):
                run()
            fastest[name] = min(fastest[name], (time.perf_counter() - began) / LOOPS)
    print(f"{ITEMS} prompts, {len(BODY):,} bytes, from bytes to values")
    for name, seconds in fastest.items():
        print(f"{name:14} {seconds * 1000:7.2f} ms {seconds / fastest['json.loads']:7.2f} x json.loads")
    ratio = fastest["astria_async"] / fastest["json.loads"]
    print(f"ours: {ratio:.2f} x, at most {LIMIT} x: {'held' if ratio <= LIMIT else 'EXCEEDED'}")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
