"""Themes: a set of prompts that the service writes from a few words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._codec import to_tree
from .._codec.responses import is_taken
from .._wire import Body
from ..errors import ParameterError
from ..models import PromptParams, Tune
from ..models.parameters.scalars import each, filled_text
from ._resource import Resource, id_of


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

        `num_images` (1 to 8), `w` and `h` (pixels, multiples of 8) are those of each prompt; None leaves them to the
        service. The answer is empty: the prompts appear in `prompts.list(tune)`. Raises UnknownOutcomeError if the answer
        was lost, since nothing tells these prompts from others.

        Args:
            theme: In a few words, what the images are about.
            tunes: The tunes, or their ids; one at least.
            num_images: The images of each prompt, 1 to 8; None leaves it to the service.
            w: Width in pixels, a multiple of 8; None leaves it to the service.
            h: Height in pixels, a multiple of 8; None leaves it to the service.
        """
        theme = filled_text(theme, "theme", "say in a few words what the images are about")
        ids = each(tunes, "tunes", "tunes", id_of)
        if not ids:
            raise ParameterError("tunes: the list is empty; give one tune at least")
        attributes = await to_tree(
            PromptParams(num_images=num_images, w=w, h=h), validate=self._core.validate, partial=True
        )
        body: dict[str, Any] = {"theme": theme, "tune_ids": ids}
        if attributes:
            body["prompt_attributes"] = attributes
        request = self._core.create("/themes", operation="themes.create", body=Body({"theme": body}), accepts=is_taken)
        await self._nothing(request)
