"""A file of prompts: JSON lines or CSV, each row a prompt by its documented names. Every bad row is found at once."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
from attrs import field, frozen

from ..._values.spelling import nearest
from ...models import PromptParams
from ...models.parameters.fields import Kind
from .._errors import CommandError
from .._exit_codes import MISUSED

#: Columns that are not parameters.
OWN = ("tune", "on", "key", "repeat")
#: The largest row, and the largest file, in characters.
MAX_ROW, MAX_FILE = 1_000_000, 1_000_000_000
_FIELDS = {spec.name: spec for spec in attrs.fields(PromptParams)}
#: The most images of one prompt [D]: more are ordered as several.
MOST_IMAGES = int(_FIELDS["num_images"].metadata["high"])
_FILES, _LISTS = (
    frozenset(name for name, spec in _FIELDS.items() if spec.metadata.get("kind") in kinds)
    for kinds in ([Kind.FILE], [Kind.FILES, Kind.URLS])
)
#: What is filled in.
_TEXTS = ("text", "video_prompt", "negative_prompt")
#: `{name}`, but not `{{name}}`, which belongs to the service [D].
_HOLE = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")


@frozen(kw_only=True)
class FileRow:
    """A row of the file: its line, from 1, its own columns, and the parameters.

    Args:
        line: Where it stands.
        tune: The tune's id; None if the row does not say.
        on: The id of the model that draws it; None if the row does not say.
        key: Its key; None if it has none.
        params: The parameters, with `{mention}` still in the text.
    """

    line: int
    tune: int | None
    on: int | None
    key: str | None
    params: Mapping[str, Any] = field(repr=False)


@frozen
class BadRow:
    """What is wrong with a row, in one line."""

    line: int
    problem: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.problem}"


def read_rows(source: str) -> tuple[list[FileRow], list[BadRow]]:
    """The rows of a file, or of stdin (`-`), and those that cannot be read. Raises CommandError for the file as a whole."""
    text, folder, is_csv = _text(source)
    good: list[FileRow] = []
    bad: list[BadRow] = []
    for line, data in _csv_rows(text) if is_csv else _json_rows(text):
        try:
            if isinstance(data, str):
                bad.append(BadRow(line, data))
                continue
            good.extend(_rows(line, data, folder))
        except ValueError as error:
            bad.append(BadRow(line, str(error)))
    if not good and not bad:
        raise CommandError(f'{source}: it has no rows; write one prompt a line, such as {{"text": "..."}}', MISUSED)
    return good, bad


def fill(text: str, columns: Mapping[str, Any]) -> str:
    """The text with `{column}` filled in; `{mention}` is left for later. Raises ValueError for a name that is unknown."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name == "mention":
            return match[0]
        if columns.get(name) is None:
            near = nearest(name, [*columns, "mention"])
            remedy = f"did you mean {{{near}}}?" if near else "add the column, or write {{ and }} for the service's own"
            raise ValueError(f"text: {{{name}}} is not a column of this row; {remedy}")
        return str(columns[name])

    return _HOLE.sub(value, text)


def _text(source: str) -> tuple[str, Path, bool]:
    try:
        if source == "-":
            raw, folder = sys.stdin.buffer.read(MAX_FILE), Path()
        else:
            path = Path(source)
            folder = path.parent
            with path.open("rb") as file:
                raw = file.read(MAX_FILE)
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(f"{source}: byte {error.start} is not UTF-8; save the file as UTF-8", MISUSED) from None
    except OSError as error:
        raise CommandError(f"{source}: {error.strerror}; give a file of prompts, or - for stdin", MISUSED) from None
    return text, folder, source.lower().endswith(".csv")


def _json_rows(text: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, line in enumerate(io.StringIO(text), 1):
        if not line.strip():
            continue
        if len(line) > MAX_ROW:
            yield number, f"it has {len(line):,} characters; give at most {MAX_ROW:,}, and files by their path"
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, f"it is not JSON ({error}); write one object a line"
            continue
        yield number, data if isinstance(data, dict) else "it is not an object; write one object a line"


def _csv_rows(text: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    csv.field_size_limit(MAX_ROW)
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        for row in reader:
            if None in row:
                yield reader.line_num, "it has more cells than the first line has names; quote cells with commas"
                continue
            yield reader.line_num, {name: _cell(name, cell) for name, cell in row.items() if cell}
    except csv.Error as error:
        yield reader.line_num, f"it is not CSV ({error}); quote cells that have commas, quotes or line ends"


def _cell(name: str, cell: str) -> Any:
    """A cell as the parameter's kind: CSV has texts only."""
    if name in (*_TEXTS, "key"):
        return cell
    words: dict[str, Any] = {"true": True, "false": False}
    if cell.strip().lower() in words:
        return words[cell.strip().lower()]
    if name in _LISTS:
        return cell.split()
    spec = _FIELDS.get(name)
    kind = str(spec.type) if spec is not None else "int" if name in ("tune", "on", "repeat") else "str"
    for number, convert in (("int", int), ("float", float)):
        if number in kind:
            try:
                return convert(cell)
            except ValueError:
                continue
    return cell


def _rows(line: int, data: dict[str, Any], folder: Path) -> Iterator[FileRow]:
    """The prompts of a row: one for each repetition, and for each eight images. Raises ValueError."""
    texts = [str(data.get(name, "")) for name in _TEXTS]
    used = {name for text in texts for name in _HOLE.findall(text)}
    for name in data:
        if name not in _FIELDS and name not in OWN and name not in used:
            near = nearest(name, [*_FIELDS, *OWN])
            raise ValueError(
                f"{name}: it is not a parameter, nor used as {{{name}}}; "
                + (f"did you mean {near}?" if near else "take it out")
            )
    params = {
        name: _value(name, value, folder) for name, value in data.items() if name in _FIELDS and value is not None
    }
    for name in _TEXTS:
        if isinstance(params.get(name), str):
            params[name] = fill(params[name], data)
    key = data.get("key")
    if key is not None and not isinstance(key, (str, int)):
        raise ValueError("key: it is not a text; give a name of your own")
    repeat = 1 if data.get("repeat") is None else _whole("repeat", data["repeat"])
    tune, on = (None if data.get(name) is None else _whole(name, data[name]) for name in ("tune", "on"))
    images = params.get("num_images")
    parts: list[int | None] = [images]
    if isinstance(images, int) and images > MOST_IMAGES:
        parts = [*[MOST_IMAGES] * (images // MOST_IMAGES), *[images % MOST_IMAGES] * bool(images % MOST_IMAGES)]
    if params.get("seed") is not None and repeat * len(parts) > 1:
        raise ValueError("seed: it would be the same for each repetition; leave it out, or write a row for each")
    several = repeat * len(parts) > 1
    number = 0
    for _ in range(repeat):
        for part in parts:
            number += 1
            named = None if key is None else f"{key}/{number}" if several else str(key)
            own = params if part is None else {**params, "num_images": part}
            yield FileRow(line=line, tune=tune, on=on, key=named, params=own)


def _value(name: str, value: Any, folder: Path) -> Any:
    """A parameter; a local file is found relative to the file of rows."""
    if name in _FILES and isinstance(value, str):
        return _file(value, folder)
    if name in _LISTS and isinstance(value, list):
        return [_file(each, folder) if isinstance(each, str) else each for each in value]
    return value


def _file(value: str, folder: Path) -> Any:
    return value if re.match(r"[a-z]+:", value, re.IGNORECASE) else folder / value


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name}: {value!r} is not a whole number of 1 or more")
    return value
