"""Tunes: create, retrieve, list, find, update, delete, wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Unpack, overload

import anyio

from .._codec import to_tree
from .._codec.identities import is_same_identity
from .._wire import Body, Effect, Request
from ..errors import NotFoundError
from ..middleware.recovery.lookup import MARGIN
from ..models import Prompt, Tune, TuneParams
from ..models.parameters.keywords import TuneKeywords
from ..models.parameters.scalars import as_flag, filled_text
from ..waiting import OnProgress, seconds, wait_one
from ._creates.prepared import Prepared
from ._creates.requests import belongs_to, create_tune
from ._resource import Resource, given, id_of, params_of
from ._sources import tune_source
from .filters import tune_query
from .listing import MAX_PAGE, Listing

#: The keywords of `create_and_wait` that are not parameters; `create` and `prepare` have some of them.
_OWN = ("params", "captions", "idempotency_key", "timeout", "interval", "on_progress")


class Tunes(Resource):
    """What Astria learns from images."""

    @overload
    async def create(
        self, params: TuneParams, *, captions: bool = False, idempotency_key: str | None = None
    ) -> Tune: ...
    @overload
    async def create(
        self, *, captions: bool = False, idempotency_key: str | None = None, **keywords: Unpack[TuneKeywords]
    ) -> Tune: ...
    async def create(
        self,
        params: TuneParams | None = None,
        *,
        captions: bool = False,
        idempotency_key: str | None = None,
        **keywords: Any,
    ) -> Tune:
        """Create a tune: upload images and have them learnt. Costs money, unless `branch="fast"`.

        Takes a `TuneParams`, or its fields as keywords; `name` and images are needed. Without a `title` it gets a UUID,
        by which the tune is found again if the answer is lost, so that it is never paid twice. With `captions` the
        `.txt` file beside each image that is given as a `Path`, of the same name, goes along as its caption [V].

        `idempotency_key`, such as "order-1234", makes the title from the key, the parameters and the files' contents: the
        same after a restart. If the account's idempotency is on, the same call then returns the same tune.

        Raises ParameterError before anything is sent; ValidationError or InsufficientBalanceError if the service
        refuses; UnknownOutcomeError if it cannot be told whether it took place. [D]

        Args:
            params: All parameters in one object; None if they are keywords.
            captions: True sends the `.txt` file beside each image that is a `Path`.
            idempotency_key: A text that names the order, such as "order-1234". None makes a new identity for each call.
            **keywords: The fields of `TuneParams`.
        """
        return await self._created(await self._request(params, captions, idempotency_key, keywords), Tune)

    @overload
    async def create_and_wait(
        self,
        params: TuneParams,
        *,
        captions: bool = False,
        idempotency_key: str | None = None,
        timeout: float | None = 7200.0,
        interval: float | None = None,
        on_progress: OnProgress | None = None,
    ) -> Tune: ...
    @overload
    async def create_and_wait(
        self,
        *,
        captions: bool = False,
        idempotency_key: str | None = None,
        timeout: float | None = 7200.0,
        interval: float | None = None,
        on_progress: OnProgress | None = None,
        **keywords: Unpack[TuneKeywords],
    ) -> Tune: ...
    async def create_and_wait(
        self,
        params: TuneParams | None = None,
        *,
        captions: bool = False,
        idempotency_key: str | None = None,
        timeout: float | None = 7200.0,
        interval: float | None = None,
        on_progress: OnProgress | None = None,
        **keywords: Any,
    ) -> Tune:
        """Create a tune, and return it once it is trained: `create`, then `wait`. Costs money, as `create` does.

        Takes what `create` and `wait` take; the times bound the wait, not the create. Raises what both raise. If the wait
        fails, the tune is not lost: `error.created` is the tune, and a note of the error has its id.

        Args:
            params: All parameters in one object; None if they are keywords.
            captions: True sends the `.txt` file beside each image that is a `Path`.
            idempotency_key: A text that names the order, such as "order-1234". None makes a new identity for each call.
            timeout: Seconds, above 0; None waits for ever. Default: two hours.
            interval: Seconds between two reads, 0 or more. None asks often at first, then every 15 s.
            on_progress: Called with a `WaitProgress` after each look. What it raises ends the wait. None tells nothing.
            **keywords: The fields of `TuneParams`.
        """
        timeout, interval = seconds("timeout", timeout), seconds("interval", interval)  # before anything is paid
        tune = await self._created(await self._request(params, captions, idempotency_key, keywords), Tune)
        return await self._finished(tune, self.wait(tune, timeout=timeout, interval=interval, on_progress=on_progress))

    @overload
    async def prepare(
        self, params: TuneParams, *, captions: bool = False, idempotency_key: str | None = None
    ) -> Prepared[Tune]: ...
    @overload
    async def prepare(
        self, *, captions: bool = False, idempotency_key: str | None = None, **keywords: Unpack[TuneKeywords]
    ) -> Prepared[Tune]: ...
    async def prepare(
        self,
        params: TuneParams | None = None,
        *,
        captions: bool = False,
        idempotency_key: str | None = None,
        **keywords: Any,
    ) -> Prepared[Tune]:
        """Fix everything about a create, its title included, and send nothing of it: `astria.send` does.

        Takes what `create` takes, but for bytes and file objects. The first `prepare` of a client asks the service who
        the key belongs to. Raises ParameterError.

        Args:
            params: All parameters in one object; None if they are keywords.
            captions: True sends the `.txt` file beside each image that is a `Path`.
            idempotency_key: A text that names the order, such as "order-1234". None makes a new identity for each call.
            **keywords: The fields of `TuneParams`.
        """
        return await self._prepare(await self._request(params, captions, idempotency_key, keywords), {})

    async def _request(
        self, params: TuneParams | None, captions: bool, idempotency_key: str | None, keywords: dict[str, Any]
    ) -> Request:
        params = params_of(TuneParams, params, keywords, *_OWN)
        tree = await to_tree(params, validate=self._core.validate, captions=as_flag(captions, "captions"))
        self._hint(params)
        intent = await self._name(tree, "title", "/tunes", idempotency_key)
        return create_tune(self._core, tree, intent=intent, drawn=intent is not None)

    async def retrieve(self, tune: Tune | int) -> Tune:
        """Read a tune. Raises NotFoundError if it does not exist, or not for the key and workspace. [D]

        Args:
            tune: The tune, or its id.
        """
        number = id_of(tune, "tune")
        return await self._one(self._core.about("GET", f"/tunes/{number}", number, operation="tunes.retrieve"), Tune)

    def list(
        self,
        *,
        title: str | None = None,
        name: Sequence[str] | None = None,
        model_type: str | None = None,
        branch: str | None = None,
        page_size: int = MAX_PAGE,
        limit: int | None = None,
    ) -> Listing[Tune]:
        """The account's tunes, newest first: `async for tune in astria.tunes.list()`. [D]

        Args:
            title: A part of the title, in any case; None does not filter. [V]
            name: Any of these classes; None does not filter. [V]
            model_type: Such as `lora`; None does not filter. [V]
            branch: Such as `flux1`; None does not filter. [V]
            page_size: The number of items a page, 1 to 120.
            limit: The number of items altogether; None means all.
        """
        filters = tune_query(title, name, model_type, branch)
        return self._listing("/tunes", Tune, operation="tunes.list", filters=filters, page_size=page_size, limit=limit)

    async def find(self, title: str) -> Tune | None:
        """The newest tune of this title, whatever its case; None if none has it. [V]

        After an `UnknownOutcomeError`, or a restart: `await astria.tunes.find(idempotency_title("order", 1234))`.

        Args:
            title: The whole title, in any case.
        """
        title = filled_text(title, "title", "give the whole title to look for")
        async for tune in self.list(title=title):
            if tune.title is not None and is_same_identity(tune.title, title):
                return tune
        return None

    async def update(
        self,
        tune: Tune | int,
        *,
        title: str | None = None,
        name: str | None = None,
        characteristics: Mapping[str, str] | None = None,
        auto_extend: bool | None = None,
    ) -> Tune:
        """Change what is given; None leaves it as it is. `auto_extend` keeps it beyond 30 days, and costs. [V]

        Args:
            tune: The tune, or its id.
            title: The new title; None leaves it.
            name: The new class; None leaves it.
            characteristics: Words for `{{...}}` in a prompt's text; None leaves them.
            auto_extend: True keeps it beyond 30 days, which is charged; None leaves it.
        """
        fields = {"title": title, "name": name, "characteristics": characteristics, "auto_extend": auto_extend}
        number = id_of(tune, "tune")
        changes = await to_tree(TuneParams(**{"name": None, **given(fields)}), partial=True)
        request = self._core.about(
            "PATCH", f"/tunes/{number}", number, operation="tunes.update", effect=Effect.UPDATE,
            body=Body({"tune": changes}),
        )  # fmt: skip
        return await self._one(request, Tune)

    async def delete(self, tune: Tune | int, *, prompts: bool = False) -> None:
        """Delete a tune, its model and its images; of a checkpoint, its prompts too. [D]

        An adapter's prompts lie on its base model: they outlive it, and show its subject. `prompts=True` deletes first
        every prompt of the account, in the client's workspace, that refers to the tune in its text. It reads the
        account's prompts back to the tune's creation.

        Args:
            tune: The tune, or its id.
            prompts: True deletes the prompts that refer to it first.
        """
        number = id_of(tune, "tune")
        if as_flag(prompts, "prompts"):
            await self._delete_prompts(tune if isinstance(tune, Tune) else await self.retrieve(number))
        request = self._core.request(
            "DELETE", f"/tunes/{number}", operation="tunes.delete", effect=Effect.DELETE, accepts=None
        )
        await self._nothing(request)

    async def _delete_prompts(self, tune: Tune) -> None:
        since = None if tune.created_at is None else tune.created_at - timedelta(seconds=MARGIN)
        pages = self._listing(
            "/prompts", Prompt, operation="tunes.delete", filters={}, page_size=MAX_PAGE, limit=None
        ).pages()
        async for page in pages:
            async with anyio.create_task_group() as tasks:
                for prompt in page:
                    if belongs_to(prompt, tune.id):
                        tasks.start_soon(self._delete_prompt, prompt.id)
            times = [prompt.created_at for prompt in page]
            if since is not None and all(moment is not None and moment < since for moment in times):
                return

    async def _delete_prompt(self, number: int) -> None:
        request = self._core.request(
            "DELETE", f"/prompts/{number}", operation="tunes.delete", effect=Effect.DELETE, accepts=None
        )
        try:
            await self._nothing(request)
        except NotFoundError:
            return  # somebody else was faster

    async def wait(
        self,
        tune: Tune | int,
        *,
        timeout: float | None = 7200.0,
        interval: float | None = None,
        on_progress: OnProgress | None = None,
    ) -> Tune:
        """Wait until a tune is trained, and return it as it is then. Flux trains in 5 to 10 minutes [I].

        It is looked at at once, and then after 2 s to 15 s. Nothing but `timeout` bounds a wait: if the service cannot
        be reached, or answers 429 or 5xx, it goes on.

        Args:
            tune: The tune, or its id. One that is known to be trained is returned as it is.
            timeout: Seconds, 0 or more; None waits for ever. It is the only sign of a training that failed [D].
            interval: Seconds between two looks, 0 or more; None leaves it to the schedule.
            on_progress: Called with a `WaitProgress` after each look. What it raises ends the wait. None tells nothing.

        Raises WaitTimeoutError, with the tune as last seen, the last failure, and how to go on; APIError for any other
        status, such as 401 or 404.
        """
        core = self._core
        known, watch = tune if isinstance(tune, Tune) else None, core.watches.here()
        options: Any = {"timeout": timeout, "interval": interval, "on_progress": on_progress}
        trained: Tune = await wait_one(watch, tune_source(core), id_of(tune, "tune"), known, **options)
        return trained
