"""Prompts: create, retrieve, list, delete, wait, download."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeAlias, Unpack, overload

from .._codec import is_object_with_id, to_tree
from .._wire import Body, Effect, Identity
from ..errors import GenerationFailedError, ParameterError
from ..models import Prompt, PromptParams, PromptState, Tune
from ..models._keywords import PromptKeywords
from ..waiting import poll
from ._resource import Resource, id_of
from .listing import Listing
from .recovery import prompt_matches, recover_by

Paths: TypeAlias = list[Path]  # inside the class, `list` is its method


class Prompts(Resource):
    """Orders of pictures and videos."""

    @overload
    async def create(self, tune: Tune | int, params: PromptParams, /) -> Prompt: ...
    @overload
    async def create(self, tune: Tune | int, /, **keywords: Unpack[PromptKeywords]) -> Prompt: ...
    async def create(self, tune: Tune | int, params: PromptParams | None = None, /, **keywords: Any) -> Prompt:
        """Order pictures, or a video, of a tune. Costs money, unless the tune's `branch` is `fast`.

        Takes a `PromptParams`, or its fields as keywords. Without a `seed` the SDK draws one, as the service would: by
        it the prompt is found again when the answer is lost, so that it is never paid twice.

        Raises ParameterError before anything is sent; ValidationError or InsufficientBalanceError where the service
        refuses; UnknownOutcomeError where it cannot be told whether it took place. [D]
        """
        path = f"/tunes/{id_of(tune, 'tune')}/prompts"
        tree = await to_tree(params or PromptParams(**keywords), validate=self._core.validate)
        request = self._core.request(
            "POST",
            path,
            operation="prompts.create",
            effect=Effect.CREATE,
            body=Body({"prompt": tree}),
            identity=Identity.PROMPT_SEED,
            recover=recover_by(self._core.base_url + path, prompt_matches),
            accepts=is_object_with_id,
        )
        return await self._one(request, Prompt)

    async def retrieve(self, prompt: Prompt | int, *, tune: Tune | int | None = None) -> Prompt:
        """Read a prompt, with its tune's id [D] or without [V]. Raises NotFoundError where there is none."""
        request = self._core.request("GET", self._path(prompt, tune), operation="prompts.retrieve")
        return await self._one(request, Prompt)

    def list(self, tune: Tune | int | None = None, *, limit: int = 20, max_items: int | None = None) -> Listing[Prompt]:
        """A tune's prompts, or with None the account's, newest first: `async for prompt in astria.prompts.list()`. [D]

        `limit` is the number a page, 1 to 120; `max_items` ends it early, None does not.
        """
        path = "/prompts" if tune is None else f"/tunes/{id_of(tune, 'tune')}/prompts"

        async def fetch(size: int, before_id: int | None) -> list[Prompt]:
            query = {"limit": size, "before_id": before_id}
            return await self._many(self._core.request("GET", path, operation="prompts.list", query=query), Prompt)

        return Listing(fetch, limit=limit, max_items=max_items)

    async def delete(self, prompt: Prompt | int, *, tune: Tune | int | None = None) -> None:
        """Delete a prompt and its pictures. [D]"""
        request = self._core.request(
            "DELETE", self._path(prompt, tune), operation="prompts.delete", effect=Effect.DELETE
        )
        await self._nothing(request)

    async def wait(
        self, prompt: Prompt | int, *, timeout: float | None = 1800.0, interval: float | None = None
    ) -> Prompt:
        """Wait until a prompt has its pictures, and return it as it is then.

        `timeout` is in seconds, None waits for ever. `interval` is the seconds between two reads; None asks often at
        first, then every 15 s. Raises GenerationFailedError where the service ended it without pictures, and
        WaitTimeoutError with the prompt as last seen.
        """
        number = id_of(prompt, "prompt")
        read_empty = False

        def done(seen: Prompt) -> bool:
            nonlocal read_empty
            empty = seen.state is PromptState.FAILED and not seen.user_error
            if empty and not read_empty:  # ended, but its pictures are not there yet: read once more
                read_empty = True
                return False
            return seen.state is not PromptState.PENDING

        seen = await poll(
            lambda: self.retrieve(number),
            last=prompt if isinstance(prompt, Prompt) else None,
            done=done,
            what=f"prompt {number}",
            clock=self._core.clock,
            timeout=timeout,
            interval=interval,
        )
        if seen.state is PromptState.FAILED:
            why = seen.user_error or "it ended without pictures, and the service did not say why"
            raise GenerationFailedError(f"prompt {number} failed: {why}", prompt=seen)
        return seen

    async def download(self, prompt: Prompt | int, folder: str | os.PathLike[str]) -> Paths:
        """Fetch a prompt's pictures or videos into a folder, which is made where it is missing.

        Returns their paths, in the order of `prompt.images`: `<prompt id>-<number from 1>.<extension>`. Each is
        streamed to disk without the key, and has its name only once it is whole; a file of that name is replaced. Given
        an id, or a prompt without pictures, the prompt is read first. Raises ParameterError where it has none yet,
        DownloadError for what cannot be fetched, OSError where the disk refuses.
        """
        if not isinstance(prompt, Prompt) or not prompt.images:
            prompt = await self.retrieve(prompt)
        if not prompt.images:
            raise ParameterError(f"prompt: {prompt.id} has no pictures ({prompt.state.value}); wait for it first")
        core = self._core
        return await core.downloads.save(prompt.images, Path(folder), str(prompt.id), core.timeout)

    @staticmethod
    def _path(prompt: Prompt | int, tune: Tune | int | None) -> str:
        within = "" if tune is None else f"/tunes/{id_of(tune, 'tune')}"
        return f"{within}/prompts/{id_of(prompt, 'prompt')}"
