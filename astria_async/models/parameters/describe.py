"""What people read of parameters: `inspect.signature` and `help()` of the methods that take them as keywords.

The fields of the parameter classes, and the annotations of the filters, are the one source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from inspect import Parameter, Signature, cleandoc, signature
from typing import Any

import attrs

from .filters import PromptFilters
from .params import PackRunParams, PromptParams, TuneParams

#: The line of a docstring that the keywords take the place of.
_PLACE = re.compile(r"^( *)\*\*\w+:.*\n", re.MULTILINE)
#: How a method's annotations name what its keywords are.
_SOURCE = re.compile(r"(PackRun|Prompt|Tune)(?:Params|Keywords)|(PromptFilters)")
_SOURCES: dict[str, type] = {
    "PackRun": PackRunParams, "Prompt": PromptParams, "Tune": TuneParams, "PromptFilters": PromptFilters,
}  # fmt: skip


def text_of(spec: attrs.Attribute[Any]) -> str:
    """A parameter's text, with its range and its grade: what the text does not say is [D]."""
    text, low, high = spec.metadata["doc"], spec.metadata.get("low"), spec.metadata.get("high")
    if low is not None and high is None:
        text = f"{text.rstrip('.')}; {low} or more."
    if not re.search(r"\[[DVRI]\]", text):
        text += " [D]"
    return str(text)


@cache
def _keywords_of(source: type) -> dict[str, tuple[Parameter, str]]:
    """Each keyword as `inspect` shows it, and its text."""
    if source is PromptFilters:
        return {
            name: (_keyword(name, f"{kind.__origin__.__name__} | None"), f"{kind.__metadata__[0]} [V]")
            for name, kind in PromptFilters.__annotations__.items()
        }
    specs: tuple[attrs.Attribute[Any], ...] = attrs.fields(source)
    # A required one is optional here: the parameters may be given as one object instead.
    return {spec.name: (_keyword(spec.name, _optional(str(spec.type))), text_of(spec)) for spec in specs}


def _optional(kind: str) -> str:
    return kind if kind.endswith("| None") else f"{kind} | None"


def _keyword(name: str, kind: str) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind)


def describe(method: Callable[..., Any]) -> None:
    """Give a method that takes `**keywords` the signature and the docstring that name each of them."""
    match = next(filter(None, map(_SOURCE.search, map(str, method.__annotations__.values()))), None)
    if match is None:
        return
    keywords = _keywords_of(_SOURCES[match[1] or match[2]])
    own = [each for each in signature(method).parameters.values() if each.kind is not Parameter.VAR_KEYWORD]
    named = {each.name for each in own}
    more = [parameter for name, (parameter, _) in keywords.items() if name not in named]
    described = Signature([*own, *more], return_annotation=method.__annotations__["return"])
    setattr(method, "__signature__", described)  # noqa: B010 -- a function may have it, its type does not
    texts = [(name, text) for name, (_, text) in keywords.items() if name not in named]
    # Python 3.13 takes the indentation out of docstrings: the entries get that of the line that they replace.
    method.__doc__ = _PLACE.sub(lambda place: _entries(place[1], texts), method.__doc__ or "", count=1)


def describe_class(kind: type) -> None:
    """Give a class of parameters the docstring that names each of them."""
    texts = _entries("    ", ((name, text) for name, (_, text) in _keywords_of(kind).items()))
    kind.__doc__ = f"{cleandoc(kind.__doc__ or '')}\n\nArgs:\n{texts}"


def _entries(indent: str, texts: Iterable[tuple[str, str]]) -> str:
    """A line of a docstring for each parameter."""
    return "".join(f"{indent}{name}: {text}\n" for name, text in texts)


for _kind in (PackRunParams, PromptParams, TuneParams):
    describe_class(_kind)
