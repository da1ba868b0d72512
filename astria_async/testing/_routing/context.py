"""What a handler is given for one request, and the tune or prompt that its path names."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from .._server.http import Abort, bad_request, not_found
from .._server.rails_params import Params
from .._store.records import Stored, StoredPrompt, StoredTune
from .._store.store import Account, Store


@frozen(kw_only=True)
class RouteContext:
    """One call on its way to its handler.

    `names` are the parts of the path that a pattern calls `:name`; `query` and `params` are parsed as Rails does; `now`
    is a moment. `account` is whose key it carries; the one of no key where the route is open to all. `workspace_id` is
    the workspace that its header selects, None for the personal one, as for one that the key cannot reach [V];
    `everywhere` asks across all of them.
    """

    account: Account
    names: Mapping[str, str]
    query: Params
    params: Params
    now: int
    workspace_id: int | None = None
    everywhere: bool = True

    def number(self, name: str) -> int:
        """A part of the path as an id. Refuses with 404 what is not an id."""
        text = self.names[name]
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise Abort(not_found())
        return int(text)

    def sees(self, stored: Stored) -> bool:
        """Whether something of this account is in the workspace that the call is about."""
        return self.everywhere or stored.workspace_id == self.workspace_id

    def root(self, name: str) -> Params:
        """The parameters under their root (`tune[...]`). Refuses with 400 where there are none [I]."""
        inner = self.params.get(name)
        if not isinstance(inner, dict) or not inner:
            raise Abort(bad_request(f"param is missing or the value is empty: {name}"))
        return inner


def tune_of(store: Store, context: RouteContext, name: str, *, or_base: bool = True) -> StoredTune:
    """The tune behind `:name`: the key's own, or one of the gallery."""
    tune = store.tune(context.number(name), context.account.key, or_base=or_base)
    if tune is None:
        raise Abort(not_found())
    return tune


def prompt_of(store: Store, context: RouteContext) -> StoredPrompt:
    """The prompt behind `:id`. Where the path names a tune as well (`:tid`), it has to be that one's."""
    prompt = store.prompt(context.number("id"), context.account.key)
    if prompt is None or ("tid" in context.names and prompt.tune_id != tune_of(store, context, "tid").id):
        raise Abort(not_found())
    return prompt
