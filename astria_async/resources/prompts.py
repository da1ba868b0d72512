"""Prompts: create, retrieve, list, update, duplicate, delete, like, wait, download."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias, Unpack, overload

from .._codec import to_tree
from .._wire import Body, Effect, Request
from ..errors import ParameterError
from ..models import Prompt, PromptParams, Tune
from ..models.families import drawing_base
from ..models.parameters.keywords import PromptKeywords
from ..models.parameters.scalars import as_flag, as_whole, optional
from ..waiting import PromptProgress, folder_of, poll
from ._resource import Resource, check_aware, given, id_of, params_of
from .creates import belongs_to, create_prompt, duplicate_prompt
from .filters import PromptFilters, query_of
from .listing import MAX_PAGE, Listing
from .prepared import Prepared

Paths: TypeAlias = list[Path]  # inside the class, `list` is its method


class Prompts(Resource):
    """Orders of images and videos."""

    @overload
    async def create(
        self,
        tune: Tune | int,
        params: PromptParams,
        /,
        *,
        on: Tune | int | None = None,
        idempotency_key: str | None = None,
        draw_seed: bool = True,
    ) -> Prompt: ...
    @overload
    async def create(
        self,
        tune: Tune | int,
        /,
        *,
        on: Tune | int | None = None,
        idempotency_key: str | None = None,
        draw_seed: bool = True,
        **keywords: Unpack[PromptKeywords],
    ) -> Prompt: ...
    async def create(
        self,
        tune: Tune | int,
        params: PromptParams | None = None,
        /,
        *,
        on: Tune | int | None = None,
        idempotency_key: str | None = None,
        draw_seed: bool = True,
        **keywords: Any,
    ) -> Prompt:
        """Order images, or a video, of a tune. Costs money, unless the tune's `branch` is `fast`.

        Takes a `PromptParams`, or its fields as keywords. An adapter (LoRA, pti, FaceID) draws nothing by itself: its
        prompt goes to `on`, a base model, else to the one that it was trained on; the text has to mention the tune:
        `tune.mention()`. A checkpoint, a gallery's model and a tune of the branch `fast` draw themselves. A bare id says
        nothing of its family, so it is drawn on `on`, else on itself.

        Without a `seed` the SDK draws one, as the service would: by it the prompt is found again if the answer is lost,
        so that it is never paid twice. `draw_seed=False` leaves that to the service; a lost answer is then an
        UnknownOutcomeError if anything was made meanwhile that could be it.

        `idempotency_key`, such as "order-1234-3", makes the seed from the key, the parameters and the files' contents:
        the same after a restart, so that if the account's idempotency is on, the same call finds the same prompt.

        Raises ParameterError before anything is sent; ValidationError or InsufficientBalanceError if the service
        refuses; UnknownOutcomeError if it cannot be told whether it took place. [D]
        """
        request, _ = await self._request(tune, on, params, idempotency_key, keywords, draw_seed=draw_seed)
        return await self._created(request, Prompt)

    @overload
    async def prepare(
        self,
        tune: Tune | int,
        params: PromptParams,
        /,
        *,
        on: Tune | int | None = None,
        idempotency_key: str | None = None,
    ) -> Prepared[Prompt]: ...
    @overload
    async def prepare(
        self,
        tune: Tune | int,
        /,
        *,
        on: Tune | int | None = None,
        idempotency_key: str | None = None,
        **keywords: Unpack[PromptKeywords],
    ) -> Prepared[Prompt]: ...
    async def prepare(
        self,
        tune: Tune | int,
        params: PromptParams | None = None,
        /,
        *,
        on: Tune | int | None = None,
        idempotency_key: str | None = None,
        **keywords: Any,
    ) -> Prepared[Prompt]:
        """Fix everything about a create, its seed included, and send nothing of it: `astria.send` does.

        Takes what `create` takes, but for bytes and file objects. The first `prepare` of a client asks the service who
        the key belongs to. Raises ParameterError.
        """
        request, base = await self._request(tune, on, params, idempotency_key, keywords)
        return await self._prepare(request, {"tune": base})

    async def _request(
        self,
        tune: Tune | int,
        on: Tune | int | None,
        params: PromptParams | None,
        idempotency_key: str | None,
        keywords: dict[str, Any],
        *,
        draw_seed: bool = True,
    ) -> tuple[Request, int]:
        """The create, and the id of the model that draws it."""
        base = drawing_base(id_of(tune, "tune") if not isinstance(tune, Tune) else tune, on)
        params = params_of(PromptParams, params, keywords)
        tree = await to_tree(params, validate=self._core.validate)
        self._hint(params, tune, on)
        intent = None
        if idempotency_key is not None:
            intent = await self._name(tree, "seed", f"/tunes/{base}/prompts", idempotency_key)
        auto = as_flag(draw_seed, "draw_seed")
        return create_prompt(self._core, base, tree, intent=intent, drawn=intent is not None, auto_seed=auto), base

    async def retrieve(self, prompt: Prompt | int, *, tune: Tune | int | None = None) -> Prompt:
        """Read a prompt, with its tune's id [D] or without [V]. Raises NotFoundError if there is none."""
        request = self._core.about(
            "GET", self._path(prompt, tune), id_of(prompt, "prompt"), operation="prompts.retrieve"
        )
        return await self._one(request, Prompt)

    def list(
        self,
        tune: Tune | int | None = None,
        /,
        *,
        limit: int = 20,
        max_items: int | None = None,
        **filters: Unpack[PromptFilters],
    ) -> Listing[Prompt]:
        """A tune's prompts, or with None the account's, newest first: `async for prompt in astria.prompts.list()`. [D]

        The prompts of an adapter lie on base models, among others': they are those of the account whose text mentions
        it, which reads all of the account's. A bare id is taken for a model that draws itself.

        `limit` is the number a page, 1 to 120; `max_items` ends it early, None does not. The filters are those of
        `PromptFilters` [V].
        """
        path, keep = "/prompts", None
        if isinstance(tune, Tune) and (tune.is_adapter or tune.is_partial):  # a callback's may be one
            number = tune.id
            keep = lambda prompt: belongs_to(prompt, number)
        elif tune is not None:
            path = f"/tunes/{id_of(tune, 'tune')}/prompts"
        return self._listing(
            path, Prompt, operation="prompts.list", filters=query_of(filters), limit=limit, max_items=max_items,
            keep=keep,
        )  # fmt: skip

    async def find(self, tune: Tune | int, *, seed: int, since: datetime | None = None) -> Prompt | None:
        """The newest prompt of a tune with this seed; None if there is none. [I]

        It is looked for in the account's prompts, newest first, as those of an adapter lie on its base model. `tune` is
        the one that the prompt mentions, or the model that drew it. `since`, by the service's clock, ends the search;
        None looks through all. After an `UnknownOutcomeError`, or a restart:
        `await astria.prompts.find(tune, seed=idempotency_seed("order", 1234), since=yesterday)`.
        """
        number, seed = id_of(tune, "tune"), as_whole(seed, "seed")
        check_aware("since", since)
        async for page in self.list(limit=MAX_PAGE).pages():
            for prompt in page:
                if prompt.seed == seed and belongs_to(prompt, number):
                    return prompt
            times = [prompt.created_at for prompt in page]
            if since is not None and all(moment is not None and moment < since for moment in times):
                break
        return None

    async def update(
        self,
        prompt: Prompt | int,
        *,
        tune: Tune | int | None = None,
        pack_id: int | None = None,
        base_pack_id: int | None = None,
        workspace_id: int | None = None,
    ) -> Prompt:
        """Change what is given; None leaves it as it is. `tune` is the one that it was posted to, and is not needed. [V]"""
        if tune is None and isinstance(prompt, Prompt):
            tune = prompt.tune_id
        fields = optional(id_of, pack_id=pack_id, base_pack_id=base_pack_id, workspace_id=workspace_id)
        request = self._core.about(
            "PATCH", self._path(prompt, tune), id_of(prompt, "prompt"), operation="prompts.update",
            effect=Effect.UPDATE, body=Body({"prompt": given(fields)}),
        )  # fmt: skip
        return await self._one(request, Prompt)

    async def duplicate(
        self, prompt: Prompt | int, /, *, image_index: int | None = None, **keywords: Unpack[PromptKeywords]
    ) -> Prompt:
        """Order it again, with what is given changed. Costs money. [D]

        `image_index`, from 0, takes that image of the prompt instead of drawing anew; None draws anew. No seed is put
        in, for it would change the image. If the answer is lost, the copies of the prompt that were made since are
        looked at [V, the use is I]; if several could be it, that is an UnknownOutcomeError.
        """
        if image_index is not None and (image_index := as_whole(image_index, "image_index")) < 0:
            raise ParameterError(f"image_index: {image_index} is not an index; the first image is 0")
        changes = await to_tree(PromptParams(**keywords), validate=False)
        request = duplicate_prompt(self._core, id_of(prompt, "prompt"), changes, image_index)
        return await self._created(request, Prompt)

    async def like(self, prompt: Prompt | int) -> None:
        """Like a prompt; of a pack's prompt it counts for the original too. [D]"""
        await self._likes("POST", prompt, "prompts.like")

    async def unlike(self, prompt: Prompt | int) -> None:
        """Take a like back. [I]: the service's page for it shows another method."""
        await self._likes("DELETE", prompt, "prompts.unlike")

    async def delete(self, prompt: Prompt | int, *, tune: Tune | int | None = None) -> None:
        """Delete a prompt and its images. [D]"""
        request = self._core.request(
            "DELETE", self._path(prompt, tune), operation="prompts.delete", effect=Effect.DELETE, accepts=None
        )
        await self._nothing(request)

    async def wait(
        self, prompt: Prompt | int, *, timeout: float | None = 1800.0, interval: float | None = None
    ) -> Prompt:
        """Wait until a prompt has its images, and return it as it is then.

        `timeout` is in seconds, None waits for ever. Nothing else bounds a wait: if the service cannot be reached, or
        answers 429 or 5xx, it goes on. `interval` is the seconds between two reads; None asks often at first, then every
        15 s. A `user_error` may go away while the service tries again [V], so it counts after 60 s, or once the prompt
        has ended. Raises GenerationFailedError if the prompt ended without images; WaitTimeoutError, with the prompt as
        last seen and the last failure; APIError for any other status, such as 401 or 404.
        """
        number = id_of(prompt, "prompt")
        return await poll(
            self._core.request("GET", f"/prompts/{number}", operation="prompts.wait", is_poll=True),
            number,
            PromptProgress(),
            known=prompt if isinstance(prompt, Prompt) else None,
            send=self._core.send,
            clock=self._core.clock,
            timeout=timeout,
            interval=interval,
        )

    async def download(self, prompt: Prompt | int, folder: str | os.PathLike[str]) -> Paths:
        """Fetch a prompt's images or videos into a folder, side by side. The folder is made if it is missing.

        Returns their paths, in the order of `prompt.images`: `<prompt id>-<number from 1>.<extension>`. Each is
        streamed to disk without the key, and has its name only once it is whole; a file of that name is replaced. Given
        an id, or a prompt without images, the prompt is read first.

        `Timeout.total` (else the retry policy's `max_elapsed`) bounds the whole call, `Timeout.attempt` each silence; less
        than 1,000 bytes a second over that time counts as silence. Nothing but images and videos of at most 2 GB is
        accepted, by their first bytes. Nothing is fetched from a private network, by the address that the host's name
        resolves to, at each redirect; from loopback only if the base URL is there.

        Raises ParameterError if it has no images yet, DownloadError for what cannot be fetched, OSError if the disk
        refuses.
        """
        core, path = self._core, folder_of(folder)
        deadline = core.downloads.deadline(core.timeout)
        if not isinstance(prompt, Prompt) or not prompt.images:
            path_of_it, number = self._path(prompt, None), id_of(prompt, "prompt")
            request = core.about("GET", path_of_it, number, operation="prompts.retrieve", deadline=deadline)
            prompt = await self._one(request, Prompt)
        if not prompt.images:
            raise ParameterError(f"prompt: {prompt.id} has no images ({prompt.state.value}); wait for it first")
        return await core.downloads.save(prompt.images, path, str(prompt.id), core.timeout, deadline=deadline)

    async def _likes(self, method: str, prompt: Prompt | int, operation: str) -> None:
        path = f"{self._path(prompt, None)}/likes"
        await self._nothing(self._core.request(method, path, operation=operation, effect=Effect.UPDATE, accepts=None))

    @staticmethod
    def _path(prompt: Prompt | int, tune: Tune | int | None) -> str:
        within = "" if tune is None else f"/tunes/{id_of(tune, 'tune')}"
        return f"{within}/prompts/{id_of(prompt, 'prompt')}"
