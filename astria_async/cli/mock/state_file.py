"""The fake's tunes and prompts as a file: kept while it runs, and restored when it starts."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cattrs import BaseValidationError, Converter

from ..testing.moments import time_of
from ..testing.multipart import UploadedFile
from ..testing.state import Stored, StoredPrompt, StoredTune, World

if TYPE_CHECKING:
    from ..testing import FakeAstria

#: What the first lines of a file say, so that no other JSON is taken for one.
KIND, VERSION = "astria-async mock", 1

#: How a file that was uploaded stands in JSON, and a mapping that could be mistaken for one.
_FILE, _MAP = "$file", "$map"


class InvalidStateError(ValueError):
    """What was read is no state that was written; says why."""


AnyStored = TypeVar("AnyStored", bound=Stored)


def world_of(fake: FakeAstria) -> World:
    """What the fake knows, to be restored: it offers no other way to put things in."""
    return fake._world


def exported(fake: FakeAstria, now: datetime) -> dict[str, Any]:
    """All tunes and prompts, with what time it is for the fake, ready for JSON.

    Whose they are is told by the key that made them: the file is as secret as those keys are.
    """
    return {
        "kind": KIND,
        "version": VERSION,
        "now": now.isoformat(),
        "tunes": [_converter.unstructure(tune) for tune in fake.tunes],
        "prompts": [_converter.unstructure(prompt) for prompt in fake.prompts],
    }


class SavedState:
    """What was read from a file: when it was written, in the fake's time, and what was there."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Raises InvalidStateError where `data` is not what `exported` gives."""
        if data.get("kind") != KIND or data.get("version") != VERSION:
            raise InvalidStateError(f"it is no state of {KIND}, version {VERSION}")
        self.now = _time(data.get("now"))
        self.tunes = _listed(data, "tunes", StoredTune)
        self.prompts = _listed(data, "prompts", StoredPrompt)

    def give(self, fake: FakeAstria) -> None:
        """Put it into a fake that is new. What comes next gets higher ids."""
        world = world_of(fake)
        for tune in self.tunes:
            world.add_tune(tune)
        for prompt in self.prompts:
            world.add_prompt(prompt)
        world.tune_ids = count(max([next(world.tune_ids) - 1, *world.tunes]) + 1)
        world.prompt_ids = count(max([next(world.prompt_ids) - 1, *world.prompts]) + 1)


def _listed(data: Mapping[str, Any], name: str, kind: type[AnyStored]) -> list[AnyStored]:
    """The objects of one kind, oldest first. Raises InvalidStateError, which names the one that is wrong."""
    entries = data.get(name)
    if not isinstance(entries, list):
        raise InvalidStateError(f"{name!r} is no list")
    found: list[AnyStored] = []
    for number, entry in enumerate(entries, 1):
        try:
            found.append(_converter.structure(_exact(entry, dict), kind))
            if found[-1].id <= (found[-2].id if len(found) > 1 else 0):
                raise InvalidStateError("its id does not follow the one before")
            for moment in (found[-1].created, found[-1].starts, found[-1].ends):
                time_of(moment)
        except (BaseValidationError, ValueError, TypeError, OverflowError) as error:
            problem = f"{name}, entry {number}, is damaged"
            raise InvalidStateError(problem) from error
    return found


def _time(value: object) -> datetime:
    """An aware time. Raises InvalidStateError."""
    try:
        time = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        time = datetime.min
    if time.tzinfo is None:
        raise InvalidStateError(f"{value!r} is no time with a zone")
    return time


# --- To JSON and back


def _exact(value: Any, kind: type[Any]) -> Any:
    """Nothing is made a number or a text that was none."""
    if type(value) is not kind:
        raise InvalidStateError(f"{value!r} is no {kind.__name__}")
    return value


def _packed(node: Any) -> Any:
    """Parameters as JSON can say them."""
    if isinstance(node, UploadedFile):
        return {_FILE: [node.name, node.content_type, node.size, node.sha256]}
    if isinstance(node, Mapping):
        packed = {key: _packed(value) for key, value in node.items()}
        return {_MAP: packed} if packed.keys() & {_FILE, _MAP} else packed
    return [_packed(item) for item in node] if isinstance(node, (list, tuple)) else node


def _unpacked(node: Any) -> Any:
    if isinstance(node, list):
        return [_unpacked(item) for item in node]
    if not isinstance(node, dict):
        return node
    if _FILE in node:
        name, content_type, size, sha256 = node[_FILE]
        return UploadedFile(name=name, content_type=content_type, size=size, sha256=sha256)
    return {key: _unpacked(value) for key, value in node.get(_MAP, node).items()}


def _mapping(value: Any, _: object) -> Any:
    return _unpacked(_exact(value, dict))


_converter = Converter(forbid_extra_keys=True)
for _kind in (int, str, bool):
    _converter.register_structure_hook(_kind, _exact)
_converter.register_structure_hook_func(lambda kind: kind == Mapping[str, Any], _mapping)
_converter.register_unstructure_hook_func(lambda kind: kind == Mapping[str, Any], _packed)


# --- The file


def read(path: Path) -> SavedState | None:
    """What the file holds; None where there is none. Raises InvalidStateError where it holds something else; OSError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise InvalidStateError(f"it is no JSON: {error}") from None
    if not isinstance(data, dict):
        raise InvalidStateError("it is no object")
    return SavedState(data)


def write(path: Path, data: Mapping[str, Any]) -> None:
    """Write all of it, or leave what is there: another program never sees half a file. Only its owner can read it."""
    target = path.resolve()  # what a link points to is replaced, not the link
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(data, file, separators=(",", ":"))
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
