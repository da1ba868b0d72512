"""Which models there are: names are added every month, so they are asked for rather than built in."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from ._base import Model


@frozen(kw_only=True)
class ImageModel(Model):
    """A model for pictures: prompt its `tune_id`. [V]"""

    tune_id: int | None = None
    title: str | None = None
    default: bool | None = None
    resolutions: tuple[str, ...] = ()


@frozen(kw_only=True)
class VideoModel(Model):
    """A model for videos, and what it can do. None: the catalog does not say. [V]"""

    title: str | None = None
    needs_input_video: bool | None = None
    motion_control: bool | None = None
    supports_last_frame: bool | None = None
    supports_image_references: bool | None = None
    supports_audio_reference: bool | None = None
    generates_audio: bool | None = None
    native_audio: bool | None = None
    exclusive_media_modes: bool | None = None
    aspect_ratios: tuple[str, ...] = ()


@frozen(kw_only=True)
class CliVersions(Model):
    """Versions of the vendor's own command line. [V]"""

    min_version: str | None = None
    latest_version: str | None = None


@frozen(kw_only=True)
class Catalog(Model):
    """The models by name. `cache_ttl` is for how many seconds it may be kept. [V]"""

    cache_ttl: float | None = None
    default: str | None = None
    default_video_model: str | None = None
    models: Mapping[str, ImageModel] = field(factory=dict, hash=False)
    video_models: Mapping[str, VideoModel] = field(factory=dict, hash=False)
    cli: CliVersions | None = None
