"""Tunes: create, retrieve, list, find, update, delete, wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack, overload

from .._codec import is_object_with_id, to_tree
from .._wire import Body, Effect, Identity
from ..errors import ParameterError
from ..models import Tune, TuneParams
from ..models._keywords import TuneKeywords
from ..waiting import TuneProgress, poll
from ._resource import Resource, given, id_of, params_of
from .listing import MAX_PAGE, Listing
from .recovery import recover_by, tune_matches


class Tunes(Resource):
    """What Astria learns from pictures."""

    @overload
    async def create(self, params: TuneParams, /, *, captions: bool = False) -> Tune: ...
    @overload
    async def create(self, /, *, captions: bool = False, **keywords: Unpack[TuneKeywords]) -> Tune: ...
    async def create(self, params: TuneParams | None = None, /, *, captions: bool = False, **keywords: Any) -> Tune:
        """Create a tune: upload pictures and have them learnt. Costs money, unless `branch="fast"`.

        Takes a `TuneParams`, or its fields as keywords; `name` and pictures are needed. Without a `title` it gets a
        UUID, by which the tune is found again when the answer is lost, so that it is never paid twice. With `captions`
        the `.txt` file beside each picture that is given as a `Path`, of the same name, goes along as its caption [V].

        Raises ParameterError before anything is sent; ValidationError or InsufficientBalanceError where the service
        refuses; UnknownOutcomeError where it cannot be told whether it took place. [D]
        """
        params = params_of(TuneParams, params, keywords)
        tree = await to_tree(params, validate=self._core.validate, captions=captions)
        self._hint(params)
        request = self._core.request(
            "POST",
            "/tunes",
            operation="tunes.create",
            effect=Effect.CREATE,
            body=Body({"tune": tree}),
            identity=Identity.TUNE_TITLE,
            recover=recover_by(f"{self._core.base_url}/tunes", tune_matches),
            accepts=is_object_with_id,
        )
        return await self._created(request, Tune)

    async def retrieve(self, tune: Tune | int) -> Tune:
        """Read a tune. Raises NotFoundError where there is none of this id for the key and workspace. [D]"""
        request = self._core.request("GET", f"/tunes/{id_of(tune, 'tune')}", operation="tunes.retrieve")
        return await self._one(request, Tune)

    def list(
        self,
        *,
        title: str | None = None,
        name: Sequence[str] | None = None,
        model_type: str | None = None,
        branch: str | None = None,
        limit: int = 20,
        max_items: int | None = None,
    ) -> Listing[Tune]:
        """The account's tunes, newest first: `async for tune in astria.tunes.list()`. [D]

        `title`, `name` (any of these classes), `model_type` and `branch` filter [V]; whether exactly or by a part is
        not known. `limit` is the number a page, 1 to 120; `max_items` ends it early, None does not.
        """
        filters = {"title": title, "name": name, "model_type": model_type, "branch": branch}
        return self._listing("/tunes", Tune, operation="tunes.list", filters=filters, limit=limit, max_items=max_items)

    async def find(self, title: str) -> Tune | None:
        """The newest tune of exactly this title; None where there is none. [V]

        After an `UnknownOutcomeError`, or a restart: `await astria.tunes.find(idempotency_title("order", 1234))`.
        """
        if not title.strip():
            raise ParameterError("title: it is empty; give the whole title to look for")
        async for tune in self.list(title=title, limit=MAX_PAGE):
            if tune.title == title:
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
        """Change what is given; None leaves it as it is. `auto_extend` keeps it beyond 30 days, and costs. [V]"""
        fields = {"title": title, "name": name, "characteristics": characteristics, "auto_extend": auto_extend}
        request = self._core.request(
            "PATCH",
            f"/tunes/{id_of(tune, 'tune')}",
            operation="tunes.update",
            effect=Effect.UPDATE,
            body=Body({"tune": given(fields)}),
        )
        return await self._one(request, Tune)

    async def delete(self, tune: Tune | int) -> None:
        """Delete a tune, its model and its pictures; of a checkpoint, its prompts too. [D]"""
        request = self._core.request(
            "DELETE", f"/tunes/{id_of(tune, 'tune')}", operation="tunes.delete", effect=Effect.DELETE, accepts=None
        )
        await self._nothing(request)

    async def wait(self, tune: Tune | int, *, timeout: float | None = 3600.0, interval: float | None = None) -> Tune:
        """Wait until a tune is trained, and return it as it is then.

        `timeout` is in seconds, None waits for ever: the service has no field that shows that a training failed, so a
        timeout is the only sign of it. Nothing else bounds a wait: if the service cannot be reached, or answers 429 or
        5xx, it goes on. `interval` is the seconds between two reads; None asks often at first, then every 15 s. Flux
        trains in 5 to 10 minutes [I]. Raises WaitTimeoutError, with the tune as last seen and the last failure; APIError
        for any other status, such as 401 or 404.
        """
        number = id_of(tune, "tune")
        return await poll(
            self._core.request("GET", f"/tunes/{number}", operation="tunes.wait", is_poll=True),
            number,
            TuneProgress(),
            known=tune if isinstance(tune, Tune) else None,
            send=self._core.send,
            clock=self._core.clock,
            timeout=timeout,
            interval=interval,
        )
