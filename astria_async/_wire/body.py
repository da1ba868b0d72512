"""What a request carries, as a value: files and trees. A transport encodes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from attrs import field, frozen


@frozen(kw_only=True)
class FilePart:
    """One file to be uploaded: a name, a type, and where its bytes are. It is read anew for each attempt.

    `source` is a path (opened for each attempt), the bytes themselves, or a binary file object, read from `start`.
    `size` is in bytes; None where it cannot be known beforehand. Where `rewindable` is False the bytes can be read
    only once, so a request that began to send them is never sent again.

    Args:
        name: The file's name, as the service sees it.
        content_type: Its media type, such as image/jpeg.
        source: A path, which is opened for each attempt; the bytes themselves; or a binary file object, which
            is read from `start`.
        size: In bytes; None if it cannot be known beforehand.
        start: Where a file object is read from, in bytes.
        rewindable: False if the bytes can be read only once: the request is then never sent again.
    """

    name: str
    content_type: str
    source: Path | bytes | BinaryIO = field(repr=False)
    size: int | None
    start: int = 0
    rewindable: bool = True


Tree: TypeAlias = Mapping[str, Any]
"""A body before it is encoded: leaves are str, int, float, bool, None and FilePart; lists and mappings between."""


@frozen
class Body:
    """What a request carries, as a value. A transport encodes it: as JSON, as a Rails form when it holds a file, or as
    the bytes of a file when it is one.

    Args:
        tree: Mappings, lists and values, files as `FilePart`; or one `FilePart` alone.
    """

    tree: Tree | FilePart

    def get(self, path: tuple[str, str]) -> Any:
        """The leaf at (root, name), or None.

        Args:
            path: (root, name), such as `("prompt", "seed")`.
        """
        tree: Any = self.tree  # nearly always a dict: the ABC's check takes three calls
        inner = tree.get(path[0]) if type(tree) is dict or isinstance(tree, Mapping) else None
        return inner.get(path[1]) if type(inner) is dict or isinstance(inner, Mapping) else None

    def set(self, path: tuple[str, str], value: object) -> Body:
        """A copy with the leaf at (root, name) set.

        Args:
            path: (root, name), such as `("prompt", "seed")`.
            value: What stands there in the copy.
        """
        root, name = path
        tree = self.tree if type(self.tree) is dict or isinstance(self.tree, Mapping) else {}
        return Body({**tree, root: {**tree.get(root, {}), name: value}})

    def files(self) -> list[FilePart]:
        """Every file in the tree, in the order in which they are sent."""
        return _files_in(self.tree)


def _files_in(node: object) -> list[FilePart]:
    if isinstance(node, FilePart):
        return [node]
    if isinstance(node, Mapping):
        return [part for child in node.values() for part in _files_in(child)]
    if isinstance(node, (list, tuple)):
        return [part for child in node for part in _files_in(child)]
    return []
