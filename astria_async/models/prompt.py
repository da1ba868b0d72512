"""A prompt: one order of pictures or of a video, and what came of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from attrs import frozen

from ._base import Model, short, usd


class PromptState(StrEnum):
    """Where a prompt is. The service has no status field: this is read off its other fields [D]."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@frozen(kw_only=True, repr=False)
class Prompt(Model):
    """A prompt as the service describes it [D]. A field is None, or empty, where the service left it out.

    `images` are URLs of pictures, or of videos: `content_types` tells, in the same order [V]. They are deleted 30 days
    after the tune's training ended. `user_error` says why it failed [V]. `cost_mc` is money in mc and includes
    `num_images`; see `cost`. `progress_timing_seconds` and `progress_elapsed_seconds` are there only in flight.
    """

    id: int
    tune_id: int | None = None
    text: str | None = None
    negative_prompt: str | None = None
    callback: str | None = None
    cfg_scale: float | None = None
    steps: int | None = None
    seed: int | None = None
    started_training_at: datetime | None = None
    trained_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    url: str | None = None
    images: tuple[str, ...] = ()
    content_types: tuple[str, ...] = ()
    user_error: str | None = None
    cost_mc: int | None = None
    workspace_id: int | None = None
    pack_id: int | None = None
    base_pack_id: int | None = None
    order_id: int | None = None
    orig_prompt_id: int | None = None
    super_resolution: bool | None = None
    controlnet_txt2img: bool | None = None
    ar: str | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    num_images: int | None = None
    denoising_strength: float | None = None
    controlnet_conditioning_scale: float | None = None
    image_references: tuple[str, ...] = ()
    input_image: str | None = None
    input_video: str | None = None
    progress_timing_seconds: float | None = None
    progress_elapsed_seconds: float | None = None

    @property
    def state(self) -> PromptState:
        """`failed` with a `user_error`, or once it ended without pictures; `succeeded` once it ended with some."""
        if self.user_error:
            return PromptState.FAILED
        if self.trained_at is None:
            return PromptState.PENDING
        return PromptState.SUCCEEDED if self.images else PromptState.FAILED

    @property
    def cost(self) -> Decimal | None:
        """What it cost, in USD; None where the service did not say."""
        return usd(self.cost_mc)

    def __repr__(self) -> str:
        return f"<Prompt {self.id} {short(self.text)} {self.state.value} {len(self.images)} images>"
