"""A list that may be long: items or pages, newest first, asked for as they are needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, Literal, Protocol, TypeAlias, TypeVar

from ..errors import ParameterError
from ..models.parameters.scalars import as_whole

#: The most that the service gives in one page [D], and so the fewest requests.
MAX_PAGE = 120


class _HasId(Protocol):
    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=_HasId)
Fetch: TypeAlias = Callable[[int, int | None], Awaitable[list[T]]]
Cursor: TypeAlias = Literal["before_id", "offset"]


class Listing(Generic[T]):
    """What a `list()` returns: `async for item in listing`, or `async for page in listing.pages()`.

    Pages are told apart by the smallest id seen (`before_id` [D]), so that nothing comes twice or is skipped while
    others create and delete; where the service knows only an offset, by how many came. Only an empty page ends a list
    [D]: a short one may have been cut. Each loop over it begins anew.
    `limit` is the number of items a page, 1 to 120; `max_items` ends it early, None does not.
    """

    def __init__(
        self,
        fetch: Fetch[T],
        *,
        limit: int,
        max_items: int | None,
        cursor: Cursor = "before_id",
        keep: Callable[[T], bool] | None = None,
    ) -> None:
        limit = as_whole(limit, "limit")
        if not 1 <= limit <= MAX_PAGE:
            raise ParameterError(f"limit: {limit!r} is outside 1 to {MAX_PAGE}; it is the items a page")
        if max_items is not None and (max_items := as_whole(max_items, "max_items")) < 0:
            raise ParameterError(f"max_items: {max_items!r} is not a number of items; None means all")
        self._fetch = fetch
        self._limit = limit
        self._max_items = max_items
        self._cursor: Cursor = cursor
        self._keep = keep

    def __aiter__(self) -> AsyncIterator[T]:
        return _Items(self.pages())

    def pages(self) -> AsyncIterator[list[T]]:
        """The pages, none of them empty."""
        return _Pages(self._fetch, self._limit, self._max_items, self._cursor, self._keep)


class _Pages(AsyncIterator[list[T]]):
    def __init__(
        self,
        fetch: Fetch[T],
        limit: int,
        max_items: int | None,
        cursor: Cursor,
        keep: Callable[[T], bool] | None,
    ) -> None:
        self._fetch = fetch
        self._limit = limit
        self._left = max_items
        self._cursor = cursor
        self._keep = keep
        self._at: int | None = None
        self._seen = set[
            int
        ]()  # of a list paged by offset: a service that knows no offset would give page one for ever

    async def __anext__(self) -> list[T]:
        while self._left != 0:
            size = self._limit if self._left is None or self._keep is not None else min(self._limit, self._left)
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
