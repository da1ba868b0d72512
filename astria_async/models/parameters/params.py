"""What a tune and a prompt are created from: the one source of their parameters' names, types, bounds and encodings.

The methods take these objects, or the same names as keywords: `keywords.py` is generated from here by
`scripts/generate_keywords.py`. Names that Astria adds to every month (models, schedulers, styles) are open: any str is
taken. Everything is [D] in the facts unless its text says otherwise. None leaves a parameter out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Literal, Protocol, TypeAlias, TypeVar

from attrs import frozen

from ..upload import UploadedFile
from .fields import Kind, param, required

T_co = TypeVar("T_co", covariant=True)


class SequenceNotStr(Protocol[T_co]):
    """A list, a tuple or another sequence, but not a str: that is a sequence too, and a mistake here."""

    def __getitem__(self, index: int, /) -> T_co: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[T_co]: ...
    def __contains__(self, value: object, /) -> bool: ...  # `str.__contains__` accepts only str: it does not match


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


@frozen(kw_only=True, slots=False)  # made for every create: with slots its many fields take several times as long
class PromptParams:
    """The parameters of a prompt."""

    text: str | None = param(
        "What to draw. Images need it, but with an input image it may be '' [V]; mentions the tune: `tune.mention()`."
    )
    negative_prompt: str | None = param("What to avoid. Flux takes none.")
    callback: str | None = param("https URL that is called with the prompt once it is done.", kind=Kind.CALLBACK)
    workspace_id: int | None = param("The id of the workspace it belongs to.", kind=Kind.ID)
    community: bool | None = param("Whether it shows in the community gallery.")
    theme: str | None = param("A theme that the text is extended with.")
    prompt_expansion: bool | None = param("Whether the service rewrites the text.")

    num_images: int | None = param("How many images, 1 to 8.", low=1, high=8)
    seed: int | None = param(
        "What the noise is drawn from, 0 to 2**32. The SDK draws one if it is left out; -1 means the same [V].",
        low=-1,
        high=2**32,
    )
    steps: int | None = param("Sampling steps, 0 to 50.", low=0, high=50)
    cfg_scale: float | None = param("How closely to follow the text, 0 to 15; Flux below 5.", low=0, high=15)
    scheduler: Scheduler | None = param("The name of the sampler.")
    use_lpw: bool | None = param("Whether long and weighted texts are understood.")
    backend_version: int | None = param("The version of the backend: 1, or left out.")

    aspect_ratio: AspectRatio | None = param("Width to height, such as 16:9.")
    ar: Literal["1:1", "portrait", "16:9", "landscape", "9:16"] | str | None = param("The older form of aspect_ratio.")
    resolution: Literal["1K", "2K", "4K"] | str | None = param("Size of the images, for models that take one.")
    w: int | None = param("Width in pixels, a multiple of 8.", low=8, multiple_of=8)
    h: int | None = param("Height in pixels, a multiple of 8.", low=8, multiple_of=8)

    super_resolution: bool | None = param("Whether the images are enlarged.")
    inpaint_faces: bool | None = param("Whether faces are drawn anew. Needs super_resolution.")
    hires_fix: bool | None = param("Whether detail is added while enlarging. Needs super_resolution.")
    face_correct: bool | None = param("Whether faces are corrected.")
    face_swap: bool | None = param("Whether the face of the training images is swapped in.")
    style: Style | None = param("A style to render in.")
    color_grading: Literal["Film Velvia", "Film Portra", "Ektar"] | str | None = param("The colours of a film.")
    film_grain: bool | None = param("Whether film grain is added.")

    controlnet: Controlnet | None = param("What to keep of the input image. Needs input_image.")
    denoising_strength: float | None = param(
        "How far to depart from the input image, 0 to 1; default 0.8.", low=0, high=1
    )
    controlnet_conditioning_scale: float | None = param("Weight of the controlnet, 0 to 1.", low=0, high=1)
    controlnet_txt2img: bool | None = param("Whether to start from noise rather than from the input image.")
    input_image: FileInput | None = param("The image to start from.", kind=Kind.FILE, url_name="input_image_url")
    input_image_url: str | None = param("`input_image`, as a URL.", kind=Kind.URL)
    input_image_base64: str | None = param("`input_image`, as a data URL.", kind=Kind.DATA_URL)
    mask_image: FileInput | None = param(
        "An image of one channel: what is white there is drawn anew.", kind=Kind.FILE, url_name="mask_image_url"
    )
    mask_image_url: str | None = param("`mask_image`, as a URL.", kind=Kind.URL)

    pack_id: int | None = param("Makes it a template of this pack; the text then has to mention a tune.", kind=Kind.ID)
    base_pack_id: int | None = param("The pack it comes from; has no other effect.", kind=Kind.ID)

    video_model: str | None = param("The model for a video; `account.models()` lists them, several new a month.")
    video_prompt: str | None = param("What happens in the video. A video needs it.")
    video_duration: int | None = param("The length in seconds; which are allowed depends on the model.")
    image_references: SequenceNotStr[FileInput] | None = param(
        "Reference images of a video, in order; all files or all URLs.",
        kind=Kind.FILES,
        url_name="image_reference_urls",
    )
    image_reference_urls: SequenceNotStr[str] | None = param("`image_references`, as URLs.", kind=Kind.URLS)
    video_first_frame: FileInput | None = param("The first frame.", kind=Kind.FILE, url_name="video_first_frame_url")
    video_first_frame_url: str | None = param("`video_first_frame`, as a URL.", kind=Kind.URL)
    video_last_frame: FileInput | None = param("The last frame.", kind=Kind.FILE, url_name="video_last_frame_url")
    video_last_frame_url: str | None = param("`video_last_frame`, as a URL.", kind=Kind.URL)
    source_image_url: str | None = param("The image that a video is made from, as a URL.", kind=Kind.URL)
    input_video: FileInput | None = param("The video to start from.", kind=Kind.FILE, url_name="input_video_url")
    input_video_url: str | None = param("`input_video`, as a URL.", kind=Kind.URL)
    audio_reference: FileInput | None = param(
        "A sound for the video to follow; usually with video_audio.", kind=Kind.FILE, url_name="audio_reference_url"
    )
    audio_reference_url: str | None = param("`audio_reference`, as a URL.", kind=Kind.URL)
    video_audio: bool | None = param("Whether the video has sound; default false.")
    video_upscale_model: Literal["seedvr2"] | str | None = param("The model that enlarges the video.")
    video_upscale_target_resolution: Literal["720p", "1080p", "2k", "4k"] | str | None = param(
        "The size to enlarge the video to; default 1080p."
    )
    video_fps_model: Literal["video_fps_increaser"] | str | None = param("The model that raises the frame rate.")

    lora_scale: float | None = param("The weight of the tune, such as 0.8; only in a tune's prompts_attributes.")


@frozen(kw_only=True, slots=False)
class TuneParams:
    """The parameters of a tune."""

    name: str = required("The class that is learnt: man, woman, cat, dog, boy, girl, style, dress, ...")
    title: str | None = param("Its title. The SDK puts a UUID where it is left out, which makes a retry safe.")
    images: SequenceNotStr[FileInput] | None = param(
        "The training images, files and URLs mixed [V]; usually 4 to 50 [R].", kind=Kind.FILES, url_name="image_urls"
    )
    image_urls: SequenceNotStr[str] | None = param("Training images, as URLs.", kind=Kind.URLS)
    image_captions: SequenceNotStr[str] | None = param("A caption for each image [V].", kind=Kind.TEXTS)
    callback: str | None = param("https URL that is called with the tune once it is trained.", kind=Kind.CALLBACK)
    branch: Literal["flux1", "sd15", "sdxl1", "fast"] | str | None = param(
        "The base's family; `fast` trains a mock, free of charge. Default: the base tune's, else sd15."
    )
    steps: int | None = param("The number of training steps.", low=1)
    token: str | None = param("The word that stands for the subject; default ohwx for SDXL, sks for SD15.")
    face_crop: bool | None = param("Whether to train on the faces as well, cut out.")
    training_face_correct: bool | None = param("Whether faces in the training images are corrected.")
    base_tune_id: int | None = param(
        "What to build on: 1504944 is Flux1.dev, 690204 Realistic Vision 5.1, 666678 SDXL 1.0.", kind=Kind.ID
    )
    model_type: Literal["lora", "pti", "faceid", "checkpoint"] | str | None = param(
        "What to train; `checkpoint` is sent as null, which is what the service calls it.", kind=Kind.MODEL_TYPE
    )
    auto_extend: bool | None = param("Whether it is kept beyond 30 days, which is charged.")
    preset: Literal["flux-lora-focus", "flux-lora-portrait", "flux-lora-fast"] | str | None = param(
        "The name of a set of settings."
    )
    characteristics: Mapping[str, str] | None = param(
        "Free words, such as eye_color, for `{{eye_color}}` in a prompt's text.", kind=Kind.WORDS
    )
    prompts_attributes: SequenceNotStr[PromptParams] | None = param(
        "Prompts to be created with the tune.", kind=Kind.PROMPTS
    )


@frozen(kw_only=True, slots=False)
class PackRunParams:
    """The parameters of running a pack: for a tune that is made for it, or for tunes that exist already.

    For a new tune give `name`, and images; for others give `tune_ids` alone.
    """

    tune_ids: SequenceNotStr[int] | None = param(
        "The ids of tunes to run it for, instead of making one.", kind=Kind.IDS
    )
    name: str | None = param("The class of the tune to be made: man, woman, ...")
    title: str | None = param("Its title. The SDK puts a UUID where it is left out, which makes a retry safe.")
    images: SequenceNotStr[FileInput] | None = param(
        "The training images, files and URLs mixed [V].", kind=Kind.FILES, url_name="image_urls"
    )
    image_urls: SequenceNotStr[str] | None = param("Training images, as URLs.", kind=Kind.URLS)
    callback: str | None = param("https URL that is called with the tune once it is trained.", kind=Kind.CALLBACK)
    preset: Literal["flux-lora-focus", "flux-lora-portrait", "flux-lora-fast"] | str | None = param(
        "The name of a set of settings."
    )
    characteristics: Mapping[str, str] | None = param(
        "Free words, such as eye_color, for `{{eye_color}}` in a prompt's text.", kind=Kind.WORDS
    )
    prompt_ids: SequenceNotStr[int] | None = param(
        "The ids of the pack's prompts to run; None runs all.", kind=Kind.IDS
    )
    prompt_attributes: PromptParams | None = param("What to change in each of the pack's prompts.", kind=Kind.PROMPT)
    prompts_callback: str | None = param("https URL that is called once the prompts are done.", kind=Kind.CALLBACK)
    brief: str | None = param("A description of what the images are for [V].")


Params: TypeAlias = TuneParams | PromptParams | PackRunParams
