"""A prompt: one order of images or of a video, and its result."""

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
    """A prompt as the service describes it [D]. A field is None, or empty, if the service left it out.

    `images` are URLs of images, or of videos: `content_types` tells, in the same order [V]. They are deleted 30 days
    after the tune's training ended. `tune_id` is the id that the prompt was posted to: for an adapter that is its base
    model [D]. `user_error` says why it failed, or why an attempt did that is made again [V]. `cost_mc` is money in mc and includes
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
        """`pending` until `trained_at` is set; then `failed` with a `user_error` or without images, else `succeeded`.

        The service sets `trained_at` on a failure, too [V]. A `user_error` before that can be an attempt that is made
        again [V]. Images before that can be a part of `num_images` [D]. A prompt that has just ended can lack images
        that are there a moment later, so `prompts.wait` reads it once more.
        """
        if self.trained_at is None:
            return PromptState.PENDING
        return PromptState.SUCCEEDED if self.images and not self.user_error else PromptState.FAILED

    @property
    def cost(self) -> Decimal | None:
        """What it cost, in USD; None if the service did not say."""
        return usd(self.cost_mc)

    def __repr__(self) -> str:
        return f"<Prompt {self.id} {short(self.text)} {self.state.value} {len(self.images)} images>"
