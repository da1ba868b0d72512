"""The account: who it is, its workspaces, and which models there are."""

from __future__ import annotations

from typing import Any

from .._wire import Body, Effect, Request
from ..models import Catalog, User, Workspace
from ..models.parameters.scalars import as_text, filled_text
from ._core import Core
from ._creates.requests import is_entitled
from ._resource import Resource, given, id_of


class Account(Resource):
    """What belongs to the key."""

    def __init__(self, core: Core) -> None:
        super().__init__(core)
        self.workspaces: Workspaces = Workspaces(core)

    async def me(self) -> User:
        """The user that the key belongs to, with the balance that counts. [V]"""
        return await self._one(self._core.request("GET", "/users", operation="account.me"), User)

    async def models(self) -> Catalog:
        """The models for images and videos. Sent without the key, for which the service does not ask. [V]

        It may be kept for `cache_ttl` seconds; the SDK does not keep it.
        """
        request = self._core.request("GET", "/cli/models", operation="account.models", credentials=False)
        return await self._one(request, Catalog)


class Workspaces(Resource):
    """Where an account's work is kept apart. Select one with `with_options(workspace_id=...)`."""

    async def list(self) -> list[Workspace]:
        """All of them: the service does not page these. [V]"""
        return await self._many(self._core.request("GET", "/workspaces.json", operation="workspaces.list"), Workspace)

    async def retrieve(self, workspace: Workspace | int) -> Workspace:
        """Read one. [V]"""
        path = f"/workspaces/{id_of(workspace, 'workspace')}.json"
        return await self._one(self._core.request("GET", path, operation="workspaces.retrieve"), Workspace)

    async def create(self, *, title: str, slug: str | None = None, brief: str | None = None) -> Workspace:
        """Make one. [V] Raises UnknownOutcomeError if the answer was lost."""
        title = filled_text(title, "title", "give the workspace a name")
        fields = {"title": title, "slug": slug, "brief": brief}
        accepts = is_entitled("workspace")
        request = self._writing("POST", "/workspaces.json", "workspaces.create", Effect.CREATE, fields, accepts=accepts)
        return await self._one(request, Workspace)

    async def update(
        self,
        workspace: Workspace | int,
        *,
        title: str | None = None,
        slug: str | None = None,
        favicon_url: str | None = None,
        landing_page_html: str | None = None,
        brief: str | None = None,
    ) -> Workspace:
        """Change what is given; None leaves it as it is. [V]"""
        fields = {
            "title": title, "slug": slug, "favicon_url": favicon_url, "landing_page_html": landing_page_html,
            "brief": brief,
        }  # fmt: skip
        path = f"/workspaces/{id_of(workspace, 'workspace')}.json"
        return await self._one(self._writing("PATCH", path, "workspaces.update", Effect.UPDATE, fields), Workspace)

    def _writing(
        self, method: str, path: str, operation: str, effect: Effect, fields: dict[str, Any], **more: Any
    ) -> Request:
        texts = {name: as_text(value, name) for name, value in given(fields).items()}
        body = Body({"workspace": texts})
        return self._core.request(method, path, operation=operation, effect=effect, body=body, **more)
