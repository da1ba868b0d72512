"""The gallery: what others made public."""

from __future__ import annotations

from collections.abc import Sequence

from ..models import Pack, Tune
from ..models.parameters.scalars import as_flag, optional
from ._resource import Resource
from .filters import tune_query
from .listing import MAX_PAGE, Listing


class Gallery(Resource):
    """Public tunes and packs."""

    def tunes(
        self,
        *,
        title: str | None = None,
        name: Sequence[str] | None = None,
        model_type: str | None = None,
        branch: str | None = None,
        page_size: int = MAX_PAGE,
        limit: int | None = None,
    ) -> Listing[Tune]:
        """Public tunes, newest first, filtered as `tunes.list` is. [V]

        `page_size` is the number of items a page, 1 to 120; `limit` is the number of items altogether, None means all.

        Args:
            title: A part of the title, in any case; None does not filter. [V]
            name: Any of these classes; None does not filter. [V]
            model_type: Such as `lora`; None does not filter. [V]
            branch: Such as `flux1`; None does not filter. [V]
            page_size: The number of items a page, 1 to 120.
            limit: The number of items altogether; None means all.
        """
        filters = tune_query(title, name, model_type, branch)
        return self._listing(
            "/gallery/tunes", Tune, operation="gallery.tunes", filters=filters, page_size=page_size, limit=limit
        )

    def packs(
        self,
        *,
        public: bool | None = None,
        listed: bool | None = None,
        page_size: int = MAX_PAGE,
        limit: int | None = None,
    ) -> Listing[Pack]:
        """Public packs. [D] Paged by offset [V], so one that is made or deleted meanwhile may be missed.

        Args:
            public: True adds public packs; None does not filter.
            listed: True adds listed packs; None does not filter.
            page_size: The number of items a page, 1 to 120.
            limit: The number of items altogether; None means all.
        """
        filters = optional(as_flag, public=public, listed=listed)
        return self._listing(
            "/gallery/packs",
            Pack,
            operation="gallery.packs",
            filters=filters,
            page_size=page_size,
            limit=limit,
            cursor="offset",
        )
