"""What a downloaded file is called, and where it may lie."""

from __future__ import annotations

import os
import re
from pathlib import Path
from string import Formatter

from ..errors import ParameterError

#: What `{...}` in a template may name.
_FIELDS = frozenset({"id", "n", "ext"})
DEFAULT = "{id}-{n}.{ext}"
#: What no file name may hold on one of the usual systems, and what Windows reserves.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
#: The longest name of a file, in bytes, less what a part file puts around it.
_LONGEST = 200


def folder_of(value: str | os.PathLike[str]) -> Path:
    """The folder to save in. Raises ParameterError if it is not a path."""
    if isinstance(value, (str, os.PathLike)):
        path = os.fspath(value)
        if isinstance(path, str) and path and "\0" not in path:
            return Path(path)
    raise ParameterError(f"folder: {value!r} is not a path; give a str or a Path, such as 'images'")


def check_template(template: str | None) -> str:
    """The template of a file's name, with `{ext}` at its end. Raises ParameterError if it gives no name in the folder."""
    if template is None:
        return DEFAULT
    if not isinstance(template, str):
        raise ParameterError(f"template: {template!r} is not text; give one such as {DEFAULT!r}")
    try:
        parts = [*Formatter().parse(template)]
    except ValueError as error:
        raise ParameterError(f"template: {error}; give one such as {DEFAULT!r}") from None
    names = [name for _, name, _, _ in parts if name is not None]
    if not _FIELDS.issuperset(names) or any(format_ or conversion for _, _, format_, conversion in parts):
        raise ParameterError(f"template: it has more than {{id}}, {{n}} and {{ext}}; give one such as {DEFAULT!r}")
    if "n" not in names:
        raise ParameterError("template: {n} is missing, so all images of a prompt would have one name; put it in")
    whole = template if "ext" in names else template + ".{ext}"
    name = whole.format(id="1", n=1, ext="jpg")
    is_bad = name in (".", "..") or name.startswith(".") or name.endswith((".", " ")) or len(name.encode()) > _LONGEST
    if is_bad or _FORBIDDEN.search(name) or _RESERVED.fullmatch(name):
        raise ParameterError(f"template: {name!r} is not a file's name in the folder; give one such as {DEFAULT!r}")
    return whole
