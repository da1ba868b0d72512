"""From parameters to the tree that a request carries: files looked at, URLs told apart, what is None left out."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import quote, unquote_to_bytes

import attrs
from anyio.to_thread import run_sync

from .._wire import FilePart
from ..errors import ParameterError
from ..models import PromptParams, TuneParams
from ..models.rules import problems_of
from .files import measure

_URL = re.compile(r"https?://", re.IGNORECASE)
_DATA_URL = re.compile(r"data:[^,]*?(;base64)?,", re.IGNORECASE)
#: What a URL may contain as it is (RFC 3986): the rest, such as spaces and non-ASCII letters, is percent-encoded.
_URL_SAFE = "%/:?#[]@!$&'()*+,;=~-._"


async def to_tree(params: TuneParams | PromptParams, *, validate: bool = True) -> dict[str, Any]:
    """The parameters as a tree, files included. Looks at files in a thread, and sends nothing.

    Raises ParameterError with every problem at once. `validate=False` leaves out the rules, but not the files'.
    """
    problems = problems_of(params) if validate else []
    build = _Builder(problems)
    tree = await run_sync(build.tree, params) if _has_files(params) else build.tree(params)
    if build.problems:
        raise ParameterError(*build.problems)
    return tree


def _has_files(params: TuneParams | PromptParams) -> bool:
    """Whether anything but URLs stands where files go: then the disk may have to be asked."""
    for spec in attrs.fields(type(params)):
        value = getattr(params, spec.name)
        if value is not None and "url_name" in spec.metadata and not isinstance(value, str):
            return True
    return isinstance(params, TuneParams) and any(map(_has_files, params.prompts_attributes or ()))


class _Builder:
    """Builds the tree and gathers what is wrong on the way."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems

    def tree(self, params: TuneParams | PromptParams, prefix: str = "") -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for spec in attrs.fields(type(params)):
            value = getattr(params, spec.name)
            if value is None:
                continue
            url_name, label = spec.metadata.get("url_name"), prefix + spec.name
            if url_name and spec.metadata["many"]:
                self._files(tree, spec.name, url_name, value, label)
            elif url_name:
                self._file(tree, spec.name, url_name, value, label)
            elif spec.name.endswith("_urls"):
                tree.setdefault(spec.name, []).extend(_encoded_url(url) for url in value)
            elif spec.name == "prompts_attributes":
                tree[spec.name] = [self.tree(item, f"{label}[{index}].") for index, item in enumerate(value)]
            elif spec.name == "model_type" and value == "checkpoint":
                tree[spec.name] = None
            elif isinstance(value, str) and _URL.match(value) and spec.name.endswith("_url"):
                tree[spec.name] = _encoded_url(value)
            else:
                tree[spec.name] = dict(value) if isinstance(value, Mapping) else value
        return tree

    def _files(self, tree: dict[str, Any], name: str, url_name: str, values: Any, label: str) -> None:
        if isinstance(values, (str, bytes, os.PathLike)) or not hasattr(values, "__iter__") or hasattr(values, "read"):
            self.problems.append(f"{label}: give a list of files, not {type(values).__name__}")
            return
        for index, value in enumerate(values):
            resolved = self._resolved(value, f"{label}[{index}]")
            if resolved is not None:
                tree.setdefault(url_name if isinstance(resolved, str) else name, []).append(resolved)

    def _file(self, tree: dict[str, Any], name: str, url_name: str, value: Any, label: str) -> None:
        resolved = self._resolved(value, label)
        if resolved is not None:
            tree[url_name if isinstance(resolved, str) else name] = resolved

    def _resolved(self, value: Any, label: str) -> FilePart | str | None:
        try:
            return _resolve(value, label)
        except ParameterError as error:
            self.problems.extend(error.problems)
            return None


def _resolve(value: Any, label: str) -> FilePart | str:
    """A file input as a part to be uploaded, or as a URL."""
    if isinstance(value, str):
        if _URL.match(value):
            return _encoded_url(value)
        if match := _DATA_URL.match(value):
            return measure(_data(value[match.end() :], bool(match.group(1)), label), parameter=label)
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
    return quote(url, safe=_URL_SAFE)
