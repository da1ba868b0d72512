"""`astria.with_raw_response`: the client's methods, each with the response beside what it returns."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, NoReturn, TypeVar

from ..._values.spelling import unknown_name
from ...middleware.raw_response import RawResponse, with_response
from .methods import OF_A_LIST, RawAccount, RawImages, RawPacks, RawPrompts, RawThemes, RawTunes, RawVideos

if TYPE_CHECKING:
    from ..._client import AsyncAstria

T = TypeVar("T")


class RawResources:
    """The methods of a client, each of which returns a `RawResponse`. All are typed as the client's own.

        raw = await astria.with_raw_response.tunes.retrieve(1)
        raw.parsed, raw.status, raw.headers["x-request-id"]

    A method that makes several requests, such as `wait`, has its last response. Not here: lists and `gallery`, which make
    a request for each page (use `astria.request`); `prompts.download`, `read` and `stream`, which are not answered by the API; and `prepare`,
    which sends nothing that has a response of its own.
    """

    def __init__(self, client: AsyncAstria) -> None:
        self._client = client

    async def __call__(self, call: Awaitable[T]) -> RawResponse[T]:
        """Await any call of the client, such as `astria.tunes.retrieve(1)`, and return it with its last response."""
        return await with_response(call)

    @property
    def tunes(self) -> RawTunes:
        """`astria.tunes`, with responses."""
        return RawTunes(self._client.tunes)

    @property
    def prompts(self) -> RawPrompts:
        """`astria.prompts`, with responses."""
        return RawPrompts(self._client.prompts)

    @property
    def packs(self) -> RawPacks:
        """`astria.packs`, with responses."""
        return RawPacks(self._client.packs)

    @property
    def images(self) -> RawImages:
        """`astria.images`, with responses."""
        return RawImages(self._client.images)

    @property
    def videos(self) -> RawVideos:
        """`astria.videos`, with responses."""
        return RawVideos(self._client.videos)

    @property
    def themes(self) -> RawThemes:
        """`astria.themes`, with responses."""
        return RawThemes(self._client.themes)

    @property
    def account(self) -> RawAccount:
        """`astria.account`, with responses."""
        return RawAccount(self._client.account)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            if name == "gallery":
                raise AttributeError(f"with_raw_response has no gallery: {OF_A_LIST}")
            names = [name for name in dir(type(self)) if not name.startswith("_")]
            raise AttributeError(unknown_name("with_raw_response", "resource", name, names))
