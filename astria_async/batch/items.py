"""What goes into a batch, and what comes out."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Mapping
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import attrs
from attrs import field, frozen

from ..errors import AstriaError, ParameterError
from ..models import Prompt, PromptParams, Tune
from ..models._base import usd


@frozen(kw_only=True)
class BatchItem:
    """A prompt of a batch.

    Args:
        params: Its parameters: a `PromptParams`, or a dict of its fields.
        tune: The tune, or its id.
        on: The model that draws it, or its id; None takes the tune's own base, or the tune itself.
        key: A name of yours for it, unique in the batch. None: it is known by its content.
    """

    params: PromptParams | Mapping[str, Any]
    tune: Tune | int
    on: Tune | int | None = None
    key: str | None = None

    def read(self) -> PromptParams:
        """Its parameters as an object. Raises ParameterError."""
        if isinstance(self.params, PromptParams):
            return self.params
        if not isinstance(self.params, Mapping):
            raise ParameterError(f"params: a {type(self.params).__name__} was given; pass a PromptParams, or a dict")
        try:
            return PromptParams(**self.params)
        except TypeError as error:
            raise ParameterError(f"params: {error}") from None

    def digest(self) -> str:
        """What tells it from an item of another content."""
        fields = attrs.asdict(self.read(), recurse=False)
        content = {name: value for name, value in fields.items() if value is not None}
        content |= {"tune": _id(self.tune), "on": _id(self.on)}
        return sha256(json.dumps(content, sort_keys=True, default=_written).encode()).hexdigest()[:32]


Items: TypeAlias = Iterable[BatchItem] | AsyncIterable[BatchItem]


@frozen(kw_only=True)
class BatchResult:
    """How a prompt of a batch ended.

    Args:
        key: The name by which the batch knows it.
        item: What was given; None if it was handed out by an earlier run.
        prompt: The prompt; None if it was not made, or cannot be told.
        error: Why it failed; None if it did not.
        files: The paths of its files; empty if none were to be fetched.
        cost: What it cost, in USD; None if that is not known.
        attempts: How many attempts the create took in this run; 0 if it was made before.
        seconds: How long it took in this run.
    """

    key: str
    item: BatchItem | None = field(repr=False)
    prompt: Prompt | None
    error: AstriaError | None
    files: tuple[Path, ...] = ()
    attempts: int = 0
    seconds: float = 0.0

    @property
    def cost(self) -> Decimal | None:
        """What it cost, in USD; None if that is not known."""
        return None if self.prompt is None else usd(self.prompt.cost_mc)


async def each_of(items: Items) -> AsyncGenerator[BatchItem, None]:
    """The items one by one. Raises ParameterError for what is not one."""
    if isinstance(items, AsyncIterable):
        source = aiter(items)
        try:
            async for item in source:
                yield _checked(item)
        finally:
            if isinstance(source, AsyncGenerator):
                await source.aclose()
    elif isinstance(items, Iterable) and not isinstance(items, (str, bytes, Mapping)):
        for item in items:
            yield _checked(item)
    else:
        raise ParameterError(f"items: a {type(items).__name__} was given; pass BatchItems, as a list or an iterator")


def _checked(item: object) -> BatchItem:
    if not isinstance(item, BatchItem):
        raise ParameterError(f"items: a {type(item).__name__} is not an item; pass BatchItem(params=..., tune=...)")
    if item.key is not None and (not isinstance(item.key, str) or not item.key.strip() or len(item.key) > 200):
        raise ParameterError(f"key: {item.key!r} is not a name; give a text of 1 to 200 characters")
    return item


def _id(tune: Tune | int | None) -> Any:
    return tune.id if isinstance(tune, Tune) else tune


def _written(value: object) -> str:
    return str(value.absolute()) if isinstance(value, Path) else repr(value)
