"""Who the key belongs to, and its workspaces [V]."""

from __future__ import annotations

from typing import Any

from .._wire import Response
from .calls import Refused, answer, invalid, not_found
from .casts import as_text, is_blank
from .packs import free_slug_among
from .prompts import payer_of
from .routing import Call
from .state import Account, World
from .stored import StoredWorkspace

#: What an account that never runs out is said to have had in the beginning, in mc: 10,000 USD.
ENDLESS_MC = 1_000_000_000

_FIELDS = ("title", "slug", "favicon_url", "landing_page_html", "brief")


def me(world: World, call: Call) -> Response:
    """GET /users: the user, and whose balance counts in the workspace."""
    account, payer = call.account, payer_of(world, call)
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


def workspaces(world: World, call: Call) -> Response:
    """GET /workspaces: all of the key's."""
    return answer(200, [_shape(world.workspaces[id_]) for id_ in call.account.workspaces])


def workspace(world: World, call: Call) -> Response:
    """GET /workspaces/:id."""
    return answer(200, _shape(_workspace_of(world, call)))


def create_workspace(world: World, call: Call) -> Response:
    """POST /workspaces."""
    fields = _fields(call)
    if is_blank(fields.get("title")):
        raise Refused(invalid({"title": ["can't be blank"]}))
    made = StoredWorkspace(id=next(world.other_ids), key=call.account.key, title=fields.pop("title"), **fields)
    made.slug = made.slug or free_slug_among({one.slug for one in world.workspaces.values()}, made.title)
    world.workspaces[made.id] = made
    call.account.workspaces.append(made.id)
    return answer(201, _shape(made))


def update_workspace(world: World, call: Call) -> Response:
    """PATCH /workspaces/:id."""
    found, fields = _workspace_of(world, call), _fields(call)
    if "title" in fields and is_blank(fields["title"]):
        raise Refused(invalid({"title": ["can't be blank"]}))
    for name, value in fields.items():
        setattr(found, name, value)
    return answer(200, _shape(found))


def _fields(call: Call) -> dict[str, Any]:
    return {name: as_text(value) for name, value in call.root("workspace").items() if name in _FIELDS}


def _workspace_of(world: World, call: Call) -> StoredWorkspace:
    found = world.workspaces.get(call.number("id"))
    if found is None or found.key != call.account.key:
        raise Refused(not_found())
    return found


def _shape(found: StoredWorkspace) -> dict[str, Any]:
    return {"id": found.id, **{name: getattr(found, name) for name in _FIELDS}}
