"""Prompts: create, prepare, duplicate, update, like, delete; what reads them is inherited."""

from __future__ import annotations

from typing import Any, Unpack, overload

from .._codec import to_tree
from .._wire import Body, Effect, Request
from ..errors import ParameterError
from ..models import Prompt, PromptParams, Tune
from ..models.families import drawing_base
from ..models.parameters.keywords import PromptKeywords
from ..models.parameters.scalars import as_flag, as_whole, optional
from ..waiting import OnProgress, seconds
from ._creates.prepared import Prepared
from ._creates.requests import create_prompt, duplicate_prompt
from ._prompt_reading import PromptReading
from ._resource import given, id_of, params_of

#: The keywords of `create_and_wait` that are not parameters; `create` and `prepare` have some of them.
_OWN = ("tune", "params", "on", "idempotency_key", "auto_seed", "timeout", "interval", "on_progress")


class Prompts(PromptReading):
    """Orders of images and videos."""

    @overload
    async def create(
        self,
        tune: Tune | int,
        params: PromptParams,
        *,
        on: Tune | int | None = None,
        idempotency_key: str | None = None,
        auto_seed: bool = True,
    ) -> Prompt: ...
    @overload
    async def create(
        self,
        tune: Tune | int,
        *,
        on: Tune | int | None = None,
        idempotency_key: str | None = None,
        auto_seed: bool = True,
        **keywords: Unpack[PromptKeywords],
    ) -> Prompt: ...
    async def create(
        self,
        tune: Tune | int,
        params: PromptParams | None = None,
        *,
        on: Tune | int | None = None,
        idempotency_key: str | None = None,
        auto_seed: bool = True,
        **keywords: Any,
    ) -> Prompt:
        """Order images, or a video, of a tune. Costs money, unless the tune's `branch` is `fast`.

        Takes a `PromptParams`, or its fields as keywords. An adapter (LoRA, pti, FaceID) draws nothing by itself: its
        prompt goes to `on`, a base model, else to the one that it was trained on; the text has to mention the tune:
        `tune.mention()`. A checkpoint, a gallery's model and a tune of the branch `fast` draw themselves. A bare id says
        nothing of its family, so it is drawn on `on`, else on itself.

        Without a `seed` the SDK draws one, as the service would: by it the prompt is found again if the answer is lost,
        so that it is never paid twice. `auto_seed=False` leaves that to the service; a lost answer is then an
        UnknownOutcomeError if anything was made meanwhile that could be it.

        `idempotency_key`, such as "order-1234-3", makes the seed from the key, the parameters and the files' contents:
        the same after a restart, so that if the account's idempotency is on, the same call finds the same prompt.

        Raises ParameterError before anything is sent; ValidationError or InsufficientBalanceError if the service
        refuses; UnknownOutcomeError if it cannot be told whether it took place. [D]

        Args:
            tune: The tune, or its id.
            params: All parameters in one object; None if they are keywords.
            on: The model that draws it, or its id; None takes the tune's own base, or the tune itself.
            idempotency_key: A text that names the order, such as "order-1234". None makes a new identity for each call.
            auto_seed: False sends no seed if you give none.
            **keywords: The fields of `PromptParams`.
        """
        request, _ = await self._request(tune, on, params, idempotency_key, keywords, auto_seed=auto_seed)
        return await self._created(request, Prompt)

    @overload
    async def create_and_wait(
        self,
        tune: Tune | int,
        params: PromptParams,
        *,
        on: Tune | int | None = None,
        idempotency_key: str | None = None,
        auto_seed: bool = True,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_progress: OnProgress | None = None,
    ) -> Prompt: ...
    @overload
    async def create_and_wait(
        self,
        tune: Tune | int,
        *,
        on: Tune | int | None = None,
        idempotency_key: str | None = None,
        auto_seed: bool = True,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_progress: OnProgress | None = None,
        **keywords: Unpack[PromptKeywords],
    ) -> Prompt: ...
    async def create_and_wait(
        self,
        tune: Tune | int,
        params: PromptParams | None = None,
        *,
        on: Tune | int | None = None,
        idempotency_key: str | None = None,
        auto_seed: bool = True,
        timeout: float | None = 1800.0,
        interval: float | None = None,
        on_progress: OnProgress | None = None,
        **keywords: Any,
    ) -> Prompt:
        """Order images, or a video, and return the prompt once it has them: `create`, then `wait`. Costs money.

        Takes what `create` takes. `timeout` and `interval` are those of `wait`, in seconds: they bound the wait, not the
        create. Raises what both raise. If the wait fails, the prompt is not lost: `error.created` is the prompt that was
        created, and a note of the error has its id.

        Args:
            tune: The tune, or its id.
            params: All parameters in one object; None if they are keywords.
            on: The model that draws it, or its id; None takes the tune's own base, or the tune itself.
            idempotency_key: A text that names the order, such as "order-1234". None makes a new identity for each call.
            auto_seed: False sends no seed if you give none.
            timeout: Seconds, above 0; None waits for ever. Default: half an hour.
            interval: Seconds between two reads, 0 or more. None asks often at first, then every 15 s.
            on_progress: Called with a `WaitProgress` after each look. What it raises ends the wait. None tells nothing.
            **keywords: The fields of `PromptParams`.
        """
        timeout, interval = seconds("timeout", timeout), seconds("interval", interval)  # before anything is paid
        request, _ = await self._request(tune, on, params, idempotency_key, keywords, auto_seed=auto_seed)
        prompt = await self._created(request, Prompt)
        return await self._finished(
            prompt, self.wait(prompt, timeout=timeout, interval=interval, on_progress=on_progress)
        )

    @overload
    async def prepare(
        self,
        tune: Tune | int,
        params: PromptParams,
        *,
        on: Tune | int | None = None,
        idempotency_key: str | None = None,
    ) -> Prepared[Prompt]: ...
    @overload
    async def prepare(
        self,
        tune: Tune | int,
        *,
        on: Tune | int | None = None,
        idempotency_key: str | None = None,
        **keywords: Unpack[PromptKeywords],
    ) -> Prepared[Prompt]: ...
    async def prepare(
        self,
        tune: Tune | int,
        params: PromptParams | None = None,
        *,
        on: Tune | int | None = None,
        idempotency_key: str | None = None,
        **keywords: Any,
    ) -> Prepared[Prompt]:
        """Fix everything about a create, its seed included, and send nothing of it: `astria.send` does.

        Takes what `create` takes, but for bytes and file objects. The first `prepare` of a client asks the service who
        the key belongs to. Raises ParameterError.

        Args:
            tune: The tune, or its id.
            params: All parameters in one object; None if they are keywords.
            on: The model that draws it, or its id; None takes the tune's own base, or the tune itself.
            idempotency_key: A text that names the order, such as "order-1234". None makes a new identity for each call.
            **keywords: The fields of `PromptParams`.
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
        auto_seed: bool = True,
    ) -> tuple[Request, int]:
        """The create, and the id of the model that draws it."""
        base = drawing_base(id_of(tune, "tune") if not isinstance(tune, Tune) else tune, on)
        params = params_of(PromptParams, params, keywords, *_OWN)
        tree = await to_tree(params, validate=self._core.validate)
        self._hint(params, tune, on)
        intent = None
        if idempotency_key is not None:
            intent = await self._name(tree, "seed", f"/tunes/{base}/prompts", idempotency_key)
        auto = as_flag(auto_seed, "auto_seed")
        return create_prompt(self._core, base, tree, intent=intent, drawn=intent is not None, auto_seed=auto), base

    async def update(
        self,
        prompt: Prompt | int,
        tune: Tune | int | None = None,
        *,
        pack_id: int | None = None,
        base_pack_id: int | None = None,
        workspace_id: int | None = None,
    ) -> Prompt:
        """Change what is given; None leaves it as it is. `tune` is the one that it was posted to, and is not needed. [V]

        Args:
            prompt: The prompt, or its id.
            tune: The tune that it was posted to, or its id; not needed.
            pack_id: The pack that it becomes a template of; None leaves it.
            base_pack_id: The pack that it comes from; None leaves it.
            workspace_id: The workspace that it goes to; None leaves it.
        """
        if tune is None and isinstance(prompt, Prompt):
            tune = prompt.tune_id
        fields = optional(id_of, pack_id=pack_id, base_pack_id=base_pack_id, workspace_id=workspace_id)
        request = self._core.about(
            "PATCH", self._path(prompt, tune), id_of(prompt, "prompt"), operation="prompts.update",
            effect=Effect.UPDATE, body=Body({"prompt": given(fields)}),
        )  # fmt: skip
        return await self._one(request, Prompt)

    async def duplicate(
        self, prompt: Prompt | int, *, image_index: int | None = None, **keywords: Unpack[PromptKeywords]
    ) -> Prompt:
        """Order it again, with what is given changed. Costs money. [D]

        `image_index`, from 0, takes that image of the prompt instead of drawing anew; None draws anew. No seed is put
        in, for it would change the image. If the answer is lost, the copies of the prompt that were made since are
        looked at [V, the use is I]; if several could be it, that is an UnknownOutcomeError.

        Args:
            prompt: The prompt, or its id.
            image_index: The image to take, from 0; None draws anew.
            **keywords: The fields of `PromptParams`.
        """
        if image_index is not None and (image_index := as_whole(image_index, "image_index")) < 0:
            raise ParameterError(f"image_index: {image_index} is not an index; the first image is 0")
        changes = await to_tree(params_of(PromptParams, None, {**keywords}, "image_index"), validate=False)
        request = duplicate_prompt(self._core, id_of(prompt, "prompt"), changes, image_index)
        return await self._created(request, Prompt)

    async def like(self, prompt: Prompt | int) -> None:
        """Like a prompt; of a pack's prompt it counts for the original too. [D]

        Args:
            prompt: The prompt, or its id.
        """
        await self._likes("POST", prompt, "prompts.like")

    async def unlike(self, prompt: Prompt | int) -> None:
        """Take a like back. [I]: the service's page for it shows another method.

        Args:
            prompt: The prompt, or its id.
        """
        await self._likes("DELETE", prompt, "prompts.unlike")

    async def delete(self, prompt: Prompt | int, tune: Tune | int | None = None) -> None:
        """Delete a prompt and its images. [D]

        Args:
            prompt: The prompt, or its id.
            tune: The tune that it was posted to, or its id; not needed.
        """
        request = self._core.request(
            "DELETE", self._path(prompt, tune), operation="prompts.delete", effect=Effect.DELETE, accepts=None
        )
        await self._nothing(request)

    async def _likes(self, method: str, prompt: Prompt | int, operation: str) -> None:
        path = f"{self._path(prompt, None)}/likes"
        await self._nothing(self._core.request(method, path, operation=operation, effect=Effect.UPDATE, accepts=None))
