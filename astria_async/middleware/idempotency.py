"""What makes a create findable, filled in once, before its first attempt.

The service has no Idempotency-Key header. A tune is told by its title, where a UUID identifies the transaction [D]; a
prompt by its seed, within a tune [I].
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import attrs

from .._runtime.loops import PerLoop
from .._runtime.warn import warn
from .._wire import Body, Identity, RandomSource, Request, Response, Send
from ..errors import ParameterError
from ..models import PromptParams
from ..models._base import Model
from ..models.parameters.scalars import a

#: Seeds are drawn from 0 to 2**31 - 1. The service takes 0 to 2**32 [D], but the column behind may be signed [I]: a
#: seed that does not come back as it was sent could not be looked for.
SEED_BITS = 31

#: What the account's idempotency setting compares, besides the tune's id: two prompts that agree in these are one [D].
#: Input images, aspect_ratio, style, video parameters and the like are not among them.
COMPARED = (
    "text", "cfg_scale", "steps", "seed", "callback", "negative_prompt", "super_resolution", "face_correct", "ar",
    "num_images", "controlnet", "denoising_strength", "use_lpw", "controlnet_conditioning_scale", "w", "h",
    "hires_fix", "scheduler", "controlnet_txt2img", "inpaint_faces",
)  # fmt: skip

#: The service draws a seed for this one [V]: it is as good as none, and could not be looked for.
ANY_SEED = -1

_NAMESPACE = uuid5(NAMESPACE_URL, "https://api.astria.ai/tunes")


def idempotency_title(*parts: object) -> str:
    """A title that identifies one transaction.

    Without arguments a random UUID (uuid4). With some, such as `("order", 1234)`, a UUID made of them as text (uuid5):
    the same for the same parts, in any process and after any restart, so that a create that is started again finds its
    tune. To keep a title readable, put it behind: `f"Jane Doe – {idempotency_title('order', 1234)}"`.
    """
    if not parts:
        return str(uuid4())
    return str(uuid5(_NAMESPACE, json.dumps(_texts(parts))))


def idempotency_seed(*parts: object) -> int:
    """A prompt's seed made of parts, such as `("order", 1234)`: the same for the same parts, after any restart too.

    0 to 2**31 - 1. Two prompts of one tune with the same parts get the same seed: put in what tells them apart.
    """
    digest = hashlib.sha256(json.dumps(_texts(parts)).encode()).digest()
    return int.from_bytes(digest[:4]) >> (32 - SEED_BITS)


def _texts(parts: tuple[object, ...]) -> list[str]:
    """Each part as text. Raises ParameterError for one whose text is another one after a restart, or a while later."""
    for part in parts:
        kind = type(part)
        is_bare = kind.__repr__ is object.__repr__ and kind.__str__ is object.__str__
        if is_bare or isinstance(part, (Model, set, frozenset)):
            remedy = "pass its id" if hasattr(part, "id") else "pass a text or a number that names the order"
            raise ParameterError(f"parts: the text of {a(kind.__name__)} does not stay the same; {remedy}")
    return [str(part) for part in parts]


def prompt_fingerprint(params: PromptParams, *, tune_id: int) -> str:
    """What the account's idempotency setting takes a prompt for, as a hex digest.

    Two prompts with the same fingerprint are one object where the setting is on [D], even if their input images differ.

    Args:
        params: The prompt's parameters.
        tune_id: The id of the model that draws it.
    """
    return _fingerprint(attrs.asdict(params, recurse=False), tune_id)


def _fingerprint(fields: Mapping[str, Any], tune: object) -> str:
    compared = {name: _number(fields[name]) for name in COMPARED if fields.get(name) is not None}
    return hashlib.sha256(json.dumps([str(tune), compared], sort_keys=True).encode()).hexdigest()


def _number(value: Any) -> Any:
    """3 and 3.0 are the same to the service."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def draw_identity(identity: Identity, body: Body, random: RandomSource) -> Body | None:
    """The body with a title or a seed that is drawn for this create alone; None if the caller chose one."""
    chosen = body.get(identity.at)
    if chosen is not None and not (identity is Identity.PROMPT_SEED and chosen == ANY_SEED):
        return None
    drawn: object = random.getrandbits(SEED_BITS)
    if identity is Identity.TUNE_TITLE:
        drawn = str(UUID(int=random.getrandbits(128), version=4))
    return body.set(identity.at, drawn)


class Idempotency:
    """Gives a tune without a title a UUID, and a prompt without a seed a random one. Every attempt carries the same.

    The client's own creates have theirs from the start, so in its chain this layer stands only for the account's setting.
    With `account_idempotency` it warns of two prompts in flight that the service will take for one.

    Args:
        random: Where UUIDs and seeds are drawn from.
        account_idempotency: Whether the account's setting is on: it then warns of prompts that become one.
    """

    def __init__(self, random: RandomSource, *, account_idempotency: bool = False) -> None:
        self._random = random
        self._account_idempotency = account_idempotency
        self._in_flight: PerLoop[dict[str, list[Request]]] = PerLoop(dict)

    def __call__(self, request: Request, call_next: Send) -> Awaitable[Response]:
        if request.identity is None:
            return call_next(request)
        body = None if request.body is None else draw_identity(request.identity, request.body, self._random)
        if body is not None:
            request = request.replace(body=body, identity_drawn=True)
        if request.identity is Identity.PROMPT_SEED and self._account_idempotency:
            return self._watched(request, call_next)
        return call_next(request)

    async def _watched(self, request: Request, call_next: Send) -> Response:
        """Send it, and warn if another one in flight differs only in what the service does not compare."""
        tree = request.body.tree if request.body is not None else {}
        prompt = tree.get("prompt", {}) if isinstance(tree, Mapping) else {}
        fingerprint, in_flight = _fingerprint(prompt, request.path), self._in_flight.get()
        alike = in_flight.setdefault(fingerprint, [])
        if any(other.body != request.body for other in alike):
            text = "two prompts in flight differ only in what the account's idempotency does not compare, such as their"
            warn(f"{text} input images: they will be one. Give them different seeds [D]")
        alike.append(request)
        try:
            return await call_next(request)
        finally:
            alike.remove(request)
            if not alike:
                in_flight.pop(fingerprint, None)
