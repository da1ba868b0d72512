"""What the service sees in a picture of a person, and how several such findings are folded into one description."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from attrs import frozen

from ..errors import ParameterError
from ._base import Model
from .parameters.scalars import as_list, shown

#: The keys that are strings: they describe the person.
CHARACTERISTICS = (
    "name", "body_type", "ethnicity", "age", "glasses", "eye_color", "hair_color", "hair_length", "hair_style",
    "facial_hair", "is_bald", "headcover",
)  # fmt: skip


@frozen(kw_only=True)
class Inspection(Model):
    """Findings on one picture [D]. A string is None where there is none: the service writes that as "" or "NONE".

    The strings come from open lists. The booleans say what may make a picture unfit for training.
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


def characteristics_of(inspections: Iterable[Inspection]) -> dict[str, str]:
    """Fold the findings on a tune's pictures into its `characteristics`.

    Of each key the most common string, where at least half of the pictures have one; of several that are equally
    common the one that came first. That is the documented way [D].
    """
    pictures = [
        _inspection(one, f"inspections[{index}]")
        for index, one in enumerate(as_list(inspections, "inspections", "inspections"))
    ]
    folded: dict[str, str] = {}
    for name in CHARACTERISTICS:
        values = [value for picture in pictures if (value := getattr(picture, name)) is not None]
        if values and 2 * len(values) >= len(pictures):
            folded[name] = Counter(values).most_common(1)[0][0]
    return folded


def warnings_of(inspection: Inspection) -> tuple[str, ...]:
    """What may make the picture unfit for training, as text; empty where nothing does."""
    finding = _inspection(inspection, "inspection")
    return tuple(text for name, text in _WARNINGS.items() if getattr(finding, name))


def _inspection(value: object, label: str) -> Inspection:
    if isinstance(value, Inspection):
        return value
    raise ParameterError(f"{label}: {shown(value)} is not an Inspection; pass what images.inspect returned")
