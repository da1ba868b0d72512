"""A tune: what Astria learnt from your pictures."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from attrs import frozen

from ._base import Model, line, short, usd


class TuneState(StrEnum):
    """Where a tune is. The service has no status field: this is read off its times [D]."""

    QUEUED = "queued"
    TRAINING = "training"
    TRAINED = "trained"


@frozen(kw_only=True, repr=False)
class Tune(Model):
    """A tune as the service describes it [D]. A field is None, or empty, where the service left it out.

    Times are aware. The service has no field that tells that a training failed: only a deadline does (`tunes.wait`).
    `expires_at` is 30 days after `trained_at`: images, training pictures and model are deleted then, unless
    `auto_extend` was set. `ckpt_url` is signed and lasts 60 minutes. `cost_mc` is money in mc; see `cost`.
    """

    id: int
    title: str | None = None
    name: str | None = None
    is_api: bool | None = None
    token: str | None = None
    branch: str | None = None
    model_type: str | None = None
    base_tune_id: int | None = None
    steps: int | None = None
    args: str | None = None
    callback: str | None = None
    face_crop: bool | None = None
    training_face_correct: bool | None = None
    ckpt_url: str | None = None
    ckpt_urls: tuple[str, ...] = ()
    eta: datetime | None = None
    started_training_at: datetime | None = None
    trained_at: datetime | None = None
    expires_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    url: str | None = None
    orig_images: tuple[str, ...] = ()
    cost_mc: int | None = None
    workspace_id: int | None = None

    @property
    def state(self) -> TuneState:
        """`trained` once `trained_at` is set, `training` once `started_training_at` is, else `queued`."""
        if self.trained_at is not None:
            return TuneState.TRAINED
        return TuneState.QUEUED if self.started_training_at is None else TuneState.TRAINING

    @property
    def cost(self) -> Decimal | None:
        """What it cost, in USD; None where the service did not say."""
        return usd(self.cost_mc)

    def mention(self, weight: float = 1) -> str:
        """How a prompt's text refers to this tune: `<lora:123:1> woman`, or `<faceid:123:1> woman` [D].

        The class name stands right behind the token; it is left out where the service did not give one.
        """
        kind = "faceid" if self.model_type == "faceid" else "lora"
        return " ".join(filter(None, [f"<{kind}:{self.id}:{weight:g}>", self.name]))

    def __repr__(self) -> str:
        words = ("Tune", str(self.id), short(self.title), line(self.name), self.state.value)
        return f"<{' '.join(filter(None, words))}>"
