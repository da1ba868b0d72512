"""GET /cli/models: the models, for everybody [V]. Its shape is the service's; what is in it is an excerpt, and ages [I]."""

from __future__ import annotations

from typing import Any

from ..._wire import Response
from .._routing.context import RouteContext
from .._server.http import answer
from .._store.store import Store

_RATIOS = ["1:1", "16:9", "9:16", "3:2", "2:3", "4:3", "3:4"]


def _video(title: str, **abilities: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(
        ("needs_input_video", "motion_control", "supports_last_frame", "supports_image_references",
         "supports_audio_reference", "generates_audio", "native_audio", "exclusive_media_modes"),
        False,
    )  # fmt: skip
    return {"title": title, **nothing, "aspect_ratios": _RATIOS, **abilities}


CATALOG: dict[str, Any] = {
    "cache_ttl": 3600,
    "default": "gemini",
    "default_video_model": "seedance_2",
    "models": {
        "flux": {"tune_id": 1_504_944, "title": "Flux1.dev", "default": False, "resolutions": ["1K"]},
        "gemini": {"tune_id": 1_600_101, "title": "Gemini", "default": True, "resolutions": ["1K", "2K", "4K"]},
    },
    "video_models": {
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
