"""GET /cli/models: the models, for everybody [V].

The shape, the ids and the defaults are the service's [V]; what else is in it is an excerpt, and ages [I].
"""

from __future__ import annotations

from typing import Any

from ..._wire import Response
from .._routing.context import RouteContext
from .._server.http import answer
from .._store.store import Store

_RATIOS = ["1:1", "16:9", "9:16", "3:2", "2:3", "4:3", "3:4"]


def _image(tune_id: int, title: str, *resolutions: str, default: bool = False) -> dict[str, Any]:
    return {"tune_id": tune_id, "title": title, "default": default, "resolutions": [*resolutions]}


def _video(title: str, **abilities: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(
        ("needs_input_video", "motion_control", "supports_last_frame", "supports_image_references",
         "supports_audio_reference", "generates_audio", "native_audio", "exclusive_media_modes"),
        False,
    )  # fmt: skip
    return {"title": title, **nothing, "aspect_ratios": _RATIOS, **abilities}


CATALOG: dict[str, Any] = {
    "cache_ttl": 3600,
    "default": "nano-banana-2",
    "default_video_model": "seedance25_720p",
    "models": {
        "flux": _image(1_504_944, "Flux1.dev", "1K"),
        "nano-banana": _image(3_159_068, "Nano Banana", "1K"),
        "gemini": _image(3_618_064, "Gemini", "1K", "2K", "4K"),
        "seedream": _image(3_691_308, "Seedream", "2K", "4K"),
        "nano-banana-2": _image(4_180_298, "Nano Banana 2", "1K", "2K", "4K", default=True),
        "gpt-image": _image(4_665_564, "GPT image", "1K"),
    },
    "video_models": {
        "seedance25_720p": _video(
            "Seedance 2.5, 720p", supports_last_frame=True, supports_image_references=True,
            supports_audio_reference=True, generates_audio=True, exclusive_media_modes=True,
        ),
        "seedance_2": _video(
            "Seedance 2", supports_last_frame=True, supports_image_references=True, supports_audio_reference=True,
            generates_audio=True, exclusive_media_modes=True, aspect_ratios=[*_RATIOS, "adaptive"],
        ),
        "kling_motion_control": _video("Kling motion control", needs_input_video=True, motion_control=True),
    },
    "cli": {"min_version": "1.0.0", "latest_version": "1.2.0"},
}  # fmt: skip


def models(store: Store, context: RouteContext) -> Response:
    """The catalog."""
    return answer(200, CATALOG)
