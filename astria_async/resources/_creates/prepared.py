"""A create that is written down before its first byte is sent: with its identity, and as JSON.

Whoever keeps it can send it, look for what it made, and send it again only if it made nothing: after a restart, and on
another machine. Batches and queues stand on this.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from attrs import field, frozen

from ..._codec import measure
from ..._wire import FilePart
from ...errors import ParameterError

R_co = TypeVar("R_co", covariant=True)

#: The format of the JSON. A reader refuses what is newer.
VERSION = 1
#: What can be prepared, and the ids that its path is made of.
OPERATIONS: Mapping[str, tuple[str, ...]] = {"tunes.create": (), "prompts.create": ("tune",), "packs.run": ("pack",)}
_FILE = "$file"
_FILE_FACTS: Mapping[str, type] = {"path": str, "name": str, "content_type": str, "size": int, "sha256": str}
#: A pack's name in a path: neither `..` nor anything that would be another path.
_SLUG = re.compile(r"(?!\.+$)[\w.~-]+")


@frozen(kw_only=True)
class Prepared(Generic[R_co]):
    """A create whose identity is fixed: `await astria.send(prepared)` sends it, `astria.recover(prepared)` looks for it.

    Args:
        operation: Which create it is: `tunes.create`, `prompts.create` or `packs.run`.
        ids: The ids that its path is made of: `{"tune": 1504944}` is the model that draws the prompt.
        params: Its parameters as they are sent, the title or seed among them. A local file stands there as its path,
            size in bytes and SHA-256.
        identity_drawn: Whether the title or seed was made for this order alone. One that the caller chose may be
            another object's, too.
        account: The id of the user whose key prepared it. Another account's client refuses it.
        workspace: The workspace of the client that prepared it; None is the personal one.
        base_url: The service that it is for.
        prepared_at: When it was prepared, by the service's clock: no object of it is older.
        version: The format of its JSON.
    """

    operation: str
    ids: Mapping[str, int | str]
    params: Mapping[str, Any] = field(repr=False)
    identity_drawn: bool
    account: int
    workspace: int | str | None
    base_url: str
    prepared_at: datetime
    version: int = VERSION

    @property
    def identity(self) -> str | int:
        """What its object is found by: a tune's title, or a prompt's seed."""
        found: str | int = self.params["seed" if self.operation == "prompts.create" else "title"]
        return found

    @property
    def key(self) -> str:
        """A name of this order, the same wherever it is sent from: for a queue, or a ledger."""
        return f"{self.operation}:{':'.join(str(number) for number in (*self.ids.values(), self.identity))}"

    def to_json(self) -> str:
        """The whole as JSON. It holds no key and no file's bytes; `from_json` reads it."""
        return json.dumps(
            {
                "version": self.version,
                "operation": self.operation,
                "ids": dict(self.ids),
                "params": self.params,
                "identity_drawn": self.identity_drawn,
                "account": self.account,
                "workspace": self.workspace,
                "base_url": self.base_url,
                "prepared_at": self.prepared_at.isoformat(),
            },
            ensure_ascii=False,
            allow_nan=False,
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Prepared[Any]:
        """Read what `to_json` wrote. Raises ParameterError for anything else, in one line."""
        try:
            data = json.loads(text)
            if not isinstance(data, dict):
                raise TypeError("it is not an object")
            if data.get("version") != VERSION:
                problem = f"it has the format {data.get('version')!r}, and this version of the SDK reads {VERSION}"
                raise ParameterError(f"prepared: {problem}; install the version that wrote it")
            prepared: Prepared[Any] = cls(**{**data, "prepared_at": datetime.fromisoformat(data["prepared_at"])})
            prepared.check()
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            if isinstance(error, ParameterError):
                raise
            raise ParameterError(f"prepared: this is not what Prepared.to_json() wrote ({error})") from None
        return prepared

    def check(self) -> None:
        """Raise ParameterError, in one line, unless every field is of its kind: it may come from anywhere."""
        if not isinstance(self.operation, str) or self.operation not in OPERATIONS:
            raise ParameterError(f"prepared: {self.operation!r} is not a create; it is one of {', '.join(OPERATIONS)}")
        if not isinstance(self.ids, Mapping) or {*self.ids} != {*OPERATIONS[self.operation]}:
            raise ParameterError(f"prepared: ids has to have {OPERATIONS[self.operation]} for {self.operation}")
        for id_name, number in self.ids.items():
            is_id = type(number) is int and number > 0
            if not is_id and not (id_name == "pack" and isinstance(number, str) and _SLUG.fullmatch(number)):
                raise ParameterError(f"prepared: ids.{id_name} is {number!r}, which is not an id")
        name, kind = ("seed", int) if self.operation == "prompts.create" else ("title", str)
        if not isinstance(self.params, Mapping) or type(self.params.get(name)) is not kind:
            raise ParameterError(f"prepared: params has no {name}, by which its object would be found")
        workspace = self.params.get("workspace_id")  # it goes into a header
        if workspace is not None and (type(workspace) is not int or workspace < 1):
            raise ParameterError(f"prepared: params.workspace_id is {workspace!r}, which is not an id")
        if type(self.identity_drawn) is not bool:
            raise ParameterError(
                f"prepared: identity_drawn is {self.identity_drawn!r}, which is neither true nor false"
            )
        if not isinstance(self.prepared_at, datetime) or self.prepared_at.tzinfo is None:
            raise ParameterError("prepared: prepared_at is not a time with a time zone")


def write_files(node: Any, label: str) -> Any:
    """A tree in which each local file stands as its path, size and hash. Blocks: call it in a thread.

    Raises ParameterError for bytes and file objects: they cannot be written down.
    """
    if isinstance(node, Mapping):
        return {name: write_files(child, name) for name, child in node.items()}
    if isinstance(node, (list, tuple)):
        return [write_files(child, f"{label}[{index}]") for index, child in enumerate(node)]
    if not isinstance(node, FilePart):
        return node
    if not isinstance(node.source, Path):
        raise ParameterError(f"{label}: bytes and file objects cannot be prepared; pass a Path, a URL, or an upload")
    return {
        _FILE: {
            "path": str(node.source.absolute()), "name": node.name, "content_type": node.content_type,
            "size": node.size, "sha256": _hash_of(node.source, label),
        }
    }  # fmt: skip


def has_files(node: Any) -> bool:
    """Whether a local file stands in a tree that `write_files` has written."""
    if isinstance(node, Mapping):
        return {*node} == {_FILE} or any(map(has_files, node.values()))
    return isinstance(node, list) and any(map(has_files, node))


def read_files(node: Any, label: str = "params") -> Any:
    """The tree that `write_files` was given. Blocks. Raises ParameterError for a file that is gone or has changed."""
    if isinstance(node, list):
        return [read_files(child, f"{label}[{index}]") for index, child in enumerate(node)]
    if not isinstance(node, Mapping):
        return node
    if {*node} != {_FILE}:
        return {name: read_files(child, name) for name, child in node.items()}
    facts = node[_FILE]
    if not isinstance(facts, Mapping) or any(type(facts.get(name)) is not kind for name, kind in _FILE_FACTS.items()):
        raise ParameterError(f"{label}: what stands there for a file is not what Prepared.to_json() wrote")
    path = Path(facts["path"])
    part = measure(path, parameter=label, name=facts["name"])
    if part.size != facts["size"] or _hash_of(path, label) != facts["sha256"]:
        raise ParameterError(f"{label}: {path} has changed since it was prepared; restore it, or prepare anew")
    return FilePart(
        name=facts["name"], content_type=facts["content_type"], source=path, size=part.size, rewindable=True
    )


def _hash_of(path: Path, label: str) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        problem = f"{label}: {path} cannot be read: {error.strerror}"
    raise ParameterError(problem)
