"""Packs: list, retrieve, create, run."""

from __future__ import annotations

from typing import Any, Unpack, overload
from urllib.parse import quote

from .._codec import parsed, structured, to_tree
from .._wire import Body, Request, Response
from ..errors import ParameterError
from ..models import Pack, PackRun, PackRunParams
from ..models.parameters.keywords import PackRunKeywords
from ..models.parameters.scalars import as_flag, as_text, filled_text, optional, shown
from ._creates.prepared import Prepared
from ._creates.requests import is_entitled, run_pack
from ._resource import Resource, given, id_of, params_of
from .listing import MAX_PAGE, Listing


class Packs(Resource):
    """Sets of prompts, made for any tune of their class."""

    def list(
        self,
        *,
        public: bool | None = None,
        listed: bool | None = None,
        page_size: int = MAX_PAGE,
        limit: int | None = None,
    ) -> Listing[Pack]:
        """The account's packs; `public=True` or `listed=True` for those of others too: `async for pack in ...`. [D]

        `page_size` is the number of items a page, 1 to 120; `limit` is the number of items altogether, None means all.
        Paged by offset [V], so one that is made or deleted meanwhile may be missed.

        Args:
            public: True adds public packs; None does not filter.
            listed: True adds listed packs; None does not filter.
            page_size: The number of items a page, 1 to 120.
            limit: The number of items altogether; None means all.
        """
        filters = optional(as_flag, public=public, listed=listed)
        return self._listing(
            "/packs", Pack, operation="packs.list", filters=filters, page_size=page_size, limit=limit, cursor="offset"
        )

    async def retrieve(self, pack: Pack | int | str) -> Pack:
        """Read a pack by its id [D] or its slug [V]. Raises NotFoundError if it does not exist.

        Args:
            pack: The pack, its id, or its slug.
        """
        return await self._one(self._core.request("GET", f"/p/{_id_or_slug(pack)}", operation="packs.retrieve"), Pack)

    async def create(
        self, *, title: str, base_tune_id: int, model_type: str | None = None, subtitle: str | None = None
    ) -> Pack:
        """Make an empty pack on a base tune. [V]

        Raises UnknownOutcomeError where the answer was lost: the service offers nothing to tell two packs apart.

        Args:
            title: Its title.
            base_tune_id: The base tune, or its id.
            model_type: What is trained for it, such as `lora`; None leaves it to the service.
            subtitle: A second line; None for none.
        """
        fields = {
            "title": filled_text(title, "title", "give the pack a name"),
            "base_tune_id": id_of(base_tune_id, "base_tune_id"),
            **optional(as_text, model_type=model_type, subtitle=subtitle),
        }
        request = self._core.create(
            "/packs", operation="packs.create", body=Body({"pack": given(fields)}), accepts=is_entitled("pack")
        )
        return await self._one(request, Pack)

    @overload
    async def run(
        self, pack: Pack | int | str, params: PackRunParams, *, idempotency_key: str | None = None
    ) -> PackRun: ...
    @overload
    async def run(
        self, pack: Pack | int | str, *, idempotency_key: str | None = None, **keywords: Unpack[PackRunKeywords]
    ) -> PackRun: ...
    async def run(
        self,
        pack: Pack | int | str,
        params: PackRunParams | None = None,
        *,
        idempotency_key: str | None = None,
        **keywords: Any,
    ) -> PackRun:
        """Run a pack: train a tune from images, or take tunes that exist, and make the pack's prompts. Costs money.

        Takes a `PackRunParams`, or its fields as keywords. The service has three answers [D, V]; `PackRun` is all of
        them. A new tune gets a UUID as its title if none is given, and is found again by it if the answer is lost;
        `idempotency_key` makes the title from the key, the parameters and the files' contents. With `tune_ids` the
        prompts that were made of the pack since are looked at [V, the use is I]; for a pack that is given by its slug,
        or if they could be another run's, a lost answer is an UnknownOutcomeError.

        Args:
            pack: The pack, its id, or its slug.
            params: All parameters in one object; None if they are keywords.
            idempotency_key: A text that names the order, such as "order-1234". None makes a new identity
                for each call.
            **keywords: The fields of `PackRunParams`.
        """
        request = await self._request(pack, params, idempotency_key, keywords)
        return read_run(await self._core.send(request), request)

    async def prepare(
        self,
        pack: Pack | int | str,
        params: PackRunParams | None = None,
        *,
        idempotency_key: str | None = None,
        **keywords: Unpack[PackRunKeywords],
    ) -> Prepared[PackRun]:
        """Fix everything about a run that trains a tune, its title included, and send nothing of it: `astria.send` does.

        Raises ParameterError for a run with `tune_ids`: it makes no tune, so nothing would tell it from another run.

        Args:
            pack: The pack, its id, or its slug.
            params: All parameters in one object; None if they are keywords.
            idempotency_key: A text that names the order, such as "order-1234". None makes a new identity
                for each call.
            **keywords: The fields of `PackRunParams`.
        """
        request = await self._request(pack, params, idempotency_key, dict(keywords))
        if request.identity is None:
            raise ParameterError(
                "tune_ids: a run that makes no tune cannot be prepared, since nothing tells it from another run; "
                "use packs.run, or prompts.prepare for each prompt"
            )
        return await self._prepare(request, {"pack": pack if isinstance(pack, str) else id_of(pack, "pack")})

    async def _request(
        self, pack: Pack | int | str, params: PackRunParams | None, key: str | None, keywords: dict[str, Any]
    ) -> Request:
        params = params_of(PackRunParams, params, keywords, "pack", "params", "idempotency_key")
        if key is not None and params.tune_ids:
            raise ParameterError(
                "idempotency_key: it makes the title of a new tune, and tune_ids makes none; leave it out"
            )
        tree = await to_tree(params, validate=self._core.validate)
        self._hint(params)
        number, path = path_of_pack(pack)
        intent = await self._name(tree, "title", path, key)
        return run_pack(self._core, number, path, tree, intent=intent, drawn=intent is not None)


def read_run(response: Response, request: Request) -> PackRun:
    """One of the service's three answers."""
    data = parsed(response, request)
    if isinstance(data, dict) and "id" in data:  # the first of the three answers: the tune itself
        data = {"tune": data}
    return structured(data, PackRun, response, request)


def path_of_pack(pack: Pack | int | str) -> tuple[int | str, str]:
    """(its id, or its slug if the id is not known; the path of its runs)."""
    segment = _id_or_slug(pack)
    return int(segment) if segment.isdecimal() else segment, f"/p/{segment}/tunes"


def _id_or_slug(pack: Pack | int | str) -> str:
    """What stands for a pack in a path. A slug is quoted; what would be another path is refused."""
    if not isinstance(pack, str):
        return str(id_of(pack, "pack"))
    if pack in ("", ".", "..") or not pack.isprintable() or pack != pack.strip() or not {*"/\\"}.isdisjoint(pack):
        raise ParameterError(
            f"pack: {shown(pack)} is not a slug; pass a Pack, its id, or its slug, such as 'corporate'"
        )
    return quote(pack, safe="")
