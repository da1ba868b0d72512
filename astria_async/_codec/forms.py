"""How a body goes out: JSON if it holds no file, else multipart with Rails' names for nested values [D].

A list of plain values is sent as `name[]`: with an index, Rails would parse it as a hash. A list of objects is sent as
`name[0][key]`. Booleans are `true` and `false`. None is an explicit null: `null` in JSON, and an empty field in a form,
which has no null [I]. Leave a parameter out of the tree to omit it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from math import isfinite
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from attrs import frozen

from .._runtime.threads import in_thread
from .._wire import Body, FilePart, RandomSource
from ..errors import ParameterError
from ..models._base import line
from .reading import CHUNK, read_in_chunks
from .signed_urls import stable_url

#: The name of a field that holds a file's URL, or several: not a callback, in which all counts.
_OF_A_URL = re.compile(r"_urls?\]?(?:\[\])?$")
_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@frozen(kw_only=True)
class EncodedBody:
    """A body ready to be sent: its type, its length in bytes (None: not known beforehand), and its bytes.

    `content` is set where all of it is at hand; else `chunks()` reads the files while it is sent, anew at each call.
    """

    content_type: str
    length: int | None
    content: bytes | None = None
    parts: tuple[bytes | FilePart, ...] = ()

    async def chunks(self) -> AsyncGenerator[bytes]:
        if self.content is not None:
            yield self.content
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
            else:
                async with aclosing(read_in_chunks(part)) as chunks:
                    async for chunk in chunks:
                        yield chunk


def encode(body: Body, random: RandomSource) -> EncodedBody:
    """Encode a body; `random` gives the boundary between a form's parts.

    Raises ParameterError, naming it, for a value that is neither text nor a finite number, a boolean, null or a file.
    """
    if isinstance(body.tree, FilePart):
        return EncodedBody(content_type=body.tree.content_type, length=body.tree.size, parts=(body.tree,))
    try:
        content = _JSON.encode(body.tree).encode()
    except (TypeError, ValueError):  # a file is in it, or what cannot be sent: then this raises an error that names it
        fields = list(rails_fields(body.tree))
        return _multipart(fields, f"astria-{random.getrandbits(128):032x}")
    return EncodedBody(content_type="application/json", length=len(content), content=content)


async def digest(tree: Mapping[str, Any]) -> str:
    """What a body says, files' contents included, as a hex digest: the same for the same content under any file name.

    A file's URL counts without its signature (`stable_url`): signed anew, it is the same file. Raises ParameterError for
    a file that can be read only once.
    """
    total = hashlib.sha256()
    for name, value in sorted(rails_fields(tree), key=itemgetter(0)):
        total.update(f"{name}\0".encode())
        if not isinstance(value, FilePart):
            text = stable_url(value) if _OF_A_URL.search(name) else value
            total.update(_sha256(text) if len(text) < CHUNK else await in_thread(_sha256, text))
            continue
        if not value.rewindable:
            raise ParameterError(f"{value.name}: it can be read only once, and idempotency_key needs to read it twice")
        content = hashlib.sha256()
        async with aclosing(read_in_chunks(value)) as chunks:
            async for chunk in chunks:
                await in_thread(content.update, chunk)
        total.update(content.digest())
    return total.hexdigest()


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def query_string(query: Mapping[str, Any]) -> str:
    """`?a=1&b[]=2` for a query, or nothing; what is None is left out."""
    pairs = list(rails_fields({name: value for name, value in query.items() if value is not None}))
    return "?" + urlencode(pairs) if pairs else ""


def rails_fields(node: Any, name: str = "") -> Iterator[tuple[str, str | FilePart]]:
    """A tree as flat pairs with Rails' names: `{"tune": {"images": [a]}}` is `("tune[images][]", a)`.

    Raises ParameterError for a leaf that cannot be sent.
    """
    if isinstance(node, Mapping):
        for key, child in node.items():
            yield from rails_fields(child, f"{name}[{key}]" if name else str(key))
    elif isinstance(node, (list, tuple)):
        for index, child in enumerate(node):
            yield from rails_fields(child, f"{name}[{index if isinstance(child, Mapping) else ''}]")
    elif isinstance(node, FilePart):
        yield name, node
    elif node is None:
        yield name, ""
    elif isinstance(node, str) and _is_unicode(node):
        yield name, str.__str__(node)  # of a member of a str Enum, str() would be its name
    elif isinstance(node, int) or (isinstance(node, float) and isfinite(node)):
        yield name, json.dumps(node)
    else:
        raise ParameterError(f"{name}: {line(repr(node))} cannot be sent; give text, a finite number, or a boolean")


def _is_unicode(text: str) -> bool:
    """False where it holds half of a surrogate pair, as text does that was decoded wrongly."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _multipart(fields: list[tuple[str, str | FilePart]], boundary: str) -> EncodedBody:
    parts: list[bytes | FilePart] = []
    read_once: list[Any] = []
    for name, value in fields:
        if isinstance(value, FilePart) and not value.rewindable:
            if any(source is value.source for source in read_once):  # the second would be empty
                raise ParameterError(
                    f"{name}: {value.name} is given twice, and can be read only once; give its bytes, or another file"
                )
            read_once.append(value.source)
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
        if isinstance(value, FilePart):
            head += f'; filename="{_quoted(value.name)}"\r\nContent-Type: {value.content_type}'
            parts += [f"{head}\r\n\r\n".encode(), value, b"\r\n"]
        else:
            parts.append(f"{head}\r\n\r\n{value}\r\n".encode())
    parts.append(f"--{boundary}--\r\n".encode())
    sizes = [len(part) if isinstance(part, bytes) else part.size for part in parts]
    known = [size for size in sizes if size is not None]
    return EncodedBody(
        content_type=f"multipart/form-data; boundary={boundary}",
        length=sum(known) if len(known) == len(sizes) else None,
        parts=tuple(parts),
    )


def _quoted(text: str) -> str:
    """A name inside quotes, as browsers write it (WHATWG HTML, multipart/form-data encoding algorithm)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
