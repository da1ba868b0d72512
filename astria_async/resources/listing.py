"""A list that may be long: items or pages, newest first, asked for as they are needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from ..errors import ParameterError
from ..models.parameters.scalars import as_whole

#: The most that the service gives in one page [D]. It is the default, too: the service's own 20 takes six times the
#: requests for a long list, and a short list has a `limit`, which makes its page smaller.
MAX_PAGE = 120


class _HasId(Protocol):
    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=_HasId)
Fetch: TypeAlias = Callable[[int, int | None], Awaitable[list[T]]]
Cursor: TypeAlias = Literal["before_id", "offset"]


class Listing(Generic[T]):
    """What a `list()` returns. It asks for nothing before it is used, and each use begins anew:

        async for tune in astria.tunes.list(): ...               # all, one after the other
        async for page in astria.tunes.list().pages(): ...       # all, page by page
        tunes = await astria.tunes.list(limit=500).all()         # a list of all, here of 500 at most
        newest = await astria.tunes.list().first()               # one item, or None
        page = await astria.tunes.list(page_size=50)             # a list of the first page

    `page_size` is the number of items a page, 1 to 120. `limit` is the number of items altogether; None means all. A
    page is asked for no more items than `limit` leaves.

    Pages are told apart by the smallest id seen (`before_id` [D]), so that nothing comes twice or is skipped while
    others create and delete; if the service knows only an offset, by how many came. Only an empty page ends a list [D]:
    a short one may have been cut.
    """

    def __init__(
        self,
        fetch: Fetch[T],
        *,
        what: str,
        filters: Mapping[str, Any],
        page_size: int,
        limit: int | None,
        cursor: Cursor = "before_id",
        keep: Callable[[T], bool] | None = None,
    ) -> None:
        page_size = as_whole(page_size, "page_size")
        if not 1 <= page_size <= MAX_PAGE:
            raise ParameterError(
                f"page_size: {page_size} is outside 1 to {MAX_PAGE}; it is the items a page, and limit is the total"
            )
        if limit is not None and (limit := as_whole(limit, "limit")) < 0:
            raise ParameterError(f"limit: {limit} is not a number of items; give 0 or more, or None for all")
        self._fetch = fetch
        self._what = what
        self._filters = filters
        self._page_size = page_size
        self._limit = limit
        self._cursor: Cursor = cursor
        self._keep = keep

    def __aiter__(self) -> AsyncIterator[T]:
        return _Items(self.pages())

    def __await__(self) -> Generator[Any, Any, list[T]]:
        """The first page; an empty list if there is nothing."""
        return self._first_page(self._limit).__await__()

    async def all(self) -> list[T]:
        """A list of everything, up to `limit`. It reads every page."""
        return [item async for page in self.pages() for item in page]

    async def first(self) -> T | None:
        """The first item, which is the newest; None if there is nothing. It asks for one item only, if it can."""
        page = await self._first_page(1 if self._limit is None else min(1, self._limit))
        return page[0] if page else None

    def pages(self) -> AsyncIterator[list[T]]:
        """The pages, none of them empty."""
        return self._pages(self._limit)

    async def _first_page(self, limit: int | None) -> list[T]:
        return await anext(self._pages(limit), [])

    def _pages(self, limit: int | None) -> AsyncIterator[list[T]]:
        return _Pages(self._fetch, self._page_size, limit, self._cursor, self._keep)

    def __repr__(self) -> str:
        filters = {name: value for name, value in self._filters.items() if value is not None}
        options = {**filters, "page_size": self._page_size, "limit": self._limit}
        written = ", ".join(f"{name}={value!r}" for name, value in options.items())
        return f"<Listing of {self._what}: {written}; it asks for nothing before it is awaited or looped over>"


class _Pages(AsyncIterator[list[T]]):
    def __init__(
        self,
        fetch: Fetch[T],
        page_size: int,
        limit: int | None,
        cursor: Cursor,
        keep: Callable[[T], bool] | None,
    ) -> None:
        self._fetch = fetch
        self._page_size = page_size
        self._left = limit
        self._cursor = cursor
        self._keep = keep
        self._at: int | None = None
        #: Of a list paged by offset: a service that does not know offsets would give page one for ever.
        self._seen = set[int]()

    async def __anext__(self) -> list[T]:
        while self._left != 0:
            size = self._page_size
            if self._left is not None and self._keep is None:  # else it is not known how many of a page are wanted
                size = min(size, self._left)
            page = await self._fetch(size, self._at)
            if self._cursor == "before_id":
                fresh = [item for item in page if self._at is None or item.id < self._at]
            else:
                fresh = [item for item in page if item.id not in self._seen]
                self._seen.update(item.id for item in fresh)
            if not fresh:
                break
            self._at = min(item.id for item in fresh) if self._cursor == "before_id" else (self._at or 0) + len(page)
            wanted = fresh if self._keep is None else [item for item in fresh if self._keep(item)]
            if self._left is not None:
                wanted = wanted[: self._left]
                self._left -= len(wanted)
            if wanted:
                return wanted
        raise StopAsyncIteration


class _Items(AsyncIterator[T]):
    def __init__(self, pages: AsyncIterator[list[T]]) -> None:
        self._pages = pages
        self._page: list[T] = []

    async def __anext__(self) -> T:
        if not self._page:
            self._page = (await anext(self._pages))[::-1]
        return self._page.pop()
