"""The methods of each resource with the response beside what they return. Their types follow from the methods."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, Final, NoReturn, ParamSpec, TypeVar

from ..._values.spelling import unknown_name
from ...middleware.raw_response import RawResponse, with_response
from .._resource import Resource
from ..account import Account, Workspaces
from ..images import Images
from ..packs import Packs
from ..prompts import Prompts
from ..themes import Themes
from ..tunes import Tunes
from ..videos import Videos

P = ParamSpec("P")
T = TypeVar("T")


def _raw(method: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, RawResponse[T]]]:
    """The method, with a `RawResponse` of what it returns."""

    @wraps(method)
    async def call(*args: P.args, **kwargs: P.kwargs) -> RawResponse[T]:
        return await with_response(method(*args, **kwargs))

    if hasattr(method, "__signature__"):  # the function's, which has `self`
        setattr(call, "__signature__", signature(method))  # noqa: B010 -- a function has it, its type does not
    return call


class _RawResource:
    """The methods of one resource that end with a response of the API."""

    def __init__(self, resource: Resource, name: str) -> None:
        self._resource: Resource = resource
        self._name = name

    if not TYPE_CHECKING:  # a type checker finds a misspelt method by itself

        def __getattr__(self, method: str) -> NoReturn:
            raise AttributeError(_no_raw_form(self._resource, f"{self._name}.{method}", [*vars(self)]))


class RawTunes(_RawResource):
    """The methods of `astria.tunes`, with responses."""

    def __init__(self, tunes: Tunes) -> None:
        super().__init__(tunes, "tunes")
        self.create: Final = _raw(tunes.create)
        self.create_and_wait: Final = _raw(tunes.create_and_wait)
        self.retrieve: Final = _raw(tunes.retrieve)
        self.find: Final = _raw(tunes.find)
        self.update: Final = _raw(tunes.update)
        self.delete: Final = _raw(tunes.delete)
        self.wait: Final = _raw(tunes.wait)


class RawPrompts(_RawResource):
    """The methods of `astria.prompts`, with responses."""

    def __init__(self, prompts: Prompts) -> None:
        super().__init__(prompts, "prompts")
        self.create: Final = _raw(prompts.create)
        self.create_and_wait: Final = _raw(prompts.create_and_wait)
        self.retrieve: Final = _raw(prompts.retrieve)
        self.find: Final = _raw(prompts.find)
        self.update: Final = _raw(prompts.update)
        self.duplicate: Final = _raw(prompts.duplicate)
        self.like: Final = _raw(prompts.like)
        self.unlike: Final = _raw(prompts.unlike)
        self.delete: Final = _raw(prompts.delete)
        self.wait: Final = _raw(prompts.wait)
        self.wait_all: Final = _raw(prompts.wait_all)


class RawPacks(_RawResource):
    """The methods of `astria.packs`, with responses."""

    def __init__(self, packs: Packs) -> None:
        super().__init__(packs, "packs")
        self.retrieve: Final = _raw(packs.retrieve)
        self.create: Final = _raw(packs.create)
        self.run: Final = _raw(packs.run)


class RawImages(_RawResource):
    """The methods of `astria.images`, with responses."""

    def __init__(self, images: Images) -> None:
        super().__init__(images, "images")
        self.inspect: Final = _raw(images.inspect)
        self.classify: Final = _raw(images.classify)
        self.describe: Final = _raw(images.describe)
        self.upload: Final = _raw(images.upload)


class RawVideos(_RawResource):
    """The methods of `astria.videos`, with responses."""

    def __init__(self, videos: Videos) -> None:
        super().__init__(videos, "videos")
        self.inspect: Final = _raw(videos.inspect)
        self.retrieve_inspection: Final = _raw(videos.retrieve_inspection)
        self.wait: Final = _raw(videos.wait)


class RawThemes(_RawResource):
    """The methods of `astria.themes`, with responses."""

    def __init__(self, themes: Themes) -> None:
        super().__init__(themes, "themes")
        self.create: Final = _raw(themes.create)


class RawWorkspaces(_RawResource):
    """The methods of `astria.account.workspaces`, with responses."""

    def __init__(self, workspaces: Workspaces) -> None:
        super().__init__(workspaces, "account.workspaces")
        self.list: Final = _raw(workspaces.list)
        self.retrieve: Final = _raw(workspaces.retrieve)
        self.create: Final = _raw(workspaces.create)
        self.update: Final = _raw(workspaces.update)


class RawAccount(_RawResource):
    """The methods of `astria.account`, with responses."""

    def __init__(self, account: Account) -> None:
        super().__init__(account, "account")
        self.workspaces: RawWorkspaces = RawWorkspaces(account.workspaces)
        self.me: Final = _raw(account.me)
        self.models: Final = _raw(account.models)


_OF_IMAGES = "images are not a response of the API; call it on the client"
OF_A_LIST = "a list makes a request for each page; use astria.request('GET', path, params={'limit': 120}) for one page"
_REASONS = {
    "list": OF_A_LIST,
    "as_completed": "its prompts come one after the other; call it on the client",
    "prepare": "it sends no create; call it on the client",
    **dict.fromkeys(("download", "read", "stream"), _OF_IMAGES),
}


def _no_raw_form(resource: Resource, method: str, names: list[str]) -> str:
    """One line for a method that a view of raw responses does not have."""
    owner, _, name = method.rpartition(".")
    if hasattr(type(resource), name) and name in _REASONS:
        return f"with_raw_response has no {method}: {_REASONS[name]}"
    public = [each for each in names if not each.startswith("_")]
    return unknown_name(f"with_raw_response.{owner}", "method", name, public)
