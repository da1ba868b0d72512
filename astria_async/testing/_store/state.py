"""The state as JSON and back: so that a fake which ends can go on where it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import count
from typing import Any, TypeVar

from attrs import define
from cattrs import BaseValidationError, Converter

from .._server.multipart import ReceivedFile
from .records import Stored, StoredPack, StoredPrompt, StoredTemplate, StoredTune, StoredWorkspace
from .store import Store
from .timestamps import moment_of, time_of

#: What a state says of itself, so that other JSON is not taken for one.
KIND, VERSION = "astria-async mock", 2

#: How a file that was uploaded is written in JSON, and a mapping that could be mistaken for one.
_FILE, _MAP = "$file", "$map"

T = TypeVar("T")


class InvalidStateError(ValueError):
    """Data that is not a state which `FakeAstria.dump` wrote. The message says what is wrong with it."""


@define
class SavedAccount:
    """The money of one API key."""

    key: str
    balance_mc: int | None
    id: int
    spent_mc: int


#: What is saved of each kind, and where it is in the store.
_KINDS: Mapping[str, type[Any]] = {
    "tunes": StoredTune,
    "prompts": StoredPrompt,
    "packs": StoredPack,
    "templates": StoredTemplate,
    "workspaces": StoredWorkspace,
    "accounts": SavedAccount,
}


def dump(store: Store, now: int) -> dict[str, Any]:
    """The state, ready for JSON. It holds API keys: it is as secret as they are."""
    time = time_of(now)
    assert time is not None
    accounts = [SavedAccount(one.key, one.balance_mc, one.id, one.spent_mc) for one in store.accounts.values()]
    packs = [pack for pack in store.packs.values() if not pack.built_in]
    shown = {template.id for pack in store.packs.values() if pack.built_in for template in pack.templates}
    things: dict[str, Iterable[Any]] = {
        "tunes": store.tunes.values(),
        "prompts": store.prompts.values(),
        "packs": packs,
        "templates": [template for template in store.templates.values() if template.id not in shown],
        "workspaces": store.workspaces.values(),
        "accounts": accounts,
    }
    saved = {name: [_converter.unstructure(thing) for thing in things[name]] for name in _KINDS}
    return {"kind": KIND, "version": VERSION, "now": time.isoformat(), **saved}


def saved_at(data: Mapping[str, Any]) -> datetime:
    """When a state was written, by the fake's clock. Raises InvalidStateError."""
    if data.get("kind") != KIND or data.get("version") != VERSION:
        raise InvalidStateError(f"this is not a state of {KIND}, version {VERSION}")
    value = data.get("now")
    try:
        time = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        time = datetime.min
    if time.tzinfo is None:
        raise InvalidStateError(f"now: {value!r} is not a time with a zone")
    return time


def load(store: Store, data: Mapping[str, Any]) -> None:
    """Put a state into a store that is new. New objects get higher ids. Callbacks that were still to come are planned.

    Raises InvalidStateError, and changes nothing then.
    """
    now = moment_of(saved_at(data))
    saved = {name: _read(data, name, kind) for name, kind in _KINDS.items()}
    for one in saved["accounts"]:
        account = store.account(one.key)
        account.balance_mc, account.id, account.spent_mc = one.balance_mc, one.id, one.spent_mc
    for tune in saved["tunes"]:
        store.add_tune(tune)
    for prompt in saved["prompts"]:
        store.add_prompt(prompt)
    templates = {template.id: template for template in saved["templates"]}
    store.templates.update(templates)
    for pack in saved["packs"]:
        pack.templates = [templates.get(one.id, one) for one in pack.templates]
        store.packs[pack.id] = pack
    for workspace in saved["workspaces"]:
        store.workspaces[workspace.id] = workspace
        store.account(workspace.key).workspaces.append(workspace.id)
    store.tune_ids = _after(store.tune_ids, store.tunes)
    store.prompt_ids = _after(store.prompt_ids, [*store.prompts, *store.templates])
    orders = [prompt.order_id or 0 for prompt in store.prompts.values()]
    store.other_ids = _after(store.other_ids, [*store.packs, *store.workspaces, *orders])
    if store.call_back is not None:
        for kind, things in (("tune", saved["tunes"]), ("prompt", saved["prompts"])):
            for thing in things:
                if thing.ends > now and isinstance(thing.params.get("callback"), str):
                    store.call_back(kind, thing.params["callback"], (thing.id,), thing.ends)


def _after(ids: Any, used: Iterable[int]) -> Any:
    return count(max([next(ids) - 1, *used]) + 1)


def _read(data: Mapping[str, Any], name: str, kind: type[T]) -> list[T]:
    """The objects of one kind, oldest first. Raises InvalidStateError, which names the one that is wrong."""
    entries = data.get(name)
    if not isinstance(entries, list):
        raise InvalidStateError(f"{name}: {type(entries).__name__} is not a list")
    things: list[T] = []
    for number, entry in enumerate(entries, 1):
        try:
            thing = _converter.structure(_exact(entry, dict), kind)
            if isinstance(thing, Stored):
                last: Any = things[-1] if things else None
                if last is not None and thing.id <= last.id:
                    raise InvalidStateError("its id does not follow the one before")
                for moment in (thing.created, thing.starts, thing.ends):
                    time_of(moment)
        except (BaseValidationError, ValueError, TypeError, OverflowError) as error:
            problem = f"{name}, entry {number}, is damaged"
            raise InvalidStateError(problem) from error
        things.append(thing)
    return things


def _exact(value: Any, kind: type[Any]) -> Any:
    """The value itself: what was not a number or a text is not made one."""
    if type(value) is not kind:
        raise InvalidStateError(f"{value!r} is not of type {kind.__name__}")
    return value


def _pack(node: Any) -> Any:
    """Parameters as JSON can say them."""
    if isinstance(node, ReceivedFile):
        return {_FILE: [node.name, node.content_type, node.size, node.sha256]}
    if isinstance(node, Mapping):
        packed = {key: _pack(value) for key, value in node.items()}
        return {_MAP: packed} if packed.keys() & {_FILE, _MAP} else packed
    return [_pack(item) for item in node] if isinstance(node, (list, tuple)) else node


def _unpack(node: Any) -> Any:
    if isinstance(node, list):
        return [_unpack(item) for item in node]
    if not isinstance(node, dict):
        return node
    if _FILE in node:
        name, content_type, size, sha256 = node[_FILE]
        return ReceivedFile(name=name, content_type=content_type, size=size, sha256=sha256)
    return {key: _unpack(value) for key, value in node.get(_MAP, node).items()}


def _mapping(value: Any, _: object) -> Any:
    return _unpack(_exact(value, dict))


_converter = Converter(forbid_extra_keys=True)
for _kind in (int, str, bool):
    _converter.register_structure_hook(_kind, _exact)
_converter.register_structure_hook_func(lambda kind: kind == Mapping[str, Any], _mapping)
_converter.register_unstructure_hook_func(lambda kind: kind == Mapping[str, Any], _pack)
