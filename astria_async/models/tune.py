"""A tune: what Astria learnt from your images, and how a prompt's text refers to it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from attrs import frozen

from ..errors import ParameterError
from ._base import Model, line, short, usd
from .mentions import ADAPTERS, BRANCHES, CHECKPOINTS, adapter_mention, checkpoint_mention, trained_branch

#: The remedy for a tune with too few fields.
RETRIEVE = "read it again: tune = await astria.tunes.retrieve(tune)"


class TuneState(StrEnum):
    """Where a tune is. The service has no status field: this is read off its times [D]."""

    QUEUED = "queued"
    TRAINING = "training"
    TRAINED = "trained"


@frozen(kw_only=True, repr=False)
class Tune(Model):
    """A tune as the service describes it [D]. A field is None, or empty, if the service left it out.

    Times are aware. The service has no field that tells that a training failed: only a deadline does (`tunes.wait`).
    `expires_at` is 30 days after `trained_at`: its images, its training images and the model are deleted then, unless
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
        """What it cost, in USD; None if the service did not say."""
        return usd(self.cost_mc)

    @property
    def is_adapter(self) -> bool:
        """Whether it draws nothing by itself, so that its prompts lie on a base model: a LoRA, a pti or a FaceID tune [D].

        False for a tune of the branch `fast`, whatever its `model_type`: its prompts are free on its own id only [D].
        """
        return self.branch != "fast" and self.model_type in ADAPTERS

    @property
    def is_partial(self) -> bool:
        """Whether the fields that tell its family are missing, as in a callback's nine keys [V]. Retrieve it for them."""
        return self.created_at is not None and not any((self.branch, self.model_type, self.token, self.base_tune_id))

    def mention(self, weight: float | None = None) -> str:
        """What a prompt's text must contain to draw this tune's subject, by the tune's family [D].

        | family                          | text                          |
        |---------------------------------|-------------------------------|
        | checkpoint (SD15)               | `sks woman`                   |
        | LoRA (Flux)                     | `<lora:123:1> ohwx woman`     |
        | pti (SDXL)                      | `<lora:123:0.83> ohwx woman`  |
        | FaceID                          | `<faceid:123:1> woman`        |
        | model of the gallery, or partner| "": it needs no reference     |

        The token is the one that the service returned, else the documented one. The class name is left out if the
        service returned none.

        Args:
            weight: Strength of an adapter, 0 to 1. None is the documented one: 0.83 for SDXL, else 1.

        Raises ParameterError for a weight outside 0 to 1, for a weight if the tune is not an adapter, and for a tune
        whose family is not known: retrieve it first if it came from a callback.
        """
        if self.is_partial:
            raise ParameterError(f"tune: {self.id} came without its model_type; {RETRIEVE}")
        branch = trained_branch(self.branch, self.base_tune_id)
        if self.model_type in ADAPTERS:
            return adapter_mention(self.id, self.model_type, branch, self.token, self.name, weight)
        if weight is not None:
            raise ParameterError("weight: this tune is not an adapter and has no strength; leave it out")
        if self.id in BRANCHES or branch not in (None, *BRANCHES.values()):
            return ""  # a documented base, or a partner model, which has a branch of its own [V]
        if self.model_type not in CHECKPOINTS:
            raise ParameterError(f"tune: the model_type {self.model_type!r} is not known; write its reference yourself")
        # Only SD15 trains checkpoints [D]: any other is a model of the gallery, in which nobody's subject is.
        return checkpoint_mention(self.token, self.name) if branch in (None, "sd15") else ""

    def __repr__(self) -> str:
        words = ("Tune", str(self.id), short(self.title), line(self.name), self.state.value)
        return f"<{' '.join(filter(None, words))}>"
