"""What the service sees in images: of the same image always the same, and nothing that is true."""

from __future__ import annotations

from hashlib import sha256

from ..._wire import Response
from .._routing.context import RouteContext
from .._server.coerce import as_text, is_blank, is_url, items_of
from .._server.http import Abort, answer, invalid
from .._server.multipart import ReceivedFile
from .._store.store import Store
from .uploads import file_of

#: The strings of a finding, each with what it may be; "none" is "" or "NONE" [D].
_STRINGS: dict[str, tuple[str, ...]] = {
    "body_type": ("slim", "average", "athletic", "curvy"),
    "ethnicity": ("caucasian", "hispanic", "asian", "african", "middle eastern"),
    "age": ("20 yo", "30 yo", "40 yo", "50 yo"),
    "glasses": ("", "NONE", "glasses"),
    "eye_color": ("brown", "blue", "green", "hazel"),
    "hair_color": ("black", "brown", "blonde", "red", "grey"),
    "hair_length": ("short", "medium", "long"),
    "hair_style": ("straight", "wavy", "curly"),
    "facial_hair": ("", "NONE", "beard"),
    "is_bald": ("", "NONE", "bald"),
    "headcover": ("", "NONE", "hat"),
}
_FLAGS = (
    "funny_face", "wearing_sunglasses", "wearing_hat", "blurry", "includes_multiple_people",
    "full_body_image_or_longshot", "selfie", "low_resolution", "low_quality",
)  # fmt: skip

#: The key in which a class is answered; which one the service uses is not known [I].
CLASS_KEY = "class_name"
#: What is chosen from where no names are given [I].
DEFAULT_CLASSES = ("man", "woman", "boy", "girl", "cat", "dog")


def inspect(store: Store, context: RouteContext) -> Response:
    """POST /images/inspect: `name`, and `file` or `file_url`, at the top level [D]."""
    if is_blank(as_text(context.params.get("name"))):
        raise Abort(invalid({"name": ["can't be blank"]}))
    seed = _digest_of(store, context)
    found: dict[str, object] = {"name": context.params["name"]}
    found |= {name: choices[_number(seed, name) % len(choices)] for name, choices in _STRINGS.items()}
    found |= {name: _number(seed, name) % 8 == 0 for name in _FLAGS}
    return answer(200, found)


def class_name(store: Store, context: RouteContext) -> Response:
    """POST /images/class_name: which of `names` an image shows [V]."""
    names = [name for name in map(as_text, items_of(context.params.get("names"))) if name] or [*DEFAULT_CLASSES]
    return answer(200, {CLASS_KEY: names[_number(_digest_of(store, context), "class") % len(names)]})


def describe(store: Store, context: RouteContext) -> Response:
    """POST /images/describe: captions and a description [V]."""
    seed = _digest_of(store, context)
    colour, hair = (_STRINGS[name][_number(seed, name) % 4] for name in ("eye_color", "hair_color"))
    return answer(200, {"description": f"A person with {hair} hair.", "captions": [f"{hair} hair", f"{colour} eyes"]})


def _digest_of(store: Store, context: RouteContext) -> str:
    """What the image is told by: its bytes, or its URL. Abort where there is neither."""
    file, url = file_of(store, context.params.get("file")), context.params.get("file_url")
    if isinstance(file, ReceivedFile):
        return file.sha256
    if not is_blank(file) or is_blank(url):
        raise Abort(invalid({"file": ["is invalid" if not is_blank(file) else "can't be blank"]}))
    if not is_url(url):
        raise Abort(invalid({"file_url": ["is invalid"]}))
    return str(url)


def _number(seed: str, name: str) -> int:
    return int.from_bytes(sha256(f"{name} {seed}".encode(errors="replace")).digest()[:4])
