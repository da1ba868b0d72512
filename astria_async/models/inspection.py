"""Findings of the service on images and videos, and how several findings become the characteristics of a tune."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from attrs import frozen

from ..errors import ParameterError
from ._base import Model, short
from .parameters.scalars import as_list, shown

#: The keys that are strings: they describe the person.
CHARACTERISTICS = (
    "name", "body_type", "ethnicity", "age", "glasses", "eye_color", "hair_color", "hair_length", "hair_style",
    "facial_hair", "is_bald", "headcover",
)  # fmt: skip


#: What each boolean says about an image of which it is true.
_WARNINGS = {
    "funny_face": "the face is distorted",
    "wearing_sunglasses": "sunglasses hide the eyes",
    "wearing_hat": "a hat hides the hair",
    "blurry": "it is blurry",
    "includes_multiple_people": "it shows more than one person",
    "full_body_image_or_longshot": "the face is small",
    "selfie": "it is a selfie, which distorts the face",
    "low_resolution": "its resolution is low",
    "low_quality": "its quality is low",
}


@frozen(kw_only=True)
class Inspection(Model):
    """A finding on one image of a person [D]. A string is None if there is none: the service writes that as "" or "NONE".

    The strings come from open lists. The booleans say what may make the image unfit for training; `warnings` has them as
    text.
    """

    name: str | None = None
    body_type: str | None = None
    ethnicity: str | None = None
    age: str | None = None
    glasses: str | None = None
    eye_color: str | None = None
    hair_color: str | None = None
    hair_length: str | None = None
    hair_style: str | None = None
    facial_hair: str | None = None
    is_bald: str | None = None
    headcover: str | None = None
    funny_face: bool | None = None
    wearing_sunglasses: bool | None = None
    wearing_hat: bool | None = None
    blurry: bool | None = None
    includes_multiple_people: bool | None = None
    full_body_image_or_longshot: bool | None = None
    selfie: bool | None = None
    low_resolution: bool | None = None
    low_quality: bool | None = None

    def __attrs_post_init__(self) -> None:
        for name in CHARACTERISTICS:
            if (getattr(self, name) or "").strip().upper() in ("", "NONE"):
                object.__setattr__(self, name, None)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What may make the image unfit for training, such as "it is blurry"; empty if nothing does."""
        return tuple(text for name, text in _WARNINGS.items() if getattr(self, name))

    @staticmethod
    def summarize(inspections: Iterable[Inspection]) -> dict[str, str]:
        """One dict for a tune's `characteristics`, of the findings on its images.

        It has of each key the most common string, if at least half of the images have one; of several that are equally
        common the one that came first. That is the documented way [D]. Empty for no findings. Raises ParameterError for
        what is not an Inspection.
        """
        findings = [
            _checked(finding, f"inspections[{index}]")
            for index, finding in enumerate(as_list(inspections, "inspections", "inspections"))
        ]
        characteristics: dict[str, str] = {}
        for name in CHARACTERISTICS:
            values = [value for finding in findings if (value := getattr(finding, name)) is not None]
            if values and 2 * len(values) >= len(findings):
                characteristics[name] = Counter(values).most_common(1)[0][0]
        return characteristics


@frozen(kw_only=True)
class Classification(Model):
    """Which class an image shows, and some words on it. A field is None, or empty, if the service left it out. [V]"""

    class_name: str | None = None
    short_description: str | None = None
    caption: str | None = None
    captions: tuple[str, ...] = ()
    first_name: str | None = None


@frozen(kw_only=True)
class Description(Model):
    """An image in words; None if the service left them out. [V]"""

    description: str | None = None


class VideoInspectionState(StrEnum):
    """Where the inspection of a video is: read off its `status` and its other fields."""

    PENDING = "pending"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


#: The statuses that the vendor's clients know [V]. None of them says that an inspection has succeeded.
_STATES = {
    state.value: state
    for state in (VideoInspectionState.PENDING, VideoInspectionState.PROCESSING, VideoInspectionState.FAILED)
}


@frozen(kw_only=True, repr=False)
class VideoInspection(Model):
    """A finding on a video, or one that is still to come [V].

    `id` is None if the service described the video at once: then there is nothing to wait for. `status` is the service's
    own word, from an open list; `state` is what it means. `error` says why the inspection failed.
    """

    id: int | None = None
    status: str | None = None
    description: str | None = None
    error: str | None = None

    @property
    def state(self) -> VideoInspectionState:
        """`pending`, `processing` or `failed` if the `status` is that [V].

        The service's word for success is not known. So with any other `status`, or with none, it is `failed` if there is
        an `error`, `succeeded` if there is a `description`, and else `pending` [I].
        """
        known = _STATES.get((self.status or "").strip().lower())
        if known is not None:
            return known
        if self.error:
            return VideoInspectionState.FAILED
        return VideoInspectionState.SUCCEEDED if self.description else VideoInspectionState.PENDING

    def __repr__(self) -> str:
        words = ("VideoInspection", "" if self.id is None else str(self.id), self.state.value, self._shown_text())
        return f"<{' '.join(filter(None, words))}>"

    def _shown_text(self) -> str:
        text = self.error if self.state is VideoInspectionState.FAILED else self.description
        return short(text) if text else ""


def _checked(value: object, label: str) -> Inspection:
    if isinstance(value, Inspection):
        return value
    raise ParameterError(f"{label}: {shown(value)} is not an Inspection; pass what images.inspect returned")
