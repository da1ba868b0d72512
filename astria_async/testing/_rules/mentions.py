"""Which tunes an image shows: those that the prompt's text mentions as their family asks for, and nobody else.

| tune | the prompt is on | its text |
|---|---|---|
| checkpoint | the tune | `sks woman`: its token, then its class name |
| LoRA of Flux | a model of branch flux1 | `<lora:ID:1> ohwx woman` |
| SDXL, always pti | a model of branch sdxl1 | `<lora:ID:1> ohwx woman`, and no other LoRA |
| FaceID | a model of the gallery, or a checkpoint | `<faceid:ID:1> woman`: the class name right after it |
| any tune of the free branch | the tune | anything |

So an image with nobody in it is a wrong reference, seen before it is paid for [D, section "Which model draws"].
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .. import _assumptions as assume
from .._server.coerce import as_text
from .._store.records import StoredTune
from .._store.store import Store

_MENTION = re.compile(r"<(lora|faceid):(\d{1,18}):(\d*\.?\d+)>\s*", re.ASCII | re.IGNORECASE)
_LORA = re.compile(r"<lora:[^<>]*>", re.IGNORECASE)


def text_of(params: Mapping[str, Any]) -> str:
    """All of a prompt's words."""
    words = (as_text(params.get(name)) for name in ("text", "video_prompt"))
    return " ".join(filter(None, words))


def refuses_prompts(tune: StoredTune) -> bool:
    """Whether a prompt cannot be posted to this tune's own id, since it is an adapter that draws nothing by itself."""
    return tune.model_type in assume.ADAPTERS and tune.branch != assume.FREE_BRANCH


def persons_of(store: Store, tune: StoredTune, key: str, params: Mapping[str, Any]) -> tuple[int, ...]:
    """The ids of the key's tunes that the images of a prompt on `tune` show."""
    text = text_of(params)
    shown = [tune.id] if tune.key and _shows_itself(tune, text) else []
    shown += (other.id for other in _mentioned(store, tune, key, text))
    return tuple(dict.fromkeys(shown))


def mention(tune: StoredTune) -> str:
    """What a text must contain so that its images show a tune."""
    name = tune.name or "person"
    if not refuses_prompts(tune):
        return f"{tune.token} {name}" if tune.token else name
    return f"<faceid:{tune.id}:1> {name}" if tune.model_type == "faceid" else f"<lora:{tune.id}:1> {tune.token} {name}"


def without_mentions(text: str, tunes: list[StoredTune]) -> str:
    """The scene that a text describes, without the tunes that it mentions: what a pack keeps of its template."""
    text = _MENTION.sub("", text)
    for tune in tunes:
        for phrase in filter(None, (_phrase(tune), tune.name)):
            text = re.sub(rf"(?<!\w){re.escape(phrase)}(?!\w)", "", text, count=1, flags=re.IGNORECASE)
    return " ".join(text.split()).lstrip(" ,")


def tunes_in(store: Store, tune: StoredTune, key: str, params: Mapping[str, Any]) -> list[StoredTune]:
    """The fine-tuned models that a prompt uses: the one that it is on, if that is the key's, and those in its text."""
    named = (store.tune(int(found[2]), key) for found in _MENTION.finditer(text_of(params)))
    return [one for one in (tune if tune.key else None, *named) if one is not None]


def _shows_itself(tune: StoredTune, text: str) -> bool:
    """Whether a prompt on a tune shows that tune without a reference to its id."""
    if tune.branch == assume.FREE_BRANCH:
        return True
    if tune.model_type == "faceid":  # one of its `prompts_attributes`, whose text cannot know the id yet
        return _has(text, tune.name)
    return _has(text, _phrase(tune))


def _mentioned(store: Store, tune: StoredTune, key: str, text: str) -> Iterator[StoredTune]:
    too_many = tune.family == "sdxl1" and len(_LORA.findall(text)) > assume.MAX_LORAS_ON_SDXL
    for found in _MENTION.finditer(text):
        adapter = store.tune(int(found[2]), key, or_base=False)
        if adapter is None or not float(found[3]):
            continue
        if adapter.model_type == "faceid":
            if found[1].lower() == "faceid" and _begins_with(text[found.end() :], adapter.name):
                yield adapter
        elif (
            found[1].lower() == "lora"
            and adapter.model_type in ("lora", "pti")
            and adapter.family == tune.family
            and not too_many
            and _has(text, _phrase(adapter))
        ):
            yield adapter


def _phrase(tune: StoredTune) -> str | None:
    return f"{tune.token} {tune.name}" if tune.token and tune.name else None


def _has(text: str, phrase: str | None) -> bool:
    """Whether a text contains some words, in any case, with any spaces between them."""
    return bool(phrase) and re.search(_pattern(phrase or ""), text, re.IGNORECASE) is not None


def _begins_with(text: str, phrase: str | None) -> bool:
    return bool(phrase) and re.match(_pattern(phrase or ""), text, re.IGNORECASE) is not None


def _pattern(phrase: str) -> str:
    words = r"\s+".join(map(re.escape, phrase.split()))
    return rf"(?<!\w){words}(?!\w)" if words else r"(?!)"
