"""From parameters to the tree that a request carries: files looked at, URLs told apart, what is None left out."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import quote, unquote_to_bytes

import attrs

from .._threads import in_thread
from .._wire import FilePart
from ..errors import ParameterError
from ..models import UploadedFile
from ..models._base import line
from ..models.params import PackRunParams, Params, PromptParams, TuneParams, given_in
from ..models.rules import problems_of
from .files import measure

_URL = re.compile(r"https?://", re.IGNORECASE)
_DATA_URL = re.compile(r"data:[^,]*?(;base64)?,", re.IGNORECASE)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
#: What Rails signs: base64, two dashes, a digest in hex [V].
_SIGNED_ID = re.compile(r"[\w+/=-]+--[0-9a-f]{40,128}")
#: What a URL may contain as it is (RFC 3986): the rest, such as spaces and non-ASCII letters, is percent-encoded.
_URL_SAFE = "%/:?#[]@!$&'()*+,;=~-._"


async def to_tree(params: Params, *, validate: bool = True, captions: bool = False) -> dict[str, Any]:
    """The parameters as a tree, files included. Looks at files in a thread, and sends nothing.

    `captions` takes the `.txt` file beside each picture along. Raises ParameterError with every problem at once.
    `validate=False` leaves out the rules, but not the files'.
    """
    problems = problems_of(params) if validate else []
    build = _Builder(problems, captions=captions)
    tree = await in_thread(build.tree, params) if _has_files(params) else build.tree(params)
    if build.problems:
        raise ParameterError(*build.problems)
    return tree


def _has_files(params: Params) -> bool:
    """Whether anything but URLs stands where files go: then the disk may have to be asked."""
    if any("url_name" in spec.metadata and not _is_plain(value) for spec, value in given_in(params)):
        return True
    inner: Any = ()
    if isinstance(params, TuneParams):
        inner = params.prompts_attributes
    elif isinstance(params, PackRunParams):
        inner = (params.prompt_attributes,)
    return any(isinstance(item, PromptParams) and _has_files(item) for item in (inner if _is_list(inner) else ()))


def _is_plain(value: object) -> bool:
    """Whether it is a URL, or several of them."""
    return isinstance(value, str) or (isinstance(value, (list, tuple)) and all(map(is_url, value)))


def is_url(value: object) -> bool:
    """Whether it is the URL of a file, rather than a file or an upload's signed id."""
    return isinstance(value, str) and _URL.match(value) is not None


class _Builder:
    """Builds the tree and gathers what is wrong on the way."""

    def __init__(self, problems: list[str], *, captions: bool) -> None:
        self.problems = problems
        self._captions = captions

    def tree(self, params: Params, prefix: str = "") -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for spec, value in given_in(params):
            url_name, label = spec.metadata.get("url_name"), prefix + spec.name
            if url_name and spec.metadata["many"]:
                self._files(tree, spec.name, url_name, value, label)
            elif url_name:
                self._file(tree, spec.name, url_name, value, label)
            elif spec.name.endswith("_urls"):
                tree.setdefault(spec.name, []).extend(self._urls(value, label))
            elif spec.name == "prompts_attributes":
                items = self._listed(value, label, "prompts")
                tree[spec.name] = [self._prompt(item, f"{label}[{index}]") for index, item in enumerate(items)]
            elif spec.name == "prompt_attributes":
                tree[spec.name] = self._prompt(value, label)
            elif spec.name == "model_type" and value == "checkpoint":
                tree[spec.name] = None
            elif isinstance(value, str) and _URL.match(value) and spec.name.endswith("_url"):
                tree[spec.name] = _encoded_url(value)
            else:
                tree[spec.name] = dict(value) if isinstance(value, Mapping) else value
        return tree

    def _files(self, tree: dict[str, Any], name: str, url_name: str, values: Any, label: str) -> None:
        for index, value in enumerate(self._listed(values, label, "files")):
            resolved = self._resolved(value, f"{label}[{index}]")
            if resolved is not None:
                tree.setdefault(url_name if is_url(resolved) else name, []).append(resolved)
            if (
                self._captions
                and isinstance(value, os.PathLike)
                and (text := Path(value).with_suffix(".txt")).is_file()
            ):
                caption = self._resolved(text, f"{label}[{index}]'s caption")
                if isinstance(caption, FilePart):
                    tree.setdefault(name, []).append(attrs.evolve(caption, content_type="text/plain"))

    def _listed(self, values: Any, label: str, of_what: str) -> Iterable[Any]:
        if _is_list(values):
            items: Iterable[Any] = values
            return items
        self.problems.append(f"{label}: give a list of {of_what}, not {type(values).__name__}")
        return ()

    def _urls(self, values: Any, label: str) -> Iterator[str]:
        for index, value in enumerate(self._listed(values, label, "URLs")):
            if isinstance(value, str) and _URL.match(value):
                yield _encoded_url(value)
            else:
                self.problems.append(f"{label}[{index}]: {line(repr(value))} is no URL; files go into {label[:-5]}s")

    def _prompt(self, value: Any, label: str) -> dict[str, Any]:
        if isinstance(value, PromptParams):
            return self.tree(value, f"{label}.")
        self.problems.append(f"{label}: {type(value).__name__} is no prompt; pass PromptParams(...)")
        return {}

    def _file(self, tree: dict[str, Any], name: str, url_name: str, value: Any, label: str) -> None:
        resolved = self._resolved(value, label)
        if resolved is not None:
            tree[url_name if is_url(resolved) else name] = resolved

    def _resolved(self, value: Any, label: str) -> FilePart | str | None:
        try:
            return file_input(value, label)
        except ParameterError as error:
            self.problems.extend(error.problems)
            return None


def files_in(node: Any, label: str = "") -> Any:
    """A tree with each `Path`, bytes and file object in it as a part to be uploaded. Blocks: call it in a thread."""
    if isinstance(node, Mapping):
        return {name: files_in(child, f"{label}[{name}]" if label else str(name)) for name, child in node.items()}
    if isinstance(node, list):
        return [files_in(child, f"{label}[{index}]") for index, child in enumerate(node)]
    is_plain = node is None or isinstance(node, (str, int, float, FilePart))
    return node if is_plain else file_input(node, label)


def file_input(value: Any, label: str) -> FilePart | str:
    """A file input as a part to be uploaded, or as its URL or signed id. Blocks: call it in a thread.

    Raises ParameterError, naming `label`.
    """
    if isinstance(value, UploadedFile):
        return value.signed_id
    if isinstance(value, str):
        if _URL.match(value):
            return _encoded_url(value)
        if match := _DATA_URL.match(value):
            return measure(_data(value[match.end() :], bool(match.group(1)), label), parameter=label)
        if _SIGNED_ID.fullmatch(value):
            return value
        shown = value if len(value) <= 60 else value[:59] + "…"
        raise ParameterError(f"{label}: {shown!r} is no URL; for a file on disk pass Path({shown!r})")
    if isinstance(value, os.PathLike):
        return measure(Path(value), parameter=label)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return measure(bytes(value), parameter=label)
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], bytes):
        return measure(value[1], parameter=label, name=value[0])
    if hasattr(value, "read") and hasattr(value, "seekable"):
        return measure(cast(BinaryIO, value), parameter=label)
    kind = type(value).__name__
    raise ParameterError(f"{label}: {kind} is no file; pass a Path, bytes, (name, bytes), an open file or a URL")


def _data(text: str, is_base64: bool, label: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True) if is_base64 else unquote_to_bytes(text)
    except (binascii.Error, ValueError):
        problem = f"{label}: the data URL is not valid base64"
    raise ParameterError(problem)


def _encoded_url(url: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", url), safe=_URL_SAFE, errors="replace")


def _is_list(values: Any) -> bool:
    """Whether it holds several things: a text, a file or a mapping can be iterated over, but holds one."""
    one = isinstance(values, (str, bytes, bytearray, memoryview, os.PathLike, Mapping)) or hasattr(values, "read")
    return isinstance(values, Iterable) and not one
