"""Packs: list, retrieve, create, run."""

from __future__ import annotations

from typing import Any, Unpack, overload
from urllib.parse import quote

from .._codec import is_json, is_object_with_id, parsed, structured, to_tree
from .._wire import Body, Effect, Identity, Response
from ..errors import ParameterError
from ..models import Pack, PackRun, PackRunParams
from ..models._keywords import PackRunKeywords
from ..models._scalars import shown
from ._resource import Resource, given, id_of, params_of
from .listing import Listing
from .recovery import recover_by, tune_matches


class Packs(Resource):
    """Sets of prompts, made for any tune of their class."""

    def list(
        self,
        *,
        public: bool | None = None,
        listed: bool | None = None,
        limit: int = 20,
        max_items: int | None = None,
    ) -> Listing[Pack]:
        """The account's packs; `public=True` or `listed=True` for those of others too: `async for pack in ...`. [D]

        `limit` is the number a page, 1 to 120; `max_items` ends it early, None does not. Paged by offset [V], so one
        that is made or deleted meanwhile may be missed.
        """
        filters = {"public": public, "listed": listed}
        return self._listing(
            "/packs", Pack, operation="packs.list", filters=filters, limit=limit, max_items=max_items, cursor="offset"
        )

    async def retrieve(self, pack: Pack | int | str) -> Pack:
        """Read a pack by its id [D] or its slug [V]. Raises NotFoundError where there is none."""
        return await self._one(self._core.request("GET", f"/p/{_id_or_slug(pack)}", operation="packs.retrieve"), Pack)

    async def create(
        self, *, title: str, base_tune_id: int, model_type: str | None = None, subtitle: str | None = None
    ) -> Pack:
        """Make an empty pack on a base tune. [V]

        Raises UnknownOutcomeError where the answer was lost: the service offers nothing to tell two packs apart.
        """
        if not title.strip():
            raise ParameterError("title: it is empty; give the pack a name")
        fields = {
            "title": title, "base_tune_id": id_of(base_tune_id, "base_tune_id"), "model_type": model_type,
            "subtitle": subtitle,
        }  # fmt: skip
        request = self._core.request(
            "POST",
            "/packs",
            operation="packs.create",
            effect=Effect.CREATE,
            body=Body({"pack": given(fields)}),
            accepts=is_object_with_id,
        )
        return await self._one(request, Pack)

    @overload
    async def run(self, pack: Pack | int | str, params: PackRunParams, /) -> PackRun: ...
    @overload
    async def run(self, pack: Pack | int | str, /, **keywords: Unpack[PackRunKeywords]) -> PackRun: ...
    async def run(self, pack: Pack | int | str, params: PackRunParams | None = None, /, **keywords: Any) -> PackRun:
        """Run a pack: train a tune from pictures, or take tunes that exist, and make the pack's prompts. Costs money.

        Takes a `PackRunParams`, or its fields as keywords. The service has three answers [D, V]; `PackRun` is all of
        them. A new tune gets a UUID as its title where none is given, and is found again by it when the answer is lost;
        with `tune_ids` nothing can be looked for, so a lost answer is an UnknownOutcomeError.
        """
        params = params_of(PackRunParams, params, keywords)
        tree = await to_tree(params, validate=self._core.validate)
        self._hint(params)
        makes_a_tune = not params.tune_ids
        request = self._core.request(
            "POST",
            f"/p/{_id_or_slug(pack)}/tunes",
            operation="packs.run",
            effect=Effect.CREATE,
            body=Body({"tune": tree}),
            identity=Identity.TUNE_TITLE if makes_a_tune else None,
            recover=recover_by(f"{self._core.base_url}/tunes", tune_matches) if makes_a_tune else None,
            accepts=_is_object,
        )
        response = await self._core.send(request)
        data = parsed(response, request)
        if isinstance(data, dict) and "id" in data:  # the first of the three answers: the tune itself
            data = {"tune": data}
        return structured(data, PackRun, response, request)


def _id_or_slug(pack: Pack | int | str) -> str:
    """What stands for a pack in a path. A slug is quoted; what would be another path is refused."""
    if not isinstance(pack, str):
        return str(id_of(pack, "pack"))
    if pack in ("", ".", "..") or not pack.isprintable() or pack != pack.strip() or not {*"/\\"}.isdisjoint(pack):
        raise ParameterError(
            f"pack: {shown(pack)} is not a slug; pass a Pack, its id, or its slug, such as 'corporate'"
        )
    return quote(pack, safe="")


def _is_object(response: Response) -> bool:
    return is_json(response) and (response.status >= 300 or isinstance(response.json(), dict))
