"""Made-up results for `/images/*`: always the same for the same image."""

from __future__ import annotations

from hashlib import sha256

from ..._wire import Response
from .._routing.context import RouteContext
from .._server.coerce import as_text, is_blank, is_url, items_of
from .._server.http import Abort, answer, invalid
from .._server.multipart import ReceivedFile
from .._store.store import Store
from .uploads import file_of, is_there, place_at

#: The strings of a finding, each with the documented words [D]; "NONE" can come as "", too [R]. Those of `body_type` and
#: `headcover` are not documented [I].
_STRINGS: dict[str, tuple[str, ...]] = {
    "body_type": ("slim", "average", "athletic", "curvy"),
    "ethnicity": ("caucasian", "black", "hispanic", "korean", "japanese", "chinese", "philippine"),
    "age": ("20 yo", "30 yo", "40 yo", "50 yo", "60 yo", "70 yo"),
    "glasses": ("glasses", "NONE", ""),
    "eye_color": ("blue eyes", "brown eyes", "green eyes", "gray eyes", "black eyes", "NONE"),
    "hair_color": ("blonde", "brunette", "red hair", "black hair", "NONE"),
    "hair_length": ("short hair", "medium hair", "long hair", "NONE"),
    "hair_style": ("dreadlocks", "bald", "cornrows", "straight hair", "curly hair", "wavy hair", "NONE"),
    "facial_hair": ("mustache", "beard", "goatee", "NONE", ""),
    "is_bald": ("bald", "NONE", ""),
    "headcover": ("hat", "NONE", ""),
}
_FLAGS = (
    "funny_face", "wearing_sunglasses", "wearing_hat", "blurry", "includes_multiple_people",
    "full_body_image_or_longshot", "selfie", "low_resolution", "low_quality",
)  # fmt: skip

#: What is chosen from if no names are given: the documented classes of an inspection [D].
CLASSES = ("man", "woman", "boy", "girl", "baby", "cat", "dog")


def inspect(store: Store, context: RouteContext) -> Response:
    """POST /images/inspect: `name`, and `file` or `file_url`, at the top level [D]."""
    if is_blank(as_text(context.params.get("name"))):
        raise Abort(invalid({"name": ["can't be blank"]}))
    seed = _digest_of(store, context, takes_file=True)
    found: dict[str, object] = {"name": context.params["name"]}
    found |= {name: choices[_number(seed, name) % len(choices)] for name, choices in _STRINGS.items()}
    found |= {name: _number(seed, name) % 8 == 0 for name in _FLAGS}
    return answer(200, found)


def class_name(store: Store, context: RouteContext) -> Response:
    """POST /images/class_name: which of `names` the image at `file_url` shows, and some words on it [V]."""
    names = [name for name in map(as_text, items_of(context.params.get("names"))) if name] or [*CLASSES]
    seed = _digest_of(store, context)
    name, words = names[_number(seed, "class") % len(names)], _words(seed)
    shape = {
        "class_name": name,
        "short_description": f"A {name}",
        "caption": ", ".join([f"a {name}", *words]),
        "captions": [*words],
        "first_name": None,
    }
    return answer(200, shape)


def describe(store: Store, context: RouteContext) -> Response:
    """POST /images/describe: a description of the image at `file_url` [V]."""
    return answer(200, {"description": f"A person with {' and '.join(_words(_digest_of(store, context)))}."})


def _words(seed: str) -> tuple[str, str]:
    """The colours of hair and eyes."""
    hair, eyes = (_STRINGS[name][_number(seed, name) % 4] for name in ("hair_color", "eye_color"))
    return hair, eyes


def _digest_of(store: Store, context: RouteContext, *, takes_file: bool = False) -> str:
    """What the image is told by: its bytes, or its URL. Abort if there is neither."""
    file, url = file_of(store, context.params.get("file")) if takes_file else None, context.params.get("file_url")
    if isinstance(file, ReceivedFile):
        return file.sha256
    if not is_blank(file):
        raise Abort(invalid({"file": ["is invalid"]}))
    if is_blank(url):
        raise Abort(invalid({"file" if takes_file else "file_url": ["can't be blank"]}))
    if not is_url(url) or not is_there(store, str(url)):
        raise Abort(invalid({"file_url": ["is invalid"]}))
    place = place_at(store, str(url))
    return str(url) if place is None or place.file is None else place.file.sha256


def _number(seed: str, name: str) -> int:
    return int.from_bytes(sha256(f"{name} {seed}".encode(errors="replace")).digest()[:4])
