"""Who the key belongs to, and its workspaces [V]."""

from __future__ import annotations

from typing import Any

from ..._wire import Response
from .._routing.context import RouteContext
from .._server.coerce import as_text, is_blank
from .._server.http import Abort, answer, invalid, not_found
from .._store.records import StoredWorkspace
from .._store.store import Account, Store
from .packs import free_slug_among
from .prompts import payer_of

#: What an account that never runs out is said to have had in the beginning, in mc: 10,000 USD.
ENDLESS_MC = 1_000_000_000

_FIELDS = ("title", "slug", "favicon_url", "landing_page_html", "brief")


def me(store: Store, context: RouteContext) -> Response:
    """GET /users: the user, and whose balance counts in the workspace."""
    account, payer = context.account, payer_of(store, context, context.workspace_id)
    shape = {
        "id": account.id,
        "name": f"User {account.id}",
        "email": f"user-{account.id}@example.com",
        "usd_balance_mc": _balance(account),
        "auto_extend_tunes": False,
        "top_off_amount": None,
        "payer": {
            "id": payer.id,
            "name": f"User {payer.id}",
            "self": payer is account,
            "usd_balance_mc": _balance(payer),
        },
    }
    return answer(200, shape)


def _balance(account: Account) -> int:
    return ENDLESS_MC - account.spent_mc if account.balance_mc is None else account.balance_mc


def workspaces(store: Store, context: RouteContext) -> Response:
    """GET /workspaces: all of the key's."""
    return answer(200, [_shape(store.workspaces[id_]) for id_ in context.account.workspaces])


def workspace(store: Store, context: RouteContext) -> Response:
    """GET /workspaces/:id."""
    return answer(200, _shape(_workspace_of(store, context)))


def create_workspace(store: Store, context: RouteContext) -> Response:
    """POST /workspaces."""
    fields = _fields(context)
    if is_blank(fields.get("title")):
        raise Abort(invalid({"title": ["can't be blank"]}))
    made = StoredWorkspace(id=next(store.other_ids), key=context.account.key, title=fields.pop("title"), **fields)
    made.slug = made.slug or free_slug_among({one.slug for one in store.workspaces.values()}, made.title)
    store.workspaces[made.id] = made
    context.account.workspaces.append(made.id)
    return answer(201, _shape(made))


def update_workspace(store: Store, context: RouteContext) -> Response:
    """PATCH /workspaces/:id."""
    found, fields = _workspace_of(store, context), _fields(context)
    if "title" in fields and is_blank(fields["title"]):
        raise Abort(invalid({"title": ["can't be blank"]}))
    for name, value in fields.items():
        setattr(found, name, value)
    return answer(200, _shape(found))


def _fields(context: RouteContext) -> dict[str, Any]:
    return {name: as_text(value) for name, value in context.root("workspace").items() if name in _FIELDS}


def _workspace_of(store: Store, context: RouteContext) -> StoredWorkspace:
    found = store.workspaces.get(context.number("id"))
    if found is None or found.key != context.account.key:
        raise Abort(not_found())
    return found


def _shape(found: StoredWorkspace) -> dict[str, Any]:
    return {"id": found.id, **{name: getattr(found, name) for name in _FIELDS}}
