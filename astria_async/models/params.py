"""What a tune and a prompt are created from: the one source of their parameters' names, types, bounds and encodings.

The methods take these objects, or the same names as keywords: `_keywords.py` is generated from here by
`scripts/generate_keywords.py`. Names that Astria adds to every month (models, schedulers, styles) are open: any str is
taken. Everything is [D] in the facts unless its text says otherwise. None leaves a parameter out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from operator import attrgetter
from typing import Any, BinaryIO, Literal, Protocol, TypeAlias, TypeVar

import attrs
from attrs import Attribute, field, frozen

from .upload import UploadedFile

T_co = TypeVar("T_co", covariant=True)


class Several(Protocol[T_co]):
    """A list, a tuple or another sequence, but no str: that is a sequence too, and a mistake where several are meant."""

    def __getitem__(self, index: int, /) -> T_co: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[T_co]: ...
    def __contains__(self, value: object, /) -> bool: ...  # a str only takes a str here, which tells it apart


FileInput: TypeAlias = os.PathLike[str] | bytes | BinaryIO | tuple[str, bytes] | str | UploadedFile
"""A file: a `Path`, bytes, `(name, bytes)`, a binary file object, what `images.upload` returned, or as str an http(s)
URL, a data URL or an upload's signed id."""

AspectRatio: TypeAlias = Literal["1:1", "16:9", "9:16", "21:9", "9:21", "3:2", "2:3", "5:4", "4:5", "4:3", "3:4"] | str
Scheduler: TypeAlias = (
    Literal["euler", "euler_a", "dpm++2m_karras", "dpm++sde_karras", "dpm++2m", "dpm++sde", "lcm", "tcd"] | str
)
Controlnet: TypeAlias = (
    Literal[
        "composition", "reference", "segroom", "ipadapter", "lineart", "canny", "depth", "mlsd", "hed", "pose",
        "tile", "qr",
    ]
    | str
)  # fmt: skip
Style: TypeAlias = (
    Literal[
        "Cinematic", "Animated", "Digital Art", "Photographic", "Fantasy art", "Neonpunk", "Enhance", "Comic book",
        "Lowpoly", "Line art",
    ]
    | str
)  # fmt: skip


def _param(
    doc: str,
    *,
    low: float | None = None,
    high: float | None = None,
    multiple_of: int | None = None,
    url_name: str | None = None,
    many: bool = False,
    callback: bool = False,
    listed: bool = False,
) -> Any:
    """An optional parameter. `url_name` marks a file (`many`: a list of them), and is its name when it is a URL."""
    facts = {
        "low": low, "high": high, "multiple_of": multiple_of, "url_name": url_name, "many": many, "callback": callback,
    }  # fmt: skip
    return field(
        default=None,
        repr=_kind_of if url_name else True,
        converter=_to_be_read_again if listed or many else None,
        metadata={"doc": doc, **{name: fact for name, fact in facts.items() if fact is not None}},
    )


def _kind_of(value: Any) -> str:
    """What a file is given as, for a repr: its bytes, or the text of a data URL, may be megabytes."""
    return "None" if value is None else f"<{type(value).__name__}>"


def _to_be_read_again(values: Any) -> Any:
    """A generator as a tuple, since it is looked at more than once; anything else as it is."""
    return tuple(values) if isinstance(values, Iterator) and not hasattr(values, "read") else values


def _required(doc: str) -> Any:
    return field(metadata={"doc": doc, "required": True})


@frozen(kw_only=True)
class PromptParams:
    """The parameters of a prompt."""

    text: str | None = _param("What to draw. Needed for pictures; mentions the tune: `tune.mention()`.")
    negative_prompt: str | None = _param("What to avoid. Flux takes none.")
    callback: str | None = _param("https URL that is called with the prompt once it is done.", callback=True)
    workspace_id: int | None = _param("The workspace it belongs to.")
    community: bool | None = _param("Whether it shows in the community gallery.")
    theme: str | None = _param("A theme that the text is extended with.")
    prompt_expansion: bool | None = _param("Whether the service rewrites the text.")

    num_images: int | None = _param("How many pictures, 1 to 8.", low=1, high=8)
    seed: int | None = _param("0 to 2**32. The SDK draws one where it is left out.", low=0, high=2**32)
    steps: int | None = _param("Sampling steps, 0 to 50.", low=0, high=50)
    cfg_scale: float | None = _param("How closely to follow the text, 0 to 15; Flux below 5.", low=0, high=15)
    scheduler: Scheduler | None = _param("The sampler.")
    use_lpw: bool | None = _param("Long and weighted prompts.")
    backend_version: int | None = _param("The backend: 1, or left out.")

    aspect_ratio: AspectRatio | None = _param("Width to height.")
    ar: Literal["1:1", "portrait", "16:9", "landscape", "9:16"] | str | None = _param("Older form of aspect_ratio.")
    resolution: Literal["1K", "2K", "4K"] | str | None = _param("Size of the pictures, for models that take one.")
    w: int | None = _param("Width in pixels, a multiple of 8.", low=8, multiple_of=8)
    h: int | None = _param("Height in pixels, a multiple of 8.", low=8, multiple_of=8)

    super_resolution: bool | None = _param("Enlarge the pictures.")
    inpaint_faces: bool | None = _param("Draw faces anew. Needs super_resolution.")
    hires_fix: bool | None = _param("Add detail while enlarging. Needs super_resolution.")
    face_correct: bool | None = _param("Correct faces.")
    face_swap: bool | None = _param("Swap in the face of the training pictures.")
    style: Style | None = _param("A style to render in.")
    color_grading: Literal["Film Velvia", "Film Portra", "Ektar"] | str | None = _param("Colours of a film.")
    film_grain: bool | None = _param("Add film grain.")

    controlnet: Controlnet | None = _param("What to keep of the input image, which it needs.")
    denoising_strength: float | None = _param("How far to leave the input image, 0 to 1; default 0.8.", low=0, high=1)
    controlnet_conditioning_scale: float | None = _param("Weight of the controlnet, 0 to 1.", low=0, high=1)
    controlnet_txt2img: bool | None = _param("Start from noise rather than from the input image.")
    input_image: FileInput | None = _param("The image to start from.", url_name="input_image_url")
    input_image_url: str | None = _param("The same, as a URL.")
    input_image_base64: str | None = _param("The same, as a data URL.")
    mask_image: FileInput | None = _param("One channel: white is drawn anew.", url_name="mask_image_url")
    mask_image_url: str | None = _param("The same, as a URL.")

    pack_id: int | None = _param("A template of this pack; the text must then mention a tune.")
    base_pack_id: int | None = _param("The pack it comes from; has no other effect.")

    video_model: str | None = _param("The model for a video; `account.models()` lists them, several new a month.")
    video_prompt: str | None = _param("What happens in the video.")
    video_duration: int | None = _param("Seconds; which are allowed depends on the model.")
    image_references: Several[FileInput] | None = _param(
        "Reference images of a video, in order; all files or all URLs.",
        url_name="image_reference_urls",
        many=True,
    )
    image_reference_urls: Several[str] | None = _param("The same, as URLs.", listed=True)
    video_first_frame: FileInput | None = _param("The first frame.", url_name="video_first_frame_url")
    video_first_frame_url: str | None = _param("The same, as a URL.")
    video_last_frame: FileInput | None = _param("The last frame.", url_name="video_last_frame_url")
    video_last_frame_url: str | None = _param("The same, as a URL.")
    source_image_url: str | None = _param("The image that a video is made of.")
    input_video: FileInput | None = _param("The video to start from.", url_name="input_video_url")
    input_video_url: str | None = _param("The same, as a URL.")
    audio_reference: FileInput | None = _param("Reference sound; needs video_audio.", url_name="audio_reference_url")
    audio_reference_url: str | None = _param("The same, as a URL.")
    video_audio: bool | None = _param("Whether the video has sound; default false.")
    video_upscale_model: Literal["seedvr2"] | str | None = _param("Enlarge the video.")
    video_upscale_target_resolution: Literal["720p", "1080p", "2k", "4k"] | str | None = _param("Default 1080p.")
    video_fps_model: Literal["video_fps_increaser"] | str | None = _param("Raise the frame rate.")

    lora_scale: float | None = _param("Weight of the tune; only in a tune's prompts_attributes.")


@frozen(kw_only=True)
class TuneParams:
    """The parameters of a tune."""

    name: str = _required("The class that is learnt: man, woman, cat, dog, boy, girl, style, dress, ...")
    title: str | None = _param("Its title. The SDK puts a UUID where it is left out, which makes a retry safe.")
    images: Several[FileInput] | None = _param(
        "The training pictures, files and URLs mixed [V]; usually 4 to 50 [R].", url_name="image_urls", many=True
    )
    image_urls: Several[str] | None = _param("Training pictures, as URLs.", listed=True)
    image_captions: Several[str] | None = _param("A caption for each picture [V].", listed=True)
    callback: str | None = _param("https URL that is called with the tune once it is trained.", callback=True)
    branch: Literal["flux1", "sd15", "sdxl1", "fast"] | str | None = _param(
        "The base's family; `fast` trains a mock, free of charge. Default: the base tune's, else sd15."
    )
    steps: int | None = _param("Training steps.", low=1)
    token: str | None = _param("The word that stands for the subject; default ohwx for SDXL, sks for SD15.")
    face_crop: bool | None = _param("Train on the faces as well, cut out.")
    training_face_correct: bool | None = _param("Correct faces in the training pictures.")
    base_tune_id: int | None = _param(
        "What to build on: 1504944 is Flux1.dev, 690204 Realistic Vision 5.1, 666678 SDXL 1.0.", low=1
    )
    model_type: Literal["lora", "pti", "faceid", "checkpoint"] | str | None = _param(
        "What to train; `checkpoint` is sent as null, which is what the service calls it."
    )
    auto_extend: bool | None = _param("Keep it beyond 30 days, which is charged.")
    preset: Literal["flux-lora-focus", "flux-lora-portrait", "flux-lora-fast"] | str | None = _param(
        "Settings by name."
    )
    characteristics: Mapping[str, str] | None = _param(
        "Free words, such as eye_color, for `{{eye_color}}` in a prompt's text."
    )
    prompts_attributes: Several[PromptParams] | None = _param("Prompts to be created with the tune.", listed=True)


@frozen(kw_only=True)
class PackRunParams:
    """The parameters of running a pack: for a tune that is made for it, or for tunes that exist already.

    For a new tune give `name`, and pictures; for others give `tune_ids` alone.
    """

    tune_ids: Several[int] | None = _param("Run it for these tunes, instead of making one.", listed=True)
    name: str | None = _param("The class of the tune to be made: man, woman, ...")
    title: str | None = _param("Its title. The SDK puts a UUID where it is left out, which makes a retry safe.")
    images: Several[FileInput] | None = _param(
        "The training pictures, files and URLs mixed [V].", url_name="image_urls", many=True
    )
    image_urls: Several[str] | None = _param("Training pictures, as URLs.", listed=True)
    callback: str | None = _param("https URL that is called with the tune once it is trained.", callback=True)
    preset: Literal["flux-lora-focus", "flux-lora-portrait", "flux-lora-fast"] | str | None = _param("Settings, named.")
    characteristics: Mapping[str, str] | None = _param(
        "Free words, such as eye_color, for `{{eye_color}}` in a prompt's text."
    )
    prompt_ids: Several[int] | None = _param("Only these of the pack's prompts.", listed=True)
    prompt_attributes: PromptParams | None = _param("What to change in each of the pack's prompts.")
    prompts_callback: str | None = _param("https URL that is called once the prompts are done.", callback=True)
    brief: str | None = _param("A description of what the pictures are for [V].")


Params: TypeAlias = TuneParams | PromptParams | PackRunParams


@cache
def _fields_of(kind: Any) -> tuple[tuple[Attribute[Any], ...], Callable[[Params], tuple[Any, ...]]]:
    specs: tuple[Attribute[Any], ...] = attrs.fields(kind)
    return specs, attrgetter(*(spec.name for spec in specs))


def given_in(params: Params) -> list[tuple[Attribute[Any], Any]]:
    """The parameters that are not None, each with its field: most of the sixty of a prompt are."""
    kind: Any = type(params)
    specs, values_of = _fields_of(kind)
    return [pair for pair in zip(specs, values_of(params), strict=True) if pair[1] is not None]
