"""Themes: a set of prompts that the service writes from a few words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._wire import Body
from ..errors import ParameterError
from ..models import Tune
from ._resource import Resource, given, id_of


class Themes(Resource):
    """Prompts by theme."""

    async def create(
        self,
        *,
        theme: str,
        tunes: Sequence[Tune | int],
        num_images: int | None = None,
        w: int | None = None,
        h: int | None = None,
    ) -> None:
        """Have 10 prompts written and made for each tune, in the background. Costs money. [D]

        The answer is empty: the prompts appear in `prompts.list(tune)`. Raises UnknownOutcomeError where it was lost,
        since nothing tells these prompts from others.
        """
        if not theme.strip():
            raise ParameterError("theme: it is empty; say in a few words what the pictures are about")
        if not tunes:
            raise ParameterError("tunes: give one at least")
        attributes = given({"num_images": num_images, "w": w, "h": h}, some=False)
        body: dict[str, Any] = {"theme": theme, "tune_ids": [id_of(tune, "tunes") for tune in tunes]}
        if attributes:
            body["prompt_attributes"] = attributes
        request = self._core.create("/themes", operation="themes.create", body=Body({"theme": body}), accepts=None)
        await self._nothing(request)
