"""From parameters to the tree that a request carries: files looked at, URLs told apart, what is None left out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import attrs

from .._runtime.threads import in_thread_or_leave
from .._wire import FilePart
from ..errors import ParameterError
from ..models.parameters.fields import Kind, Parameter
from ..models.parameters.params import Params
from ..models.parameters.rules import Checked, check
from ..models.parameters.scalars import as_list
from .file_inputs import file_input, is_quick


async def to_tree(
    params: Params, *, validate: bool = True, captions: bool = False, partial: bool = False
) -> dict[str, Any]:
    """The parameters as a tree, files included. Looks at files in a thread, and sends nothing.

    `captions` takes the `.txt` file beside each image along. `partial` is for changes to what exists: what is missing is
    not a problem. Raises ParameterError with every problem at once. `validate=False` leaves out the rules, but not the
    files'.
    """
    checked = check(params, validate=validate, partial=partial)
    tree = checked.values
    if checked.rest:
        if all(_is_quick(parameter, value) for parameter, value in checked.rest):
            tree = _encoded(checked, captions, checked.problems)
        else:
            tree = await in_thread_or_leave(_encoded, checked, captions, checked.problems)
    if checked.problems:
        raise ParameterError(*checked.problems)
    return tree


def _is_quick(parameter: Parameter, value: Any) -> bool:
    """False if the disk has to be asked, or much has to be decoded: that is done in a thread."""
    if parameter.kind is Kind.FILE:
        return is_quick(value)
    if parameter.kind is Kind.FILES:
        return isinstance(value, (list, tuple)) and all(map(is_quick, value))
    prompts: list[Checked] = [value] if parameter.kind is Kind.PROMPT else value
    return all(_is_quick(inner, held) for prompt in prompts for inner, held in prompt.rest)


def _encoded(checked: Checked, captions: bool, problems: list[str]) -> dict[str, Any]:
    """The tree. What is wrong with the files is added to `problems`."""
    tree = checked.values
    for parameter, value in checked.rest:
        label = checked.prefix + parameter.name
        if parameter.kind is Kind.PROMPTS:
            tree[parameter.name] = [_encoded(prompt, False, problems) for prompt in value]
        elif parameter.kind is Kind.PROMPT:
            tree[parameter.name] = _encoded(value, False, problems)
        elif parameter.kind is Kind.FILE:
            _put(tree, parameter, _part(value, label, problems))
        else:
            _put_all(tree, parameter, _parts(value, label, captions, problems))
    return tree


def _put(tree: dict[str, Any], parameter: Parameter, part: FilePart | str | None) -> None:
    if part is not None:
        tree[_name(parameter, part)] = part


def _put_all(tree: dict[str, Any], parameter: Parameter, parts: list[FilePart | str]) -> None:
    """Each where it belongs. URLs come before those that were given as URLs."""
    given = tree.pop(str(parameter.url_name), [])
    for part in parts:
        tree.setdefault(_name(parameter, part), []).append(part)
    if given:
        tree.setdefault(str(parameter.url_name), []).extend(given)


def _name(parameter: Parameter, part: FilePart | str) -> str:
    is_a_url = isinstance(part, str) and "://" in part  # a signed id contains no colon
    return str(parameter.url_name) if is_a_url else parameter.name


def _parts(values: Any, label: str, captions: bool, problems: list[str]) -> list[FilePart | str]:
    try:
        files = as_list(values, label, "files")
    except ParameterError as error:
        problems.extend(error.problems)
        return []
    parts: list[FilePart | str | None] = []
    for index, file in enumerate(files):
        parts.append(_part(file, f"{label}[{index}]", problems))
        if captions and isinstance(file, os.PathLike):
            text = Path(os.fsdecode(file)).with_suffix(".txt")
            if text.is_file():
                caption = _part(text, f"{label}[{index}]'s caption", problems)
                parts.append(
                    attrs.evolve(caption, content_type="text/plain") if isinstance(caption, FilePart) else None
                )
    return [part for part in parts if part is not None]


def _part(value: Any, label: str, problems: list[str]) -> FilePart | str | None:
    try:
        return file_input(value, label)
    except ParameterError as error:
        problems.extend(error.problems)
        return None
