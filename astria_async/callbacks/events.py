"""The body of a callback, in each of the forms that are known: wrapped, bare, an array, and a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl

import attrs
from attrs import frozen

from .._codec.structure import problems_in, to_model
from .._values.json import decode_json
from ..errors import CallbackError
from ..models import Prompt, Tune

#: The most bytes of a body [I]: an array of 120 prompts with all their fields has 250 kB.
MAX_BODY = 1_000_000
#: The most fields of a form, so that its names cost no more than its bytes.
_MOST_FIELDS = 10_000

Kind: TypeAlias = Literal["tune", "prompt", "prompts"]
_KINDS: Mapping[str, tuple[Kind, type[Tune | Prompt]]] = {
    "tune": ("tune", Tune), "prompt": ("prompt", Prompt), "prompts": ("prompts", Prompt),
}  # fmt: skip
#: What only one of the two has, in the recorded bodies [R] and in the documented entities [D].
_OF_PROMPTS = ("tune_id", "text", "images", "num_images", "negative_prompt")
_PART = re.compile(r"\[([^\[\]]*)\]")


@frozen(kw_only=True)
class CallbackEvent:
    """What a callback says. It is a hint: the service signs nothing, so read the tune or prompt again before you act.

    The recorded bodies have a part of the fields only [R], and none says that a prompt failed.

    Args:
        kind: "tune", "prompt", or "prompts" for the array of `prompts_callback`.
        tunes: The tunes that it names.
        prompts: The prompts that it names.
    """

    kind: Kind
    tunes: tuple[Tune, ...] = ()
    prompts: tuple[Prompt, ...] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of the tunes, or of the prompts."""
        entities: tuple[Tune | Prompt, ...] = (*self.tunes, *self.prompts)
        return tuple(entity.id for entity in entities)


def parse_callback(headers: Mapping[str, str], body: bytes) -> CallbackEvent:
    """The event of a callback's request.

    Args:
        headers: The request's headers, their names in any case. Only Content-Type is looked at: a form, or else JSON.
        body: The whole body, at most 1 MB.

    Raises CallbackError, which shows nothing of the body, for what is none of the known forms: `{"prompt": {...}}` [R],
    `{"tune": {...}}` [V], the entity itself [D], an array of prompts [D], `{"prompts": [...]}` [I], and each of them as
    a form [I].
    """
    if len(body) > MAX_BODY:
        raise CallbackError(f"body: it has {len(body):,} bytes; a callback has {MAX_BODY:,} at most")
    kinds = [value for name, value in headers.items() if name.lower() == "content-type"]
    is_form = any(kind.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded" for kind in kinds)
    data = _form(body) if is_form else _json(body)
    kind, entities = _told_apart(data)
    model = _KINDS[kind][1]
    if is_form:
        entities = [_typed(entity, model) for entity in entities]
    try:
        found = [to_model(entity, model) for entity in entities]
    except Exception as error:  # noqa: BLE001 -- cattrs raises groups of whatever the hooks raised
        problem = problems_in(error)[0]
        raise CallbackError(f"body: a {model.__name__.lower()} cannot be read: {problem[:200]}") from None
    return (
        CallbackEvent(kind=kind, tunes=tuple(found))
        if model is Tune
        else CallbackEvent(kind=kind, prompts=tuple(found))
    )


def _json(body: bytes) -> Any:
    try:
        return decode_json(body)
    except (ValueError, RecursionError):
        raise CallbackError("body: it is not JSON") from None


def _told_apart(data: Any) -> tuple[Kind, list[dict[str, Any]]]:
    """What the body is about, and the objects in it."""
    if isinstance(data, dict) and len(data) == 1 and (name := next(iter(data))) in _KINDS:
        data, kind = data[name], _KINDS[name][0]
    elif isinstance(data, list):
        kind = "prompts"
    else:
        kind = "prompt" if isinstance(data, dict) and any(name in data for name in _OF_PROMPTS) else "tune"
    entities = data if isinstance(data, list) and kind == "prompts" else [data]
    if not entities or not all(isinstance(entity, dict) and "id" in entity for entity in entities):
        raise CallbackError("body: it names no tune and no prompt")
    return kind, entities


# --- Forms, with Rails' names


def _form(body: bytes) -> Any:
    """`prompt[id]=1`, `prompts[][id]=1` or `prompts[0][id]=1`, as nested values; all leaves are texts."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise CallbackError("body: it is not a form in UTF-8, or has too many fields") from None
    root: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, _ = name.partition("[")
        keys = [head, *_PART.findall(name[len(head) :])]
        if len(keys) > 4 or (bracket and not name.endswith("]")):
            raise CallbackError("body: a name of the form is nested too deeply, or is cut")
        _put(root, keys, value)
    return _lists_in(root)


def _put(node: dict[str, Any], keys: list[str], value: str) -> None:
    """An empty name counts up: a new item begins where the last one has this name already, as in Rails."""
    for at, key in enumerate(keys[:-1]):
        if key == "":
            last = str(len(node) - 1)
            taken = node.get(last)
            key = last if isinstance(taken, dict) and keys[at + 1] not in (*taken, "") else str(len(node))
        inner = node.setdefault(key, {})
        if not isinstance(inner, dict):
            raise CallbackError("body: a name of the form is a value and an object")
        node = inner
    node[keys[-1] or str(len(node))] = value


def _lists_in(node: Any) -> Any:
    """Objects whose names are 0, 1, 2, ... as lists."""
    if not isinstance(node, dict):
        return node
    inner = {name: _lists_in(value) for name, value in node.items()}
    return [*inner.values()] if inner and [*inner] == [str(number) for number in range(len(inner))] else inner


def _typed(entity: dict[str, Any], model: type[Tune | Prompt]) -> dict[str, Any]:
    """A form's texts as the numbers and flags that JSON has; an empty text is a null [I]."""
    typed: dict[str, Any] = {}
    kinds = {spec.name: spec.type for spec in attrs.fields(model)}
    for name, value in entity.items():
        kind = kinds.get(name)
        if value == "":
            continue
        if isinstance(value, str) and kind in (int, int | None) and value.isdecimal() and len(value) < 20:
            typed[name] = int(value)
        elif kind in (bool, bool | None) and value in ("true", "false"):
            typed[name] = value == "true"
        else:
            typed[name] = value
    return typed
